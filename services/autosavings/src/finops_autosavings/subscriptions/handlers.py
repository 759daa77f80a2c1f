"""What billing's events mean here."""

from finops_autosavings.subscriptions.domain import Subscription
from finops_autosavings.subscriptions.repository import SubscriptionRepository
from finops_common.contracts.billing import SubscriptionChanged
from finops_common.db.transaction import Transaction
from finops_common.events.envelope import Envelope


async def on_subscription_changed(message: Envelope[SubscriptionChanged], tx: Transaction) -> None:
    """Keep what the company subscribes to; what it allows is asked at each use."""
    said = message.data
    subscription = Subscription(
        company_id=said.company_id,
        id=said.subscription_id,
        edition=said.edition,
        state=said.state,
        cloud_account_ids=said.cloud_account_ids,
        version=message.version or 0,
    )
    await SubscriptionRepository(tx).keep(subscription)
