"""Brings an import's files here: each once, in the version that was seen."""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID

from finops_common.acting import Acting, Origin
from finops_common.blobs import Blobs
from finops_common.db import scopes
from finops_common.db.transaction import Database
from finops_ingestion.accounts.sources import BillingSource
from finops_ingestion.imports.adapters import OpenBucket
from finops_ingestion.imports.domain import DeliveredFile, Import, ImportFile, percent_of
from finops_ingestion.imports.repository import ImportRepository
from finops_ingestion.imports.stores.places import Bills, bills_of

DOWNLOADS = 4
LONGEST_NAME = 200
"""Bytes; file systems take 255, and the spool puts a number before it."""

UPLOADS = "uploads"


def upload_key(import_id: UUID) -> str:
    """Where an upload lies until it is imported."""
    return f"{UPLOADS}/{import_id}"


def uploads_in(keys: Iterable[str]) -> dict[UUID, str]:
    """The keys of uploads, by their import; what else lies there is somebody else's."""
    found = {}
    for key in keys:
        with suppress(ValueError):
            found[UUID(key.removeprefix(f"{UPLOADS}/"))] = key
    return found


class Fetcher:
    """Fetches into the spool, and notes each file in the ledger as it comes."""

    def __init__(
        self, database: Database, blobs: Blobs, open_bucket: OpenBucket, spool: Path
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._open_bucket = open_bucket
        self._spool = spool

    async def fetch(self, read: Import, source: BillingSource) -> list[Path]:
        """Local copies of the import's files; what an earlier try has fetched is not fetched again.

        Raises:
            ChangedError: another version stands there now.
        """
        async with self._database.transaction(import_acting(read)) as tx:
            imports = ImportRepository(tx)
            await imports.change(read.id, stage="fetching", percent=percent_of("fetching", 0))
            files = await imports.files(read.id)
        if source.kind == "uploads":
            return [await self._blobs.local(upload_key(read.id))]
        folder = self._spool / str(read.id) / "files"
        folder.mkdir(parents=True, exist_ok=True)
        wanted = {
            folder / f"{number:05}-{_short(PurePosixPath(file.name).name)}": file
            for number, file in enumerate(files)
        }
        missing = {p: f for p, f in wanted.items() if not (p.is_file() and f.sha256)}
        if missing:
            async with self._open_bucket(source) as client:
                await self._take(read, bills_of(client, source), missing, files)
        return list(wanted)

    async def _take(
        self,
        read: Import,
        bills: Bills,
        missing: Mapping[Path, ImportFile],
        files: Iterable[ImportFile],
    ) -> None:
        limit = asyncio.Semaphore(DOWNLOADS)
        total = sum(file.size for file in files) or 1
        fetched = total - sum(file.size for file in missing.values())

        async def take(path: Path, file: ImportFile) -> None:
            nonlocal fetched
            async with limit:
                asked = DeliveredFile(file.name, file.version, file.size)
                digest = await bills.fetch(asked, path)
            fetched += file.size
            # A table's rows have no size before they are a file.
            size = (await asyncio.to_thread(path.stat)).st_size
            found = {"sha256": digest, "size": size}
            await self._fetched(read, file.name, found, fetched / total)

        await _all(take(path, file) for path, file in missing.items())

    async def _fetched(self, read: Import, name: str, found: dict[str, Any], share: float) -> None:
        async with self._database.transaction(import_acting(read)) as tx:
            imports = ImportRepository(tx)
            await imports.change_files(read.id, name, state="fetched", fetched_at=tx.now, **found)
            await imports.change(read.id, percent=percent_of("fetching", share))


def _short(name: str) -> str:
    """A name's end: objects may have longer names than files, whose bytes are counted."""
    return name.encode()[-LONGEST_NAME:].decode(errors="ignore")


def import_acting(read: Import) -> Acting:
    """An import acts in its company, on nobody's behalf."""
    return Acting(scopes.company(read.company_id), Origin(f"import-{read.id}"))


async def _all(steps: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Side by side; the first failure, as it is, ends the others."""
    tasks = [asyncio.create_task(step) for step in steps]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
