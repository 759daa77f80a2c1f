"""Bills delivered as objects, most of them with manifests: S3 and Blob storage."""

import asyncio
import hashlib
import re
from codecs import BOM_UTF8
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping, Sequence
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


LARGEST_MANIFEST = 16 * 1024 * 1024
"""It is read whole, by the api too: what is larger names a hundred thousand files, or is none."""
PACE = 64 * 1024
PACE_S = 60.0
"""Slower than this many bytes in so many seconds is as good as silent: better asked for again."""


class ChangedError(Exception):
    """The provider wrote a newer version while we read: the next look takes that one."""


class CutShortError(Exception):
    """What came, though said to be whole, is not as long as what was listed."""


class TooManyObjectsError(Exception):
    """More lies there than is looked through; it says how much that is."""

    def __init__(self, most: int) -> None:
        super().__init__(f"more than {most} objects")
        self.most = most


class SeveralBillsError(Exception):
    """Of a month several bills lie in these places: as one, costs would be lost or count twice."""

    def __init__(self, places: Iterable[str]) -> None:
        self.places = tuple(places)
        super().__init__(", ".join(self.places))


@dataclass(frozen=True)
class Listed:
    """An object as its store lists it; `version` changes whenever its bytes do."""

    key: str
    version: str
    size: int
    modified: datetime

    def delivered(self, rows: int | None = None) -> DeliveredFile:
        """As a file of a delivery; `rows` as its manifest counts them."""
        return DeliveredFile(self.key, self.version, self.size, rows)


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


Untold = Callable[[str, Iterable[Listed]], Sequence[Delivery]]
"""The deliveries below a prefix that no manifest tells of, as the folders of their files do."""


def nearest_the_top(manifest: Listed) -> tuple[object, ...]:
    """AWS repeats a manifest beside every delivery; the one above them is of the newest."""
    return (-manifest.key.count("/"), manifest.key)


def newest(manifest: Listed) -> tuple[object, ...]:
    """Azure gives every run of an export a folder, whose name need not tell the order."""
    return (manifest.modified, manifest.key)


class ObjectBills:
    """The deliveries below a prefix; satisfies `places.Bills`."""

    def __init__(
        self,
        objects: Objects,
        prefix: str,
        rank: Rank,
        untold: Untold | None = None,
        most: int | None = None,
        *,
        one_bill: bool = False,
    ) -> None:
        """`one_bill`: refuse what lies beside a manifest's files; else a manifest hides it."""
        self._objects = objects
        self._prefix = prefix
        self._rank = rank
        self._untold = untold
        self._most = most
        self._one_bill = one_bill

    async def find(self) -> list[Delivery]:
        """The whole deliveries that stand there, one a period.

        A delivery whose files are newer than its manifest, or whose manifest names none, is
        being written and left for later. Where a period has a manifest, nothing else counts.

        Raises:
            TooManyObjectsError: `most` of them are looked through.
            SeveralBillsError: where a month may have but `one_bill`.
        """
        listed: dict[str, Listed] = {}
        async for each in self._objects.list(self._prefix):
            listed[each.key] = each
            if self._most is not None and len(listed) > self._most:
                raise TooManyObjectsError(self._most)
        untold = self._untold(self._prefix, listed.values()) if self._untold else ()
        beside = {each.period: each for each in untold}
        found = [
            await self._told(period, manifests, beside.pop(period, None), listed)
            for period, manifests in sorted(self._manifests(listed).items())
        ]
        return [*(each for each in found if each), *beside.values()]

    async def _told(
        self,
        period: date,
        manifests: Sequence[Listed],
        beside: Delivery | None,
        listed: Mapping[str, Listed],
    ) -> Delivery | None:
        manifest = manifests[-1]
        keys, rows = await self._data_keys(manifest)
        if self._one_bill and keys:
            others = [file.name for file in beside.files] if beside else []
            _need_one_bill([manifest.key, *keys], [*(each.key for each in manifests), *others])
        files = [listed[key] for key in keys if key in listed]
        whole = files and len(files) == len(keys)
        if not whole or any(file.modified > manifest.modified for file in files):
            return None
        return Delivery(period, tuple(file.delivered(rows.get(file.key)) for file in files))

    async def fetch(self, file: DeliveredFile, target: Path) -> str:
        """Download the very version that was seen; its SHA-256.

        Raises:
            ChangedError: another stands there now.
            CutShortError, TimeoutError: not all of it came, or hardly anything; try again.
        """
        async with aclosing(self._objects.stream(file.name, file.version)) as chunks:
            return await spool(chunks, target, size=file.size)

    def _manifests(self, listed: Mapping[str, Listed]) -> dict[date, list[Listed]]:
        """By month; the last of each counts."""
        chosen: dict[date, list[Listed]] = {}
        for each in sorted(listed.values(), key=self._rank):
            month = _MONTH.search(str(PurePosixPath(each.key).parent))
            if each.key.lower().endswith("manifest.json") and month:
                year, number = (month[1] or month[3]), (month[2] or month[4])
                chosen.setdefault(date(int(year), int(number), 1), []).append(each)
        return chosen

    async def _data_keys(self, manifest: Listed) -> tuple[list[str], dict[str, int]]:
        """The files it names, and how many rows it counts in which of them."""
        if manifest.size > LARGEST_MANIFEST:
            return [], {}
        text = (await self._objects.read(manifest.key)).removeprefix(BOM_UTF8)
        try:
            told = Manifest.model_validate_json(text)
        except ValidationError:
            return [], {}
        return [str(key) for key in told.data_keys()], row_counts(told)


def _need_one_bill(mine: Iterable[str], there: Iterable[str]) -> None:
    """Raises SeveralBillsError when something there lies in no folder of what is mine."""
    places = {_place(key) for key in mine}
    if others := {_place(key) for key in there if not key.startswith(tuple(places))}:
        raise SeveralBillsError(sorted(places | others))


def _place(key: str) -> str:
    """The folder that names the key's month, or else the one it lies in."""
    folder = str(PurePosixPath(key).parent)
    month = _MONTH.search(folder)
    return f"{folder[: month.end()].rstrip('/') if month else folder}/"


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
