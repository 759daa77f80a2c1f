"""Cleans up after crashes: orphaned files of attempts, imports whose job was given up."""

from datetime import timedelta

import structlog

from finops_common.acting import Acting
from finops_common.blobs import Blobs
from finops_common.db import scopes
from finops_common.db.transaction import Database
from finops_ingestion.imports.publishing import Publisher
from finops_ingestion.imports.repository import ImportRepository, PeriodRepository

SETTLED = timedelta(hours=1)
"""Longer than any attempt that another has overtaken goes on writing."""
GIVEN_UP = timedelta(days=1)

log = structlog.get_logger(__name__)


class Sweeper:
    """Removes what no revision names and ends what nobody works on."""

    def __init__(self, database: Database, blobs: Blobs, publisher: Publisher) -> None:
        self._database = database
        self._blobs = blobs
        self._publisher = publisher

    async def sweep(self) -> int:
        """Remove the files of dead attempts and end imports given up; attempts swept."""
        await self._end_given_up()
        async with self._database.transaction(Acting(scopes.SYSTEM)) as tx:
            dead = await PeriodRepository(tx).dead_attempts(tx.now - SETTLED)
        for row in dead:
            for key in row.files:
                await self._blobs.delete(key)
            async with self._database.transaction(Acting(scopes.SYSTEM)) as tx:
                await PeriodRepository(tx).change_attempt(row.id, state="swept", files=[])
        return len(dead)

    async def _end_given_up(self) -> None:
        async with self._database.transaction(Acting(scopes.SYSTEM)) as tx:
            left = await ImportRepository(tx).left_running(tx.now - GIVEN_UP)
        for read in left:
            await self._publisher.fail(read, "given-up")
            async with self._database.transaction(Acting(scopes.SYSTEM)) as tx:
                await ImportRepository(tx).change(
                    read.id, state="failed", stage="ended", code="given-up", finished_at=tx.now
                )
