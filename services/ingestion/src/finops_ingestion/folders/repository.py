"""Folders in PostgreSQL: billing sources of their own kind."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, insert, select, update

from finops_common.db.transaction import Transaction
from finops_ingestion.accounts.sources import COLUMNS, EXPORTS, FOLDER, BillingSource
from finops_ingestion.accounts.tables import billing_sources

_READS_BUCKETS = (FOLDER, EXPORTS["AWS"])


class FolderRepository:
    """The folders of the transaction's company."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def lock(self) -> None:
        """One at a time in a company: two must not be found free of each other."""
        await self._tx.lock("billing folders", self._tx.company_id)

    async def list_of(self, organization_id: UUID) -> list[BillingSource]:
        """Those of an organization that are read."""
        mine = select(*COLUMNS).where(
            billing_sources.c.kind == FOLDER,
            billing_sources.c.organization_id == organization_id,
            billing_sources.c.stopped_at.is_(None),
        )
        return await self._all(mine.order_by(billing_sources.c.created_at, billing_sources.c.id))

    async def list_in(self, bucket: str) -> list[BillingSource]:
        """Every source that reads this bucket, or once did."""
        there = select(*COLUMNS).where(
            billing_sources.c.bucket == bucket, billing_sources.c.kind.in_(_READS_BUCKETS)
        )
        return await self._all(there.order_by(billing_sources.c.id))

    async def add(self, new: BillingSource) -> None:
        values = {name: getattr(new, name) for name in BillingSource.__dataclass_fields__}
        await self._tx.execute(insert(billing_sources).values(**values, created_at=self._tx.now))

    async def revive(self, new: BillingSource) -> None:
        """Let a stopped one be read again, by what opens it now."""
        change = update(billing_sources).where(billing_sources.c.id == new.id)
        opens = {"cloud_account_id": new.cloud_account_id, "region": new.region}
        await self._tx.execute(change.values(name=new.name, stopped_at=None, **opens))

    async def _all(self, found: Select[Any]) -> list[BillingSource]:
        return [BillingSource(**row._mapping) for row in await self._tx.all(found)]
