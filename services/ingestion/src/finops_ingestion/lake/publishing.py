"""Lets the Iceberg tables follow the revisions that stand."""

import asyncio
from datetime import date
from uuid import UUID

import structlog

from finops_common.acting import Acting
from finops_common.db import scopes
from finops_common.db.transaction import Database
from finops_ingestion.lake.adapters import Lake
from finops_ingestion.lake.domain import Month
from finops_ingestion.lake.repository import LakeRepository

log = structlog.get_logger(__name__)
SYSTEM = Acting(scopes.SYSTEM)


class LakePublisher:
    """Brings tables to what stands. Bears dying anywhere and two at once: see `publish`."""

    def __init__(self, database: Database, lake: Lake) -> None:
        self._database = database
        self._lake = lake

    async def publish_next(self) -> bool:
        """Publish for one organization that is behind; False when none is, or others see to it.

        One that fails keeps its turn until that lapses, so that it holds nobody else up.
        """
        async with self._database.transaction(SYSTEM) as tx:
            organization_id = await LakeRepository(tx).claim_behind()
        if organization_id is None:
            return False
        try:
            for period in await self._behind(organization_id):
                await self.publish(organization_id, period)
        except Exception:
            log.exception("lake_not_published", organization_id=str(organization_id))
            return True
        async with self._database.transaction(SYSTEM) as tx:
            await LakeRepository(tx).release(organization_id)
        return True

    async def publish(self, organization_id: UUID, period: date, *, anew: bool = False) -> Month:
        """Let the tables hold what stands of the period; what they held before goes at once.

        The tables are loaded before the revisions are read, and a commit fails when another
        came between: so nobody goes back to an older revision. What is there already is told
        by the tables themselves; so a repeat after a crash commits only what is missing.
        """
        tables = await self._lake.open(organization_id)
        month = await self._month(organization_id, period)
        told, tags, lines = month.told, month.files("tags"), month.files("line_items")
        # Tags come before the lines that name them. Old ones stay until the next upkeep: no
        # line is ever without its tags, and a revision takes two commits, not three.
        await asyncio.to_thread(tables.hold, "tags", period, tags, told, keep=not anew, anew=anew)
        snapshot = await asyncio.to_thread(
            tables.hold, "line_items", period, lines, told, anew=anew
        )
        if not month.shares:
            # No upkeep would come by: the ledger forgets the period.
            await asyncio.to_thread(tables.hold, "tags", period, tags, told)
        async with self._database.transaction(SYSTEM) as tx:
            await LakeRepository(tx).note(month, snapshot)
        return month

    async def _behind(self, organization_id: UUID) -> list[date]:
        async with self._database.transaction(SYSTEM) as tx:
            return await LakeRepository(tx).behind(organization_id)

    async def _month(self, organization_id: UUID, period: date) -> Month:
        async with self._database.transaction(SYSTEM) as tx:
            return await LakeRepository(tx).month(organization_id, period)
