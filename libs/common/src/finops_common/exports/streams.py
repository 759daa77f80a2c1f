"""Runs writers in threads, a piece at a time, so that a slow reader keeps nobody waiting."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, suppress
from threading import Semaphore

from finops_common.errors.problem import Unavailable

RETRY_S = 10


class Turns:
    """How many exports one process writes at once; whoever comes then is told to come again."""

    def __init__(self, count: int) -> None:
        # Given back by threads: a plain count would lose one when two do so at once.
        self._free = Semaphore(count)

    def take(self) -> Callable[[], None]:
        """A turn, to be given back once. Raises Unavailable where there is none."""
        if not self._free.acquire(blocking=False):
            raise Unavailable(RETRY_S)
        return self._free.release


class Pieces:
    """A file as it is written; `held` is let go when it is closed, whether it was read or not."""

    def __init__(self, pieces: Iterator[bytes], held: ExitStack) -> None:
        self._pieces = pieces
        self._held = held
        self._running: asyncio.Future[bytes | None] | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            self._running = asyncio.ensure_future(asyncio.to_thread(next, self._pieces, None))
            piece = await asyncio.shield(self._running)
            if piece is None:
                return
            if piece:
                yield piece

    async def close(self) -> None:
        """Stop writing and let go; twice is once."""
        if self._running is not None:
            # A thread cannot be stopped: what it reads from must outlive it.
            with suppress(Exception):
                await self._running
        await asyncio.to_thread(self._held.close)
