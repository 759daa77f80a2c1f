"""Keeps the lake small: drops old tags, compacts what is settled, expires snapshots, sweeps what nobody names."""

import asyncio
import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import structlog

from finops_common.acting import Acting
from finops_common.blobs import Blobs
from finops_common.db import scopes
from finops_common.db.transaction import Database
from finops_common.ids import new_id
from finops_ingestion.bills.engine import Limits
from finops_ingestion.lake.adapters import Lake
from finops_ingestion.lake.compaction import compact
from finops_ingestion.lake.domain import (
    FILE_OF,
    GRACE,
    Month,
    compacted_mark,
    table_folder,
    worth_compacting,
)
from finops_ingestion.lake.repository import LakeRepository

if TYPE_CHECKING:
    from finops_ingestion.lake.iceberg import OrganizationTables

EVERY = timedelta(days=1)
log = structlog.get_logger(__name__)
SYSTEM = Acting(scopes.SYSTEM)


class LakeUpkeep:
    """Looks after one organization's tables at a time, each once a day.

    Nothing goes that a standing revision or a snapshot names. Snapshots stay for `keep` after
    they were replaced, and what only they named for a day more: who pinned a revision or a
    snapshot a moment ago reads on.
    """

    def __init__(
        self, database: Database, lake: Lake, blobs: Blobs, spool: Path, keep: timedelta
    ) -> None:
        self._database = database
        self._lake = lake
        self._blobs = blobs
        self._spool = spool
        self._keep = keep

    async def keep_next(self) -> bool:
        """Look after the next organization that is due; False when none is."""
        async with self._database.transaction(SYSTEM) as tx:
            organization_id = await LakeRepository(tx).claim_unkept(tx.now - EVERY)
        if organization_id is None:
            return False
        try:
            await self.keep(organization_id)
        except Exception:
            log.exception("lake_not_kept", organization_id=str(organization_id))
            return True
        async with self._database.transaction(SYSTEM) as tx:
            await LakeRepository(tx).release(organization_id, kept_at=tx.now)
        return True

    async def keep(self, organization_id: UUID) -> None:
        """Compact, expire and sweep."""
        async with self._database.transaction(SYSTEM) as tx:
            periods = await LakeRepository(tx).published(organization_id)
        for period in periods:
            try:
                await self._drop_old_tags(organization_id, period)
                for name in FILE_OF:
                    await self._compact(organization_id, period, name)
            except Exception:
                # What snapshots have let go must be swept all the same.
                log.exception("lake_period_not_kept", period=str(period))
        # Before anything expires: who has just pinned a snapshot keeps its files to the next time.
        await self._sweep_superseded(organization_id)
        await self._sweep_orphans(organization_id)
        tables = await self._lake.open(organization_id)
        await asyncio.to_thread(tables.expire, self._database.clock() - self._keep)

    async def _drop_old_tags(self, organization_id: UUID, period: date) -> None:
        """Leave the tags of those lines only that the tables hold."""
        tables, month = await self._loaded(organization_id, period)
        if await asyncio.to_thread(tables.holds, "line_items", period, month.files("line_items")):
            tags = month.files("tags")
            await asyncio.to_thread(tables.hold, "tags", period, tags, month.told)

    async def _loaded(
        self, organization_id: UUID, period: date
    ) -> tuple["OrganizationTables", Month]:
        """Tables first, so that no commit on them goes back behind what stands."""
        tables = await self._lake.open(organization_id)
        async with self._database.transaction(SYSTEM) as tx:
            return tables, await LakeRepository(tx).month(organization_id, period)

    async def _compact(self, organization_id: UUID, period: date, name: str) -> None:
        """One file in place of many, if it is worth it and they are what stands."""
        tables, month = await self._loaded(organization_id, period)
        sizes = await asyncio.to_thread(tables.sizes, name, period)
        files = month.files(name)
        if not worth_compacting(sizes, closed=month.closed) or not await asyncio.to_thread(
            tables.holds, name, period, files
        ):
            return
        key = await self._rewrite(month, name)
        await asyncio.to_thread(tables.hold, name, period, [key], month.told)

    async def _rewrite(self, month: Month, name: str) -> str:
        """The key of a new blob with the rows of the month's files."""
        keys = sorted(month.files(name))
        folder = f"{table_folder(month.organization_id, name)}/data/period={month.period:%Y-%m}"
        key = f"{folder}/{compacted_mark(keys)}-{new_id()}.parquet"
        sources = [await self._blobs.local(key) for key in keys]
        await asyncio.to_thread(self._spool.mkdir, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._spool, prefix="compaction-") as spool:
            target = Path(spool) / "compacted.parquet"
            limits = Limits("512MB", 1, Path(spool))
            await asyncio.to_thread(compact, name, sources, target, limits)
            await self._blobs.put(key, target)
        return key

    async def _sweep_superseded(self, organization_id: UUID) -> None:
        """Forget the files of revisions of open months that were replaced long ago."""
        tables = await self._lake.open(organization_id)
        named = await asyncio.to_thread(tables.named)
        async with self._database.transaction(SYSTEM) as tx:
            before = tx.now - self._keep - GRACE
            found = await LakeRepository(tx).superseded(organization_id, before)
        for share in found:
            keys = set(share.files.values())
            if keys & named:
                continue
            for key in keys:
                await self._blobs.delete(key)
            async with self._database.transaction(SYSTEM) as tx:
                await LakeRepository(tx).forget_files(share)

    async def _sweep_orphans(self, organization_id: UUID) -> None:
        """Delete what commits that failed, and snapshots that expired, have left."""
        tables = await self._lake.open(organization_id)
        left = await asyncio.to_thread(tables.orphans, self._database.clock() - GRACE)
        await asyncio.to_thread(tables.remove, left)
