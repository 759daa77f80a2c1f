"""What the provider's listings mean here (COM-2)."""

from uuid import uuid5

from finops_commitments.findings.jobs import assess_soon
from finops_commitments.inventory.repository import SnapshotRepository
from finops_common.contracts.ingestion import InventoryListed
from finops_common.db.transaction import Transaction
from finops_common.events.envelope import Envelope


async def on_inventory_listed(message: Envelope[InventoryListed], tx: Transaction) -> None:
    """Keep the part; a whole snapshot replaces the one before, an older one never a newer."""
    event = message.data
    snapshots = SnapshotRepository(tx, event.billing_source_id)
    newest = await snapshots.lock()
    if newest is not None and event.listed_at <= newest:
        return
    await snapshots.add(event)
    if await snapshots.count(event.snapshot) < event.parts:
        return
    for organization_id in sorted(await snapshots.swap(event.snapshot, event.listed_at)):
        occasion = uuid5(event.snapshot, str(organization_id))
        await assess_soon(tx, event.company_id, organization_id, occasion)
