"""What ingestion says of accounts that are not collected any more."""

from uuid import uuid5

from finops_commitments.detachments.repository import EndedSourceRepository
from finops_commitments.findings.jobs import assess_soon
from finops_commitments.inventory.repository import SnapshotRepository
from finops_common.contracts.ingestion import CloudAccountDataDeleted, CloudAccountDetached
from finops_common.db.transaction import Transaction
from finops_common.events.envelope import Envelope


async def on_cloud_account_detached(
    message: Envelope[CloudAccountDetached], tx: Transaction
) -> None:
    """Advise nothing more from its bills; findings that rest on them are closed within seconds."""
    event = message.data
    ended = EndedSourceRepository(tx)
    for source_id in event.billing_source_ids:
        await ended.add(source_id, message.time)
        for organization_id in await ended.organizations(source_id):
            occasion = uuid5(message.id, f"{source_id}/{organization_id}")
            await assess_soon(tx, event.company_id, organization_id, occasion)


async def on_cloud_account_data_deleted(
    message: Envelope[CloudAccountDataDeleted], tx: Transaction
) -> None:
    """Forget what its provider listed; its cost records go with the empty revisions."""
    for source_id in message.data.billing_source_ids:
        await SnapshotRepository(tx, source_id).remove()
