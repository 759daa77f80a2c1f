"""Cleans up: orphaned files of attempts, spooled files, imports whose job was given up."""

import asyncio
import shutil
from datetime import timedelta
from pathlib import Path

import structlog

from finops_common.acting import Acting
from finops_common.blobs import Blobs
from finops_common.db import scopes
from finops_common.db.transaction import Database
from finops_common.jobs import unfinished
from finops_ingestion.imports.fetching import UPLOADS, uploads_in
from finops_ingestion.imports.publishing import Publisher
from finops_ingestion.imports.repository import ImportRepository, PeriodRepository
from finops_ingestion.imports.spooling import imports_in

SETTLED = timedelta(hours=1)
"""Longer than any attempt that another has overtaken goes on writing."""
LET_GO = timedelta(minutes=10)
"""Longer than anybody goes on reading what has been deleted, the lake's tables included."""
GIVEN_UP = timedelta(days=1)

log = structlog.get_logger(__name__)


class Sweeper:
    """Removes what no revision names and ends what nobody works on."""

    def __init__(self, database: Database, blobs: Blobs, publisher: Publisher, spool: Path) -> None:
        self._database = database
        self._blobs = blobs
        self._publisher = publisher
        self._spool = spool

    async def sweep(self) -> int:
        """Remove the files of dead attempts and end imports given up; attempts swept."""
        await self._end_given_up()
        await self._empty_spool()
        await self._forget_uploads()
        async with self._database.transaction(Acting(scopes.SYSTEM)) as tx:
            dead = await PeriodRepository(tx).dead_attempts(tx.now - SETTLED, tx.now - LET_GO)
        for row in dead:
            for key in row.files:
                await self._blobs.delete(key)
            async with self._database.transaction(Acting(scopes.SYSTEM)) as tx:
                await PeriodRepository(tx).change_attempt(row.id, state="swept", files=[])
        return len(dead)

    async def _empty_spool(self) -> None:
        """Forget what this host has spooled of imports that ended elsewhere, or while paused."""
        spooled = imports_in(self._spool)
        async with self._database.transaction(Acting(scopes.SYSTEM)) as tx:
            alive = await ImportRepository(tx).list_alive(spooled)
        for import_id in spooled.keys() - alive:
            await asyncio.to_thread(shutil.rmtree, spooled[import_id], ignore_errors=True)

    async def _forget_uploads(self) -> None:
        """Delete uploads of no import that goes on: who received or imported them died."""
        old = self._database.clock() - GIVEN_UP
        left = uploads_in(await self._blobs.written(UPLOADS, old))
        async with self._database.transaction(Acting(scopes.SYSTEM)) as tx:
            alive = await ImportRepository(tx).list_alive(left)
        for import_id in left.keys() - alive:
            await self._blobs.delete(left[import_id])

    async def _end_given_up(self) -> None:
        async with self._database.transaction(Acting(scopes.SYSTEM)) as tx:
            left = await ImportRepository(tx).left_running(tx.now - GIVEN_UP)
            # One that only waits for its turn has a job, however long that takes.
            waiting = await unfinished(tx, [read.job_id or read.id for read in left])
        for read in left:
            if (read.job_id or read.id) in waiting:
                continue
            await self._publisher.fail(read, "given-up")
            async with self._database.transaction(Acting(scopes.SYSTEM)) as tx:
                await ImportRepository(tx).give_up(read.id)
