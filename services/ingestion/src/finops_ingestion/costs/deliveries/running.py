"""Runs deliveries: queues those that are due, and writes what their destinations lack.

A month is one object, so replacing it is one step for whoever reads; its manifest comes after
it. What a run has written is noted month by month: who goes on after a crash writes only the
rest, and what no note tells of is written again, the same under the same keys.
"""

import asyncio
import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

from finops_common.acting import Acting, Origin
from finops_common.db import scopes
from finops_common.db.transaction import Database, Transaction
from finops_common.errors.problem import Unavailable
from finops_common.ids import new_id
from finops_common.jobs import GiveUpError, unfinished
from finops_ingestion.costs.deliveries.announcing import announce_run
from finops_ingestion.costs.deliveries.domain import (
    FILE,
    FINAL,
    MANIFEST,
    MOST_TRIES,
    SESSION_ENDED,
    Cause,
    DeliveredFile,
    Delivery,
    DeliveryBrokenError,
    Month,
    Run,
    months_due,
)
from finops_ingestion.costs.deliveries.files import (
    Written,
    check_totals,
    described,
    filters_of,
    manifest,
    write_month,
)
from finops_ingestion.costs.deliveries.opening import Opening
from finops_ingestion.costs.deliveries.queueing import queue_run
from finops_ingestion.costs.deliveries.repository import (
    DeliveryRepository,
    RunRepository,
    files_kept,
    list_due,
)
from finops_ingestion.costs.engine import DuckEngine
from finops_ingestion.costs.exports.focus import focus_statement
from finops_ingestion.costs.reading import StandingBills
from finops_ingestion.imports.revisions import Pinned

AT_ONCE = 50
log = structlog.get_logger(__name__)


class OvertakenError(Exception):
    """Another attempt goes on with the run, or its delivery is gone: nothing more is written."""


class DueDeliveries:
    """Queues runs of deliveries whose time has come and whose bills have changed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def queue_due(self) -> int:
        """Look at each delivery that is due; how many runs were queued."""
        async with self._database.transaction(Acting(scopes.SYSTEM)) as tx:
            due = await list_due(tx, AT_ONCE)
        queued = 0
        for row in due:
            scope = scopes.organization(row.company_id, row.organization_id)
            async with self._database.transaction(
                Acting(scope, Origin(f"delivery-{row.id}"))
            ) as tx:
                queued += await self._look(tx, row.id)
        return queued

    async def _look(self, tx: Transaction, delivery_id: UUID) -> bool:
        """One that others look at now has got another time before it is ours to look at."""
        found = DeliveryRepository(tx)
        delivery = await found.find(delivery_id, lock=True)
        if delivery is None or not delivery.enabled or delivery.due_at > tx.now:
            return False
        delivered = await found.delivered(delivery_id)
        await found.plan(delivery_id, delivery.next_due(tx.now, delivered))
        active = await RunRepository(tx).find_active(delivery_id)
        if active is not None:
            if not await unfinished(tx, [active.id]):
                await end_failed(tx, delivery, active, "interrupted")
            return False
        months = await _months(tx, delivery)
        if months:
            await queue_run(tx, delivery, new_id(), "schedule", anew=False)
        return bool(months)


class DeliveryRunner:
    """Does the runs that are queued, one at a time."""

    def __init__(
        self,
        database: Database,
        opening: Opening,
        bills: StandingBills,
        engine: DuckEngine,
        spool: Path,
    ) -> None:
        self._database = database
        self._opening = opening
        self._bills = bills
        self._engine = engine
        self._spool = spool

    async def run(self, job_id: UUID, payload: dict[str, Any]) -> None:
        """The job of one run. Raises for what may pass, so that it is tried again, later and later."""
        scope = scopes.organization(UUID(payload["company_id"]), UUID(payload["organization_id"]))
        acting = Acting(scope, Origin(f"delivery-run-{job_id}"))
        begun = await self._begin(acting, UUID(payload["delivery_id"]), job_id)
        if begun is None:
            return
        delivery, run = begun
        try:
            await self._deliver(acting, delivery, run)
        except OvertakenError:
            log.info("delivery_overtaken", run_id=str(job_id))
        except Exception as error:
            cause = _cause_of(error)
            if await self._broken(acting, delivery, run, cause):
                raise GiveUpError(cause) from error
            raise

    async def _begin(
        self, acting: Acting, delivery_id: UUID, run_id: UUID
    ) -> tuple[Delivery, Run] | None:
        """Take the run over; None when it is over, or its delivery gone."""
        async with self._database.transaction(acting) as tx:
            # Locked in this order everywhere: the delivery, then its run.
            delivery = await DeliveryRepository(tx).find(delivery_id, lock=True)
            runs = RunRepository(tx)
            run = await runs.find(run_id, lock=True)
            if delivery is None or run is None or run.state in {"done", "failed"}:
                return None
            if run.tries >= MOST_TRIES:
                await end_failed(tx, delivery, run, "interrupted")
                return None
            # Left running: whoever did so may only be slow, and write until its session ends.
            shadow = {"again_at": tx.now + SESSION_ENDED} if run.state == "running" else {}
            taken = await runs.change(
                run,
                state="running",
                attempt=new_id(),
                tries=run.tries + 1,
                started_at=run.started_at or tx.now,
                **shadow,
            )
        return None if taken is None else (delivery, taken)

    async def _deliver(self, acting: Acting, delivery: Delivery, run: Run) -> None:
        if delivery.proven_at is None:
            await self._opening.prove(acting, delivery)
        async with self._database.transaction(acting) as tx:
            months = await _months(tx, delivery, run)
        for month in months:
            await self._deliver_month(acting, delivery, run, month)
        await self._end(acting, delivery, run)

    async def _deliver_month(
        self, acting: Acting, delivery: Delivery, run: Run, month: Month
    ) -> None:
        await asyncio.to_thread(self._spool.mkdir, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._spool, prefix="delivery-") as folder:
            written = await self._write(delivery, month, Path(folder) / FILE)
            # Asked for before it is needed: what opens the bucket lives a quarter of an hour.
            async with self._opening.open(acting, delivery) as place:
                await self._still_ours(acting, run)
                key = delivery.key(month.period, FILE)
                file = described(month, key, written, await place.put(key, written.path))
                told = Path(folder) / MANIFEST
                text = manifest(run, month, file, self._database.clock())
                await asyncio.to_thread(told.write_text, text)
                await self._still_ours(acting, run)
                await place.put(delivery.key(month.period, MANIFEST), told)
        await self._note(acting, run, month, file)

    async def _note(self, acting: Acting, run: Run, month: Month, file: DeliveredFile) -> None:
        async with self._database.transaction(acting) as tx:
            found, runs = DeliveryRepository(tx), RunRepository(tx)
            await found.find(run.delivery_id, lock=True)
            now = await runs.find(run.id)
            files = files_kept((*(now.files if now else ()), file))
            if await runs.change(run, files=files) is None:
                raise OvertakenError
            await found.hold(run, month)

    async def _write(self, delivery: Delivery, month: Month, target: Path) -> Written:
        filters = filters_of(delivery)
        statement = focus_statement(None, filters)
        pinned = [
            Pinned(each.billing_source_id, each.period, each.finality, each.as_of, each.files)
            for each in month.standing
        ]
        files = await self._bills.files(pinned, statement)
        written = await asyncio.to_thread(write_month, self._engine, statement, files, target)
        if not filters:
            check_totals(written, month.standing)
        return written

    async def _still_ours(self, acting: Acting, run: Run) -> None:
        async with self._database.transaction(acting) as tx:
            now = await RunRepository(tx).find(run.id)
        if now is None or now.attempt != run.attempt:
            raise OvertakenError

    async def _end(self, acting: Acting, delivery: Delivery, run: Run) -> None:
        async with self._database.transaction(acting) as tx:
            found = DeliveryRepository(tx)
            now = await found.find(delivery.id, lock=True)
            over = {"state": "done", "cause": None, "finished_at": tx.now}
            ended = await RunRepository(tx).change(run, **over)
            if ended is None or now is None:
                raise OvertakenError
            works = {"cause": None, "checked_at": tx.now, "delivered_at": tx.now}
            await found.note(delivery, {**works, "proven_at": delivery.proven_at or tx.now})
            if ended.again_at is not None and ended.files:
                await found.plan(delivery.id, min(now.due_at, ended.again_at))
            announce_run(tx, delivery, ended)

    async def _broken(self, acting: Acting, delivery: Delivery, run: Run, cause: Cause) -> bool:
        """Say what is wrong; True when nobody tries again. What is told already is not told anew."""
        async with self._database.transaction(acting) as tx:
            found = DeliveryRepository(tx)
            await found.find(delivery.id, lock=True)
            if cause in FINAL or run.tries >= MOST_TRIES:
                await end_failed(tx, delivery, run, cause)
                return True
            waits = await RunRepository(tx).change(run, state="retrying", cause=cause)
            if waits is not None:
                await found.note(delivery, {"cause": cause, "checked_at": tx.now})
                if run.cause != cause:
                    announce_run(tx, delivery, waits)
            return False


async def end_failed(tx: Transaction, delivery: Delivery, run: Run, cause: Cause) -> None:
    """The run is over; the next one comes with the schedule, or when somebody asks for it."""
    over = {"state": "failed", "cause": cause, "finished_at": tx.now}
    ended = await RunRepository(tx).change(run, **over)
    if ended is None:
        return
    found = DeliveryRepository(tx)
    await found.note(delivery, {"cause": cause, "checked_at": tx.now})
    await found.plan(delivery.id, delivery.next_due_after_failure(tx.now))
    announce_run(tx, delivery, ended)


async def _months(tx: Transaction, delivery: Delivery, run: Run | None = None) -> list[Month]:
    found = DeliveryRepository(tx)
    standing, delivered = await found.standing(), await found.delivered(delivery.id)
    return months_due(delivery, standing, delivered, tx.now, run)


def _cause_of(error: Exception) -> Cause:
    if isinstance(error, DeliveryBrokenError):
        return error.cause
    return "bills_replaced" if isinstance(error, Unavailable) else "internal"
