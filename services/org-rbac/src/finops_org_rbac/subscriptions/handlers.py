"""What billing's events mean here."""

from sqlalchemy.dialects.postgresql import insert

from finops_common.contracts.billing import SubscriptionChanged
from finops_common.db.transaction import Transaction
from finops_common.events.envelope import Envelope
from finops_org_rbac.subscriptions.tables import subscriptions


async def on_subscription_changed(message: Envelope[SubscriptionChanged], tx: Transaction) -> None:
    """Keep the newest state of a subscription; an older one that comes late changes nothing."""
    said = message.data
    row = insert(subscriptions).values(
        company_id=said.company_id,
        id=said.subscription_id,
        edition=said.edition,
        state=said.state,
        version=message.version or 0,
    )
    await tx.execute(
        row.on_conflict_do_update(
            index_elements=["company_id", "id"],
            set_={name: row.excluded[name] for name in ("edition", "state", "version")},
            where=subscriptions.c.version < row.excluded.version,
        )
    )
