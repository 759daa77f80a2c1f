"""Runs one import: fetch its files, read them in a subprocess, publish what they say."""

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import structlog

from finops_common.acting import Acting
from finops_common.blobs import Blobs
from finops_common.db import scopes
from finops_common.db.transaction import Database, Transaction
from finops_common.errors.problem import NotFound
from finops_ingestion.accounts.sources import (
    Assignments,
    BillingSource,
    find_source,
    hold_source,
    organizations_of,
)
from finops_ingestion.imports.adapters import (
    OpenBucket,
    Reader,
    ReadingEndedError,
    reason_of,
)
from finops_ingestion.imports.claims import refused_claim
from finops_ingestion.imports.domain import (
    MOST_TRIES,
    Import,
    ImportFile,
    is_past,
    month_end,
    percent_of,
)
from finops_ingestion.imports.fetching import Fetcher, import_acting, upload_key
from finops_ingestion.imports.orders import CutPeriod, Order, Outcome, Reading
from finops_ingestion.imports.publishing import (
    Basis,
    OvertakenError,
    PeriodBusyError,
    Publisher,
    SourceStoppedError,
)
from finops_ingestion.imports.queueing import queue_recuts
from finops_ingestion.imports.repository import ImportRepository
from finops_ingestion.imports.spooling import Need, Spool, SpoolExceededError
from finops_ingestion.imports.standing import fetch_standing, find_standing
from finops_ingestion.imports.stores.objects import ChangedError

LOOK_S = 1.0
CollectionStatus = Literal["healthy", "in_progress", "failed"]
Asked = Literal["cancelled", "paused"]
Collect = Callable[[Transaction, BillingSource, CollectionStatus, str | None], Awaitable[None]]
"""Tells of the source's accounts how their collection goes (ING-4)."""

log = structlog.get_logger(__name__)


class ImportRefusedError(Exception):
    """The bill is not read; trying again cannot help."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class ImportRunner:
    """The handler of import jobs; bears being run twice, and by two at once."""

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        publisher: Publisher,
        reader: Reader,
        open_bucket: OpenBucket,
        collect: Collect,
        *,
        spool: Spool,
        memory_mb: int,
        threads: int,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._publisher = publisher
        self._reader = reader
        self._fetcher = Fetcher(database, blobs, open_bucket, spool.folder)
        self._collect = collect
        self._spool = spool
        self._memory_mb = memory_mb
        self._threads = threads

    async def run(self, job_id: UUID, payload: dict[str, Any]) -> None:
        """Run the import named by the payload until it ends, rests or must be tried again."""
        started = await self._start(UUID(payload["import_id"]), job_id)
        if started is None:
            return
        read, source = started
        try:
            await self._until_asked(read, source)
        except ImportRefusedError as error:
            await self._end(read, source, "failed", error.code, str(error))
        except ChangedError:
            await self._end(read, source, "cancelled", "delivery-changed", None)
        except SourceStoppedError:
            await self._end(read, source, "cancelled", "source-stopped", None)
        except OvertakenError:
            log.info("import_overtaken", import_id=str(read.id))
        except PeriodBusyError:
            await self._note(read, tries=read.tries - 1)
            raise
        except Exception as error:
            name = "reading-ended" if isinstance(error, ReadingEndedError) else "not-available"
            if read.tries >= MOST_TRIES:
                await self._end(read, source, "failed", name, reason_of(error))
                return
            await self._note(read, code=name, reason=reason_of(error))
            raise

    async def _start(self, import_id: UUID, job_id: UUID) -> tuple[Import, BillingSource] | None:
        async with self._database.transaction(Acting(scopes.SYSTEM)) as tx:
            try:
                found = await ImportRepository(tx).get(import_id)
            except NotFound:
                return None
        async with self._database.transaction(import_acting(found)) as tx:
            imports = ImportRepository(tx)
            read = await imports.get(import_id, locked=True)
            source = await find_source(tx, read.billing_source_id)
            over = read.ended or read.state == "paused" or not read.is_run_by(job_id)
            if source is None or over:
                return None
            await imports.change(
                import_id,
                state="running",
                tries=read.tries + 1,
                started_at=read.started_at or tx.now,
                code=None,
                reason=None,
            )
            begun = await imports.get(import_id)
        # On its own: who collects locks accounts before imports.
        async with self._database.transaction(import_acting(found)) as tx:
            await self._say(tx, read, source, "in_progress", None)
        return begun, source

    async def _until_asked(self, read: Import, source: BillingSource) -> None:
        while (asked := await self._interrupted(read, source)) is not None:
            if asked == "cancelled":
                code = "source-stopped" if await self._is_stopped(source) else None
                return await self._end(read, source, "cancelled", code, None)
            if await self._rest(read, source):
                return None
        return None

    async def _interrupted(self, read: Import, source: BillingSource) -> Asked | None:
        """Work to the end, or until somebody asks for something else: what that is."""
        work = asyncio.create_task(self._work(read, source))
        watch = asyncio.create_task(self._asked(read))
        try:
            await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
                return None
            return watch.result()
        finally:
            for task in (work, watch):
                task.cancel()
            await asyncio.gather(work, watch, return_exceptions=True)

    async def _asked(self, read: Import) -> Asked:
        while True:
            async with self._database.transaction(import_acting(read)) as tx:
                now = await ImportRepository(tx).get(read.id)
            if now.cancel_requested:
                return "cancelled"
            if now.pause_requested:
                return "paused"
            await asyncio.sleep(LOOK_S)

    async def _rest(self, read: Import, source: BillingSource) -> bool:
        """Put the import to rest; False when it was resumed or cancelled meanwhile.

        One that has ended just so, or that another job has been given, is not ours to change.
        """
        await self._publisher.fail(read, "paused")
        async with self._database.transaction(import_acting(read)) as tx:
            imports = ImportRepository(tx)
            now = await imports.get(read.id, locked=True)
            if now.ended or now.job_id != read.job_id:
                return True
            if now.cancel_requested or not now.pause_requested:
                return False
            await imports.change(read.id, state="paused")
        async with self._database.transaction(import_acting(read)) as tx:
            await self._say(tx, read, source, "in_progress", None)
            await self._say(tx, read, source, "healthy", "paused")
        return True

    async def _say(
        self,
        tx: Transaction,
        read: Import,
        source: BillingSource,
        status: CollectionStatus,
        cause: str | None,
    ) -> None:
        # What is cut anew was collected before: it says nothing of the collection now.
        if read.cause != "move":
            await self._collect(tx, source, status, cause)

    async def _is_stopped(self, source: BillingSource) -> bool:
        async with self._database.transaction(Acting(scopes.company(source.company_id))) as tx:
            now = await find_source(tx, source.id)
        return now is None or now.stopped_at is not None

    async def _work(self, read: Import, source: BillingSource) -> None:
        if await self._is_stopped(source):
            raise SourceStoppedError(str(source.id))
        try:
            need = await self._need(read, source)
        except SpoolExceededError as error:
            raise ImportRefusedError("spool-exceeded", str(error)) from None
        async with self._spool.room(read.id, need):
            await self._read_and_publish(read, source)

    async def _need(self, read: Import, source: BillingSource) -> Need:
        async with self._database.transaction(import_acting(read)) as tx:
            files = await ImportRepository(tx).files(read.id)
        # An upload lies with the blobs, and so does what is cut anew.
        fetched = source.kind != "uploads" and read.cause != "move"
        return self._spool.need((file.size for file in files), fetched=fetched)

    async def _read_and_publish(self, read: Import, source: BillingSource) -> None:
        found = await self._found(read, source)
        if found is None:
            return await self._end(read, source, "done", None, None)
        reading, basis = found
        periods = _periods_of(read, reading)
        for number, period in enumerate(periods):
            share = number / len(periods)
            await self._note(read, stage="publishing", percent=percent_of("publishing", share))
            await self._publisher.publish(read, reading, period, basis)
        state = "partial" if reading.rows_refused else "done"
        await self._end(read, source, state, None, None)
        return None

    async def _found(self, read: Import, source: BillingSource) -> tuple[Reading, Basis] | None:
        """What the bill says, or the standing revision after a move; None: it is cut so already."""
        if read.cause != "move":
            paths = await self._fetcher.fetch(read, source)
            return await self._read(read, source, paths)
        async with self._database.transaction(import_acting(read)) as tx:
            standing = await find_standing(tx, read)
            owners = await organizations_of(tx, source)
        if standing is None or standing.period.owners == owners.digest:
            return None
        files = await fetch_standing(self._blobs, standing)
        basis = Basis(owners.digest, standing.period)
        return await self._order(read, owners, standing=files), basis

    async def _read(
        self, read: Import, source: BillingSource, paths: Sequence[Path]
    ) -> tuple[Reading, Basis]:
        async with self._database.transaction(import_acting(read)) as tx:
            owners = await organizations_of(tx, source)
            past = read.period is not None and is_past(read.period, tx.now)
            files = await ImportRepository(tx).files(read.id)
        reading = await self._order(
            read,
            owners,
            sources=tuple(paths),
            as_of=_end_of(read) if past else None,
            promised_rows=_promised(files),
        )
        async with self._database.transaction(import_acting(read)) as tx:
            refused = await refused_claim(tx, source, read, reading)
        if refused:
            raise ImportRefusedError(refused.code, refused.detail)
        return reading, Basis(owners.digest)

    async def _order(self, read: Import, owners: Assignments, **wanted: Any) -> Reading:  # noqa: ANN401 - fields of an order
        await self._note(read, stage="reading", percent=percent_of("reading", 0))
        order = Order(
            **{"sources": (), **wanted},
            to=self._spool.folder / str(read.id) / "out",
            organizations=dict(owners.known),
            otherwise=owners.otherwise,
            memory_mb=self._memory_mb,
            threads=self._threads,
            spill_mb=self._spool.spill_mb(read.id),
        )
        outcome = await self._outcome(order)
        if outcome.refused:
            raise ImportRefusedError(outcome.refused.code, outcome.refused.detail)
        reading = outcome.reading
        if reading is None:
            raise ReadingEndedError("an empty answer")
        await self._note_reading(read, reading)
        return reading

    async def _outcome(self, order: Order) -> Outcome:
        """What the subprocess answers, or answered the same order before a crash."""
        kept = order.to.with_suffix(".json")
        if kept.is_file():
            asked, answered = json.loads(await asyncio.to_thread(kept.read_text))
            if asked == order.model_dump_json():
                return Outcome.model_validate_json(answered)
        await asyncio.to_thread(shutil.rmtree, order.to, ignore_errors=True)
        outcome = await self._reader.read(order)
        draft = kept.with_suffix(".draft")
        text = json.dumps([order.model_dump_json(), outcome.model_dump_json()])
        await asyncio.to_thread(draft.write_text, text)
        draft.replace(kept)
        return outcome

    async def _note_reading(self, read: Import, reading: Reading) -> None:
        async with self._database.transaction(import_acting(read)) as tx:
            imports = ImportRepository(tx)
            await imports.change(
                read.id,
                rows_read=reading.rows_read,
                rows_accepted=reading.rows_accepted,
                rows_refused=reading.rows_refused,
                refusals=reading.refusals,
                findings=reading.findings,
                percent=percent_of("reading", 1),
            )
            await imports.change_files(read.id, state="read", read_at=tx.now)

    async def _note(self, read: Import, **values: Any) -> None:  # noqa: ANN401 - columns
        async with self._database.transaction(import_acting(read)) as tx:
            await ImportRepository(tx).change(read.id, **values)

    async def _end(
        self, read: Import, source: BillingSource, state: str, code: str | None, reason: str | None
    ) -> None:
        if state in {"failed", "cancelled"}:
            await self._publisher.fail(read, code or state)
        async with self._database.transaction(import_acting(read)) as tx:
            # Another import of the source may have ended meanwhile: only what runs can end.
            await self._say(tx, read, source, "in_progress", None)
            await self._say(tx, read, source, "failed" if state == "failed" else "healthy", code)
            held = await hold_source(tx, source.id)
            await _note_end(tx, read, state, code, reason)
            # Accounts may have moved since it was cut. A re-cut that was cancelled or cannot be
            # made is not begun again by itself: the next import does as well.
            if held and (read.cause != "move" or state == "done"):
                await queue_recuts(tx, held)
        await self._clean(read, source)

    async def _clean(self, read: Import, source: BillingSource) -> None:
        await asyncio.to_thread(
            shutil.rmtree, self._spool.folder / str(read.id), ignore_errors=True
        )
        if source.kind == "uploads":
            await self._blobs.delete(upload_key(read.id))


async def _note_end(
    tx: Transaction, read: Import, state: str, code: str | None, reason: str | None
) -> None:
    imports = ImportRepository(tx)
    if (await imports.get(read.id, locked=True)).ended:
        return  # it committed just before somebody cancelled it: what stands is not taken back
    ended = {"state": state, "stage": "ended", "percent": 100, "finished_at": tx.now}
    await imports.change(read.id, **ended, code=code, reason=reason)
    if state == "failed":
        await imports.change_files(read.id, state="failed", reason=reason)


def _periods_of(read: Import, reading: Reading) -> tuple[CutPeriod, ...]:
    """A bill without any row says of its month that there is nothing, and is no more read for it."""
    if reading.periods or read.period is None or read.cause == "move":
        return reading.periods
    return (CutPeriod(period=read.period, shares=()),)


def _promised(files: Sequence[ImportFile]) -> int | None:
    counts = [file.rows for file in files if file.rows is not None]
    return sum(counts) if counts and len(counts) == len(files) else None


def _end_of(read: Import) -> datetime | None:
    return datetime.combine(month_end(read.period), time(), UTC) if read.period else None
