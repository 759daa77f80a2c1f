"""What people do with imports: look, ask for a month again, pause, resume, cancel, upload."""

import hashlib
from collections.abc import AsyncIterator
from datetime import date
from uuid import UUID

from sqlalchemy import insert

from finops_common.auth.caller import Caller
from finops_common.blobs import Blobs
from finops_common.db.transaction import Database, Transaction
from finops_common.errors.problem import NotFound, TooLarge
from finops_common.ids import new_id
from finops_common.jobs import enqueue
from finops_common.pagination import Page, PageRequest
from finops_ingestion.accounts.sources import BillingSource, find_source, list_sources
from finops_ingestion.accounts.tables import billing_sources
from finops_ingestion.imports.domain import DeliveredFile, Import, ImportFile, Period
from finops_ingestion.imports.fetching import upload_key
from finops_ingestion.imports.looking import LOOK
from finops_ingestion.imports.queueing import new_import, queue_import, queue_job
from finops_ingestion.imports.repository import ImportRepository, PeriodRepository
from finops_ingestion.problems import (
    ImportEnded,
    NotAnUpload,
    NothingUploaded,
    SourceStopped,
)

LARGEST_UPLOAD = 5 * 1024**3


class ImportService:
    """The use cases of imports."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    async def page(self, caller: Caller, request: PageRequest) -> Page[Import]:
        """Imports of the organization's own billing sources, newest first."""
        async with self._database.transaction(caller) as tx:
            return await ImportRepository(tx).page(tx.organization_id, request)

    async def get(self, caller: Caller, import_id: UUID) -> Import:
        """Raises NotFound."""
        async with self._database.transaction(caller) as tx:
            return await ImportRepository(tx).get(import_id)

    async def files(self, caller: Caller, import_id: UUID) -> list[ImportFile]:
        """The ledger of an import's files. Raises NotFound."""
        async with self._database.transaction(caller) as tx:
            imports = ImportRepository(tx)
            return await imports.files((await imports.get(import_id)).id)

    async def sources(self, caller: Caller) -> list[BillingSource]:
        """The billing sources the organization owns."""
        async with self._database.transaction(caller) as tx:
            found = await list_sources(tx)
            return [each for each in found if each.organization_id == tx.organization_id]

    async def periods(self, caller: Caller, source_id: UUID) -> list[Period]:
        """A source's periods, newest first. Raises NotFound."""
        async with self._database.transaction(caller) as tx:
            source = await _own_source(tx, source_id)
            return await PeriodRepository(tx).list_of(source.id)

    async def ask_for(self, caller: Caller, source_id: UUID, period: date, job_id: UUID) -> None:
        """Have a month looked for and imported if it is not what stands already.

        Raises:
            NotFound: no such source.
            NotAnUpload: uploads are not looked for; upload the file again.
            SourceStopped: its account was detached.
        """
        async with self._database.transaction(caller) as tx:
            source = await fetched_source(tx, source_id)
            payload = {"source_id": str(source.id), "period": period.isoformat()}
            await enqueue(tx, LOOK, payload, job_id=job_id)

    async def retry(self, caller: Caller, import_id: UUID, new_import_id: UUID) -> Import:
        """A new import of the same files, or the one of their month that is under way.

        Raises:
            NotFound: no such import here.
            NotAnUpload: an upload's bytes are gone.
            SourceStopped: its account was detached.
        """
        async with self._database.transaction(caller) as tx:
            imports = ImportRepository(tx)
            old = await imports.get(import_id)
            source = await fetched_source(tx, old.billing_source_id)
            files = [
                DeliveredFile(f.name, f.version, f.size, f.rows)
                for f in await imports.files(old.id)
            ]
            move = old.cause == "move"
            new = new_import(
                source,
                old.fingerprint,
                "move" if move else "retry",
                tx.now,
                period=old.period,
                import_id=new_import_id,
            )
            await queue_import(tx, new, files)
            if old.period is None:
                return await imports.get(new_import_id)
            under_way = await imports.find_active(source.id, old.period, move=move)
            return under_way or await imports.get(new_import_id)

    async def cancel(self, caller: Caller, import_id: UUID) -> Import:
        """End an import before it commits. Raises NotFound, ImportEnded."""
        async with self._database.transaction(caller) as tx:
            imports = ImportRepository(tx)
            found = await imports.get(import_id, locked=True)
            if found.ended:
                raise ImportEnded
            values = {"state": "cancelled", "stage": "ended", "finished_at": tx.now}
            asked = {} if found.state == "running" else values
            await imports.change(import_id, cancel_requested=True, **asked)
            cancelled = await imports.get(import_id)
        if cancelled.ended:
            await self._blobs.delete(upload_key(import_id))
        return cancelled

    async def pause(self, caller: Caller, import_id: UUID) -> Import:
        """Let an import rest until it is resumed; a running one does within seconds.

        What stood before stands, files that were fetched are kept, and its month waits: a
        newer version of the bill is not begun beside it. Paused twice is paused once.

        Raises:
            NotFound. ImportEnded.
        """
        async with self._database.transaction(caller) as tx:
            imports = ImportRepository(tx)
            found = await imports.get(import_id, locked=True)
            if found.ended:
                raise ImportEnded
            at_once = {"state": "paused"} if found.state == "queued" else {}
            await imports.change(import_id, pause_requested=True, **at_once)
            return await imports.get(import_id)

    async def resume(self, caller: Caller, import_id: UUID) -> Import:
        """Let a paused import go on where it was; one that is not paused is left alone.

        Raises:
            NotFound. ImportEnded.
        """
        async with self._database.transaction(caller) as tx:
            imports = ImportRepository(tx)
            found = await imports.get(import_id, locked=True)
            if found.ended:
                raise ImportEnded
            await imports.change(import_id, pause_requested=False)
            if found.state == "paused":
                # Another job: the one before is over, and its id is spent.
                job_id = await queue_job(tx, found)
                await imports.change(
                    import_id, state="queued", tries=0, job_id=job_id, resumed_at=tx.now
                )
            return await imports.get(import_id)

    async def upload(
        self, caller: Caller, name: str, series: str, chunks: AsyncIterator[bytes]
    ) -> Import:
        """Store a bill and queue its import; the same bytes again are the import they were.

        Raises:
            TooLarge: more than 5 GB.
            NothingUploaded: not a single byte.
        """
        import_id = new_id()
        key = upload_key(import_id)
        digest = hashlib.sha256()
        size = await self._blobs.receive(key, _measured(chunks, digest))
        if size == 0:
            await self._blobs.delete(key)
            raise NothingUploaded
        async with self._database.transaction(caller) as tx:
            source = await self._series(tx, series)
            imports = ImportRepository(tx)
            known = await imports.find_delivery(source.id, digest.hexdigest())
            if known is None:
                new = new_import(source, digest.hexdigest(), "upload", tx.now, import_id=import_id)
                await queue_import(tx, new, [DeliveredFile(name, digest.hexdigest(), size)])
                await imports.change_files(
                    new.id, state="fetched", sha256=digest.hexdigest(), fetched_at=tx.now
                )
                return await imports.get(import_id)
        await self._blobs.delete(key)
        return known

    async def _series(self, tx: Transaction, name: str) -> BillingSource:
        """The organization's upload source of that name, made when it is new."""
        # One at a time: two first uploads must not make two sources of one name.
        await tx.lock("uploads", tx.organization_id, name)
        for source in await list_sources(tx, kind="uploads"):
            if source.organization_id == tx.organization_id and source.name == name:
                return source
        row = insert(billing_sources).values(
            id=new_id(),
            company_id=tx.company_id,
            organization_id=tx.organization_id,
            provider="Uploads",
            kind="uploads",
            name=name,
            created_at=tx.now,
        )
        made = (await tx.one(row.returning(billing_sources.c.id))).id
        return await _own_source(tx, made)


async def fetched_source(tx: Transaction, source_id: UUID) -> BillingSource:
    """A source of the organization whose bills are fetched. Raises NotFound, NotAnUpload, SourceStopped."""
    source = await _own_source(tx, source_id)
    if source.kind == "uploads":
        raise NotAnUpload
    if source.stopped_at is not None:
        raise SourceStopped
    return source


async def _own_source(tx: Transaction, source_id: UUID) -> BillingSource:
    source = await find_source(tx, source_id)
    if source is None or source.organization_id != tx.organization_id:
        raise NotFound
    return source


async def _measured(chunks: AsyncIterator[bytes], digest: "hashlib._Hash") -> AsyncIterator[bytes]:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > LARGEST_UPLOAD:
            raise TooLarge(limit=str(LARGEST_UPLOAD))
        digest.update(chunk)
        yield chunk
