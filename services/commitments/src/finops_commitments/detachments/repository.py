"""Which billing sources have ended, in PostgreSQL."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects.postgresql import insert

from finops_commitments.detachments.tables import ended_sources
from finops_commitments.inventory.tables import inventory_parts
from finops_commitments.revisions.tables import cost_revisions
from finops_common.db.transaction import Transaction

_c = ended_sources.c


class EndedSourceRepository:
    """The ended sources of the transaction's company."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add(self, billing_source_id: UUID, ended_at: datetime) -> None:
        """It has ended then; what is said late of an earlier end changes nothing."""
        row = insert(ended_sources).values(
            company_id=self._tx.company_id, billing_source_id=billing_source_id, ended_at=ended_at
        )
        later = row.on_conflict_do_update(
            index_elements=["company_id", "billing_source_id"],
            set_={"ended_at": row.excluded.ended_at},
            where=_c.ended_at < row.excluded.ended_at,
        )
        await self._tx.execute(later)

    async def revive(self, billing_source_id: UUID, at: datetime) -> None:
        """It was collected again `at` that instant, if it had ended before."""
        mine = _c.company_id == self._tx.company_id, _c.billing_source_id == billing_source_id
        await self._tx.execute(delete(ended_sources).where(*mine, _c.ended_at < at))

    async def organizations(self, billing_source_id: UUID) -> list[UUID]:
        """Who has anything of the source."""
        found: set[UUID] = set()
        for table in (cost_revisions, inventory_parts):
            owners = select(table.c.organization_id).where(
                table.c.company_id == self._tx.company_id,
                table.c.billing_source_id == billing_source_id,
            )
            found |= {row.organization_id for row in await self._tx.all(owners.distinct())}
        return sorted(found)


def collected(billing_source_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether a row's source has not ended."""
    return billing_source_id.not_in(select(_c.billing_source_id))
