"""Bills delivered as objects with manifests: S3 and Blob storage."""

import asyncio
import hashlib
import re
from codecs import BOM_UTF8
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import Protocol

from pydantic import ValidationError

from finops_ingestion.bills.manifest import Manifest, row_counts
from finops_ingestion.imports.domain import DeliveredFile, Delivery

_MONTH = re.compile(
    r"(?:/|^)(?:(\d{4})(\d\d)01-\d{8}|BILLING_PERIOD=(\d{4})-(\d\d))(?:/|$)", re.IGNORECASE
)


PACE = 64 * 1024
PACE_S = 60.0
"""Slower than this many bytes in so many seconds is as good as silent: better asked for again."""


class ChangedError(Exception):
    """The provider wrote a newer version while we read: the next look takes that one."""


class CutShortError(Exception):
    """What came, though said to be whole, is not as long as what was listed."""


@dataclass(frozen=True)
class Listed:
    """An object as its store lists it; `version` changes whenever its bytes do."""

    key: str
    version: str
    size: int
    modified: datetime


class Objects(Protocol):
    """What a bucket or container is asked."""

    def list(self, prefix: str) -> AsyncIterator[Listed]:
        """Every object below `prefix`."""

    async def read(self, key: str) -> bytes:
        """A small object, whole."""

    def stream(self, key: str, version: str) -> AsyncGenerator[bytes, None]:
        """The bytes of that version. Raises ChangedError when another stands there now."""


Rank = Callable[[Listed], tuple[object, ...]]
"""Orders the manifests of one period; the last one counts."""


def nearest_the_top(manifest: Listed) -> tuple[object, ...]:
    """AWS repeats a manifest beside every delivery; the one above them is of the newest."""
    return (-manifest.key.count("/"), manifest.key)


def newest(manifest: Listed) -> tuple[object, ...]:
    """Azure gives every run of an export a folder, whose name need not tell the order."""
    return (manifest.modified, manifest.key)


class ObjectBills:
    """The deliveries below a prefix; satisfies `places.Bills`."""

    def __init__(self, objects: Objects, prefix: str, rank: Rank) -> None:
        self._objects = objects
        self._prefix = prefix
        self._rank = rank

    async def find(self) -> list[Delivery]:
        """The whole deliveries that stand there, one a period.

        A delivery whose files are newer than its manifest, or whose manifest names none, is
        being written and left for later.
        """
        listed = {each.key: each async for each in self._objects.list(self._prefix)}
        found = []
        for period, manifest in sorted(self._manifests(listed).items()):
            keys, rows = await self._data_keys(manifest)
            files = [listed[key] for key in keys if key in listed]
            if (
                files
                and len(files) == len(keys)
                and all(f.modified <= manifest.modified for f in files)
            ):
                delivered = tuple(
                    DeliveredFile(f.key, f.version, f.size, rows.get(f.key)) for f in files
                )
                found.append(Delivery(period, delivered))
        return found

    async def fetch(self, file: DeliveredFile, target: Path) -> str:
        """Download the very version that was seen; its SHA-256.

        Raises:
            ChangedError: another stands there now.
            CutShortError, TimeoutError: not all of it came, or hardly anything; try again.
        """
        async with aclosing(self._objects.stream(file.name, file.version)) as chunks:
            return await spool(chunks, target, size=file.size)

    def _manifests(self, listed: Mapping[str, Listed]) -> dict[date, Listed]:
        chosen: dict[date, Listed] = {}
        for each in sorted(listed.values(), key=self._rank):
            month = _MONTH.search(str(PurePosixPath(each.key).parent))
            if each.key.lower().endswith("manifest.json") and month:
                year, number = (month[1] or month[3]), (month[2] or month[4])
                chosen[date(int(year), int(number), 1)] = each
        return chosen

    async def _data_keys(self, manifest: Listed) -> tuple[list[str], dict[str, int]]:
        """The files it names, and how many rows it counts in which of them."""
        text = (await self._objects.read(manifest.key)).removeprefix(BOM_UTF8)
        try:
            told = Manifest.model_validate_json(text)
        except ValidationError:
            return [], {}
        return [str(key) for key in told.data_keys()], row_counts(told)


async def spool(
    chunks: AsyncIterator[bytes],
    target: Path,
    *,
    size: int | None = None,
    pace_s: float = PACE_S,
) -> str:
    """Write to `target`, which appears once it is whole; the SHA-256 of its bytes.

    Raises:
        CutShortError: there are not `size` of them.
        TimeoutError: fewer than PACE came in `pace_s` seconds.
    """
    digest = hashlib.sha256()
    draft = target.with_suffix(".draft")
    with draft.open("wb") as out:
        async for chunk in _paced(chunks, pace_s):
            digest.update(chunk)
            await asyncio.to_thread(out.write, chunk)
    if size not in {None, draft.stat().st_size}:
        raise CutShortError(target.name)
    draft.replace(target)
    return digest.hexdigest()


async def _paced(chunks: AsyncIterator[bytes], pace_s: float) -> AsyncIterator[bytes]:
    """The same, as long as they come: a body that dribbles keeps every timeout of a socket away."""
    came = 0
    now = asyncio.get_running_loop().time
    until = now() + pace_s
    while True:
        async with asyncio.timeout_at(until):
            chunk = await anext(chunks, None)
        if chunk is None:
            return
        yield chunk
        came += len(chunk)
        if came >= PACE:
            came, until = 0, now() + pace_s
