"""What people do with notices that alerts went out as."""

from finops_commitments.alerts.service import acknowledge
from finops_common.contracts.org_rbac import NoticeAcknowledged
from finops_common.db.transaction import Transaction
from finops_common.events.envelope import Envelope


async def on_notice_acknowledged(message: Envelope[NoticeAcknowledged], tx: Transaction) -> None:
    """Of what somebody took note of no more is sent."""
    await acknowledge(tx, message.data.notice_id, message.data.user_id)
