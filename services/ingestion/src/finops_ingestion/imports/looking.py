"""Looks for new versions of bills where they are delivered, hourly and on request."""

from datetime import date, timedelta
from typing import Any, Literal
from uuid import UUID

import structlog

from finops_common.acting import Acting, Origin
from finops_common.db import scopes
from finops_common.db.transaction import Database, Transaction
from finops_common.jobs import enqueue
from finops_ingestion.accounts.sources import BillingSource, find_source, list_sources
from finops_ingestion.imports.adapters import OpenBucket, reason_of
from finops_ingestion.imports.domain import Cause, Delivery, of_this_window
from finops_ingestion.imports.queueing import new_import, queue_import
from finops_ingestion.imports.repository import (
    ImportRepository,
    LookRepository,
    PeriodRepository,
)
from finops_ingestion.imports.stores.places import KINDS, bills_of

LOOK = "import-look"
Answer = Literal["queued", "under_way", "stands", "failed_before", "not_delivered", "being_written"]
"""What comes of a month that is looked for."""

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
        if source is None or source.stopped_at or source.kind not in KINDS:
            return
        asked = date.fromisoformat(payload["period"]) if "period" in payload else None
        try:
            async with self._open_bucket(source) as client:
                found = await bills_of(client, source).find()
        except Exception as error:
            await self._looked(source, reason_of(error))
            raise
        async with self._database.transaction(_acting(source)) as tx:
            if asked:
                wanted = [each for each in found if each.period == asked]
            else:
                wanted = of_this_window(found, tx.now.date())
            for delivery in wanted:
                await queue_delivery(tx, source, delivery, asked=asked is not None)
        await self._looked(source, None)

    async def _looked(self, source: BillingSource, reason: str | None) -> None:
        async with self._database.transaction(Acting(scopes.SYSTEM)) as tx:
            await LookRepository(tx).looked(source.id, reason)


def _acting(source: BillingSource) -> Acting:
    return Acting(scopes.company(source.company_id), Origin(f"look-{source.id}"))


async def queue_delivery(
    tx: Transaction, source: BillingSource, delivery: Delivery, *, asked: bool
) -> tuple[Answer, UUID | None]:
    """Queue the import of a delivery unless that very version stands or its month is under way.

    What would fail again is only imported again when it is `asked` for. The id is of the
    import that is queued or under way.
    """
    stands = await PeriodRepository(tx).find(source.id, delivery.period)
    if stands and stands.fingerprint == delivery.fingerprint:
        return "stands", None
    if not delivery.is_whole(tx.now):
        return "being_written", None
    imports = ImportRepository(tx)
    known = (source.id, delivery.period, delivery.fingerprint)
    if not asked and await imports.has_failed(*known):
        return "failed_before", None
    cause: Cause = "backfill" if asked else "schedule"
    new = new_import(source, delivery.fingerprint, cause, tx.now, period=delivery.period)
    if await queue_import(tx, new, delivery.files):
        return "queued", new.id
    active = await imports.find_active(source.id, delivery.period)
    return "under_way", active.id if active else None
