"""Looks for new versions of bills where they are delivered, hourly and on request."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from finops_common.acting import Acting, Origin
from finops_common.db import scopes
from finops_common.db.transaction import Database, Transaction
from finops_common.ids import new_id
from finops_common.jobs import enqueue
from finops_ingestion.accounts.sources import BillingSource, find_source, list_sources
from finops_ingestion.imports.adapters import OpenBucket
from finops_ingestion.imports.domain import Cause, DeliveredFile, Delivery, Import, of_this_window
from finops_ingestion.imports.repository import (
    ImportRepository,
    LookRepository,
    PeriodRepository,
)
from finops_ingestion.imports.running import KIND
from finops_ingestion.imports.stores.places import KINDS, bills_of

LOOK = "import-look"

log = structlog.get_logger(__name__)


class Looking:
    """Queues a look at every source when it is due, and imports of what a look finds."""

    def __init__(self, database: Database, open_bucket: OpenBucket, *, every: timedelta) -> None:
        self._database = database
        self._open_bucket = open_bucket
        self._every = every

    async def queue_due(self) -> int:
        """Queue a look at each source whose hour has come; how many."""
        queued = 0
        async with self._database.transaction(Acting(scopes.SYSTEM)) as tx:
            for kind in KINDS:
                for source in await list_sources(tx, kind=kind):
                    looks = LookRepository(tx)
                    if await looks.claim(source.id, source.company_id, self._every):
                        await enqueue(tx, LOOK, {"source_id": str(source.id)})
                        queued += 1
        return queued

    async def look(self, job_id: UUID, payload: dict[str, Any]) -> None:  # noqa: ARG002 - the shape of a job handler
        """The job: queue an import of every delivery that is new.

        A payload with a `period` asks for that month, however old or familiar.
        """
        async with self._database.transaction(Acting(scopes.SYSTEM)) as tx:
            source = await find_source(tx, UUID(payload["source_id"]))
        if source is None or source.kind not in KINDS:
            return
        asked = date.fromisoformat(payload["period"]) if "period" in payload else None
        try:
            async with self._open_bucket(source) as client:
                found = await bills_of(client, source).find()
        except Exception as error:
            await self._looked(source, type(error).__name__)
            raise
        async with self._database.transaction(_acting(source)) as tx:
            if asked:
                wanted = [each for each in found if each.period == asked]
            else:
                wanted = of_this_window(found, tx.now.date())
            for delivery in wanted:
                await self._queue(tx, source, delivery, asked=asked is not None)
        await self._looked(source, None)

    async def _queue(
        self, tx: Transaction, source: BillingSource, delivery: Delivery, *, asked: bool
    ) -> None:
        stands = await PeriodRepository(tx).find(source.id, delivery.period)
        if stands and stands.fingerprint == delivery.fingerprint:
            return
        imports = ImportRepository(tx)
        known = (source.id, delivery.period, delivery.fingerprint)
        if not asked and await imports.failures(*known):
            return
        cause: Cause = "backfill" if asked else "schedule"
        new = new_import(source, delivery.fingerprint, cause, tx.now, period=delivery.period)
        await queue_import(tx, new, delivery.files)

    async def _looked(self, source: BillingSource, reason: str | None) -> None:
        async with self._database.transaction(Acting(scopes.SYSTEM)) as tx:
            await LookRepository(tx).looked(source.id, reason)


def _acting(source: BillingSource) -> Acting:
    return Acting(scopes.company(source.company_id), Origin(f"look-{source.id}"))


def new_import(
    source: BillingSource,
    fingerprint: str,
    cause: Cause,
    now: datetime,
    *,
    period: date | None = None,
    import_id: UUID | None = None,
) -> Import:
    """An import of a delivery of the source, not yet begun."""
    return Import(
        id=import_id or new_id(),
        company_id=source.company_id,
        organization_id=source.organization_id,
        billing_source_id=source.id,
        period=period,
        cause=cause,
        fingerprint=fingerprint,
        state="queued",
        stage="waiting",
        percent=0,
        tries=0,
        rows_read=None,
        rows_accepted=None,
        rows_refused=None,
        refusals=[],
        findings=[],
        code=None,
        reason=None,
        cancel_requested=False,
        created_at=now,
        started_at=None,
        finished_at=None,
    )


async def queue_import(tx: Transaction, new: Import, files: Iterable[DeliveredFile]) -> bool:
    """Note the import with its files and queue its job; False when one is under way already."""
    imports = ImportRepository(tx)
    if not await imports.add(new):
        return False
    await imports.add_files(new, files)
    await enqueue(tx, KIND, {"import_id": str(new.id)}, job_id=new.id)
    return True
