"""Room in the spool: imports wait until what they may use of the disk is free."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

MB = 1024 * 1024
OVERHEAD = 256 * MB
"""What even the smallest import may use beside its files."""
SPILL = 3
"""Times the packed bill its reading may spill: 20 million lines of 1.7 GB, of which every fourth
is an hour and key set of its own, have spilled 2.1 GB. Bills without repetition spill more."""
UNKNOWN_SHARE = 8
"""Of the limit that much (an eighth) is taken for the size of a bill that nobody knows before."""


class SpoolExceededError(Exception):
    """The bill's files alone are larger than the spool."""


@dataclass(frozen=True)
class Need:
    """Bytes of the files that are fetched, of what is made of them, and of what may be spilled."""

    fetched: int
    made: int
    spilled: int

    @property
    def total(self) -> int:
        return self.fetched + self.made + self.spilled


class Spool:
    """A folder of this process alone, and the limit of what imports put there."""

    def __init__(self, folder: Path, limit_mb: int) -> None:
        self.folder = folder
        self.limit = limit_mb * MB
        # An attempt that lost its lease may still hold room beside the one that took its place.
        self._held: list[tuple[UUID, Need]] = []
        # Who came first goes first: a large bill waits for those that run, not for later ones.
        self._turn = asyncio.Lock()
        self._freed = asyncio.Condition()

    def need(self, sizes: Iterable[int], *, fetched: bool) -> Need:
        """What a bill of files of these sizes takes; `fetched`: they lie in the spool as well.

        Products are smaller than the packed bill they are made of, cut ones included.

        Raises:
            SpoolExceededError: it never fits.
        """
        size = sum(sizes) or self.limit // UNKNOWN_SHARE
        files = size if fetched else 0
        if files > self.limit // 2:
            raise SpoolExceededError(
                f"its files of {size // MB} MB need twice as much room as they take;"
                f" imports may use {self.limit // MB} MB"
            )
        made = min(size, (self.limit - files) // 2)
        return Need(files, made, min(SPILL * made + OVERHEAD, self.limit - files - made))

    @asynccontextmanager
    async def room(self, import_id: UUID, need: Need) -> AsyncIterator[None]:
        """Wait for room, and keep it until the block ends."""
        async with self._turn, self._freed:
            await self._freed.wait_for(lambda: self._taken() + need.total <= self.limit)
            self._held.append((import_id, need))
        try:
            await asyncio.to_thread(self._make_way)
            yield
        finally:
            self._held.remove((import_id, need))
            async with self._freed:
                self._freed.notify_all()

    def spill_mb(self, import_id: UUID) -> int:
        """What the import's reading may spill; it holds room."""
        return max(need.spilled for held, need in self._held if held == import_id) // MB

    def _taken(self) -> int:
        return sum(need.total for _, need in self._held)

    def _make_way(self) -> None:
        """Forget what imports that rest have left, oldest first, as far as room is needed."""
        held = {self.folder / str(import_id) for import_id, _ in self._held}
        resting = set(imports_in(self.folder).values()) - held
        sizes = {path: _size(path) for path in resting}
        over = self._taken() + sum(sizes.values()) - self.limit
        for path in sorted(resting, key=lambda path: path.name):
            if over <= 0:
                return
            shutil.rmtree(path, ignore_errors=True)
            over -= sizes[path]


def imports_in(folder: Path) -> dict[UUID, Path]:
    """The folders of imports; what else lies there is somebody else's."""
    found = {}
    for path in folder.glob("*-*-*-*-*"):
        with suppress(ValueError):
            found[UUID(path.name)] = path
    return found


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
