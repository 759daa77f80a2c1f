"""Runs one import: fetch its files, read them in a subprocess, publish what they say."""

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from datetime import UTC, datetime, time
from pathlib import Path, PurePosixPath
from typing import Any, Literal
from uuid import UUID

import structlog

from finops_common.acting import Acting, Origin
from finops_common.blobs import Blobs
from finops_common.db import scopes
from finops_common.db.transaction import Database, Transaction
from finops_common.errors.problem import NotFound
from finops_ingestion.accounts.sources import BillingSource, find_source, organizations_of
from finops_ingestion.imports.adapters import OpenBucket, Reader, ReadingEndedError
from finops_ingestion.imports.domain import (
    MOST_TRIES,
    DeliveredFile,
    Import,
    is_past,
    month_end,
    percent_of,
)
from finops_ingestion.imports.orders import Order, Outcome, Reading
from finops_ingestion.imports.publishing import OvertakenError, PeriodBusyError, Publisher
from finops_ingestion.imports.repository import ImportRepository
from finops_ingestion.imports.stores.objects import ChangedError
from finops_ingestion.imports.stores.places import bills_of

KIND = "import"
DOWNLOADS = 4
LOOK_S = 1.0
CollectionStatus = Literal["healthy", "in_progress", "failed"]
Collect = Callable[[Transaction, BillingSource, CollectionStatus, str | None], Awaitable[None]]
"""Tells of the source's accounts how their collection goes (ING-4)."""

log = structlog.get_logger(__name__)


class ImportRefusedError(Exception):
    """The bill is not read; trying again cannot help."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


def upload_key(import_id: UUID) -> str:
    """Where an upload lies until it is imported."""
    return f"uploads/{import_id}"


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
        spool: Path,
        memory_mb: int,
        threads: int,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._publisher = publisher
        self._reader = reader
        self._open_bucket = open_bucket
        self._collect = collect
        self._spool = spool
        self._memory_mb = memory_mb
        self._threads = threads

    async def run(self, job_id: UUID, payload: dict[str, Any]) -> None:  # noqa: ARG002 - the shape of a job handler
        """Run the import named by the payload until it ends or must be tried again."""
        started = await self._start(UUID(payload["import_id"]))
        if started is None:
            return
        read, source = started
        try:
            await self._until_cancelled(read, source)
        except ImportRefusedError as error:
            await self._end(read, source, "failed", error.code, str(error))
        except ChangedError:
            await self._end(read, source, "cancelled", "delivery-changed", None)
        except OvertakenError:
            log.info("import_overtaken", import_id=str(read.id))
        except PeriodBusyError:
            await self._note(read, tries=read.tries - 1)
            raise
        except Exception as error:
            name = "reading-ended" if isinstance(error, ReadingEndedError) else "not-available"
            if read.tries >= MOST_TRIES:
                await self._end(read, source, "failed", name, type(error).__name__)
                return
            await self._note(read, code=name, reason=type(error).__name__)
            raise

    async def _start(self, import_id: UUID) -> tuple[Import, BillingSource] | None:
        async with self._database.transaction(Acting(scopes.SYSTEM)) as tx:
            try:
                found = await ImportRepository(tx).get(import_id)
            except NotFound:
                return None
        async with self._database.transaction(_acting(found)) as tx:
            imports = ImportRepository(tx)
            read = await imports.get(import_id, locked=True)
            source = await find_source(tx, read.billing_source_id)
            if source is None or read.ended:
                return None
            await imports.change(
                import_id,
                state="running",
                tries=read.tries + 1,
                started_at=read.started_at or tx.now,
                code=None,
                reason=None,
            )
            await self._collect(tx, source, "in_progress", None)
            return await imports.get(import_id), source

    async def _until_cancelled(self, read: Import, source: BillingSource) -> None:
        work = asyncio.create_task(self._work(read, source))
        watch = asyncio.create_task(self._cancel_asked(read))
        try:
            await asyncio.wait({work, watch}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return work.result()
        finally:
            for task in (work, watch):
                task.cancel()
            await asyncio.gather(work, watch, return_exceptions=True)
        await self._end(read, source, "cancelled", None, None)
        return None

    async def _cancel_asked(self, read: Import) -> None:
        while True:
            async with self._database.transaction(_acting(read)) as tx:
                if (await ImportRepository(tx).get(read.id)).cancel_requested:
                    return
            await asyncio.sleep(LOOK_S)

    async def _work(self, read: Import, source: BillingSource) -> None:
        paths = await self._fetch(read, source)
        reading = await self._read(read, source, paths)
        for number, found in enumerate(reading.periods):
            share = number / len(reading.periods)
            await self._note(read, stage="publishing", percent=percent_of("publishing", share))
            await self._publisher.publish(read, reading, found)
        state = "partial" if reading.rows_refused else "done"
        await self._end(read, source, state, None, None)

    async def _fetch(self, read: Import, source: BillingSource) -> list[Path]:
        """Local copies of the import's files; what an earlier try has fetched is not fetched again."""
        await self._note(read, stage="fetching", percent=percent_of("fetching", 0))
        async with self._database.transaction(_acting(read)) as tx:
            files = await ImportRepository(tx).files(read.id)
        if source.kind == "uploads":
            return [await self._blobs.local(upload_key(read.id))]
        folder = self._spool / str(read.id) / "files"
        folder.mkdir(parents=True, exist_ok=True)
        wanted = {
            folder / f"{number:05}-{PurePosixPath(file.name).name}": file
            for number, file in enumerate(files)
        }
        missing = {p: f for p, f in wanted.items() if not (p.is_file() and f.sha256)}
        limit = asyncio.Semaphore(DOWNLOADS)
        total = sum(file.size for file in files) or 1
        fetched = total - sum(file.size for file in missing.values())

        async with self._open_bucket(source) as client:
            bills = bills_of(client, source)

            async def take(path: Path, file: DeliveredFile) -> None:
                nonlocal fetched
                async with limit:
                    digest = await bills.fetch(file, path)
                fetched += file.size
                # A table's rows have no size before they are a file.
                size = (await asyncio.to_thread(path.stat)).st_size
                found = {"sha256": digest, "size": size}
                await self._fetched(read, file.name, found, fetched / total)

            await _all(
                take(path, DeliveredFile(file.name, file.version, file.size))
                for path, file in missing.items()
            )
        return list(wanted)

    async def _fetched(self, read: Import, name: str, found: dict[str, Any], share: float) -> None:
        async with self._database.transaction(_acting(read)) as tx:
            imports = ImportRepository(tx)
            await imports.change_files(read.id, name, state="fetched", fetched_at=tx.now, **found)
            await imports.change(read.id, percent=percent_of("fetching", share))

    async def _read(self, read: Import, source: BillingSource, paths: Sequence[Path]) -> Reading:
        await self._note(read, stage="reading", percent=percent_of("reading", 0))
        async with self._database.transaction(_acting(read)) as tx:
            owners = await organizations_of(tx, source)
            past = read.period is not None and is_past(read.period, tx.now)
        order = Order(
            sources=tuple(paths),
            to=self._spool / str(read.id) / "out",
            as_of=_end_of(read) if past else None,
            organizations=dict(owners.known),
            otherwise=owners.otherwise,
            memory_mb=self._memory_mb,
            threads=self._threads,
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
        async with self._database.transaction(_acting(read)) as tx:
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
        async with self._database.transaction(_acting(read)) as tx:
            await ImportRepository(tx).change(read.id, **values)

    async def _end(
        self, read: Import, source: BillingSource, state: str, code: str | None, reason: str | None
    ) -> None:
        if state in {"failed", "cancelled"}:
            await self._publisher.fail(read, code or state)
        async with self._database.transaction(_acting(read)) as tx:
            imports = ImportRepository(tx)
            await imports.change(
                read.id,
                state=state,
                stage="ended",
                percent=100,
                code=code,
                reason=reason,
                finished_at=tx.now,
            )
            if state == "failed":
                await imports.change_files(read.id, state="failed", reason=reason)
            # Another import of the source may have ended meanwhile: only what runs can end.
            await self._collect(tx, source, "in_progress", None)
            await self._collect(tx, source, "failed" if state == "failed" else "healthy", code)
        await self._clean(read, source)

    async def _clean(self, read: Import, source: BillingSource) -> None:
        await asyncio.to_thread(shutil.rmtree, self._spool / str(read.id), ignore_errors=True)
        if source.kind == "uploads":
            await self._blobs.delete(upload_key(read.id))


async def _all(steps: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Side by side; the first failure, as it is, ends the others."""
    tasks = [asyncio.create_task(step) for step in steps]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _end_of(read: Import) -> datetime | None:
    return datetime.combine(month_end(read.period), time(), UTC) if read.period else None


def _acting(read: Import) -> Acting:
    return Acting(scopes.company(read.company_id), Origin(f"import-{read.id}"))
