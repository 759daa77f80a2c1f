"""Inventory snapshots in PostgreSQL."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, true, update
from sqlalchemy.dialects.postgresql import insert

from finops_commitments.detachments.repository import collected
from finops_commitments.inventory.tables import inventory_parts
from finops_common.contracts.ingestion import InventoryListed, ListedCommitment
from finops_common.db.transaction import Transaction

_c = inventory_parts.c


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the provider's APIs listed for one payer at one time."""

    billing_source_id: UUID
    snapshot: UUID
    payer_account_id: str
    listed_at: datetime
    commitments: tuple[ListedCommitment, ...]


class SnapshotRepository:
    """Snapshots of one billing source, in its company's scope."""

    def __init__(self, tx: Transaction, billing_source_id: UUID) -> None:
        self._tx = tx
        self._source = billing_source_id
        self._mine = (
            _c.company_id == tx.company_id,
            _c.billing_source_id == billing_source_id,
        )

    async def lock(self) -> datetime | None:
        """Take the source's snapshots one after another; when the current one was listed."""
        await self._tx.lock("inventory", self._source)
        listed = select(func.max(_c.listed_at)).where(*self._mine, _c.current)
        found: datetime | None = await self._tx.scalar(listed)
        return found

    async def add(self, event: InventoryListed) -> None:
        """Keep a part; the same one again changes nothing."""
        row = insert(inventory_parts).values(
            organization_id=event.organization_id,
            billing_source_id=event.billing_source_id,
            snapshot=event.snapshot,
            part=event.part,
            company_id=event.company_id,
            parts=event.parts,
            payer_account_id=event.payer_account_id,
            listed_at=event.listed_at,
            current=False,
            commitments=[each.model_dump(mode="json") for each in event.commitments],
        )
        await self._tx.execute(row.on_conflict_do_nothing())

    async def count(self, snapshot: UUID) -> int:
        found = select(func.count()).where(*self._mine, _c.snapshot == snapshot)
        return int(await self._tx.scalar(found))

    async def swap(self, snapshot: UUID, listed_at: datetime) -> set[UUID]:
        """Make it the one that counts, drop older ones; the organizations it was or is about."""
        dropped = await self._tx.all(
            delete(inventory_parts)
            .where(*self._mine, _c.snapshot != snapshot, _c.listed_at <= listed_at)
            .returning(_c.organization_id)
        )
        kept = await self._tx.all(
            update(inventory_parts)
            .where(*self._mine, _c.snapshot == snapshot)
            .values(current=True)
            .returning(_c.organization_id)
        )
        return {row.organization_id for row in (*dropped, *kept)}

    async def remove(self) -> None:
        """Forget everything that was listed."""
        await self._tx.execute(delete(inventory_parts).where(*self._mine))


class InventoryRepository:
    """The current snapshots of the transaction's organization."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._mine = _c.organization_id == tx.organization_id

    async def list_snapshots(self, *, collected_only: bool = False) -> list[Snapshot]:
        """One per billing source; those of detached accounts may be left out."""
        columns = (_c.billing_source_id, _c.snapshot, _c.payer_account_id, _c.listed_at)
        found = (
            select(*columns, func.jsonb_agg(_c.commitments).label("lists"))
            .where(self._mine, _c.current)
            .where(collected(_c.billing_source_id) if collected_only else true())
            .group_by(*columns)
            .order_by(_c.billing_source_id)
        )
        return [
            Snapshot(
                billing_source_id=row.billing_source_id,
                snapshot=row.snapshot,
                payer_account_id=row.payer_account_id,
                listed_at=row.listed_at,
                commitments=tuple(
                    ListedCommitment.model_validate(each) for part in row.lists for each in part
                ),
            )
            for row in await self._tx.all(found)
        ]
