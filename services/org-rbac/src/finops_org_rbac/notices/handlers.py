"""What a notice from another service means here."""

from finops_common.contracts.notices import Notice
from finops_common.db.transaction import Transaction
from finops_common.events.envelope import Envelope
from finops_org_rbac.notices.delivery import deliver


async def on_notice(message: Envelope[Notice], tx: Transaction) -> None:
    """Tell who should know."""
    await deliver(tx, message.data)
