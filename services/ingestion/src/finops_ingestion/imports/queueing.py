"""Queues imports: of what a look found, of what people ask for again, of what has moved."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import update

from finops_common.db.transaction import Transaction
from finops_common.ids import new_id
from finops_common.jobs import enqueue
from finops_ingestion.accounts.sources import BillingSource, organizations_of
from finops_ingestion.imports.domain import Cause, DeliveredFile, Import
from finops_ingestion.imports.repository import ImportRepository, PeriodRepository
from finops_ingestion.imports.tables import imports

KIND = "import"


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
        pause_requested=False,
        job_id=None,
        resumed_at=None,
        created_at=now,
        started_at=None,
        finished_at=None,
    )


async def queue_import(tx: Transaction, new: Import, files: Iterable[DeliveredFile]) -> bool:
    """Note the import with its files and queue its job; False when one is under way already."""
    repository = ImportRepository(tx)
    if not await repository.add(new):
        return False
    await repository.add_files(new, files)
    await queue_job(tx, new, job_id=new.id)
    return True


async def queue_job(tx: Transaction, read: Import, job_id: UUID | None = None) -> UUID:
    """Queue the job that runs an import; organizations take turns (`JobRunner`)."""
    payload = {"import_id": str(read.id)}
    return await enqueue(tx, KIND, payload, job_id=job_id, lane=str(read.organization_id))


async def queue_recuts(tx: Transaction, source: BillingSource) -> int:
    """Have each open period cut anew that is cut by another assignment than today's; how many.

    `tx` holds the source (`hold_source`), so that an assignment cannot change beside it.
    Closed months stay as they were billed.
    """
    if source.kind == "uploads" or source.stopped_at is not None:
        return 0
    owners = (await organizations_of(tx, source)).digest
    queued, repository = 0, PeriodRepository(tx)
    # Of what was erased, or of an empty bill, nothing would ever say it is cut by this one.
    cut = await repository.with_lines(source.id)
    for period in await repository.list_of(source.id):
        if period.finality == "open" and period.owners != owners and period.period in cut:
            told = period.fingerprint or ""
            new = new_import(source, told, "move", tx.now, period=period.period)
            queued += await queue_import(tx, new, ())
    return queued


async def stop_imports(tx: Transaction, sources: Sequence[UUID]) -> None:
    """Cancel all imports of these sources; one that runs ends within seconds."""
    of_sources = update(imports).where(imports.c.billing_source_id.in_(list(sources)))
    waiting = of_sources.where(imports.c.state.in_(("queued", "paused"))).values(
        state="cancelled", stage="ended", code="source-stopped", finished_at=tx.now
    )
    await tx.execute(waiting)
    await tx.execute(of_sources.where(imports.c.state == "running").values(cancel_requested=True))
