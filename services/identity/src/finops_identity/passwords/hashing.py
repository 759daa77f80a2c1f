"""Argon2id off the event loop, with as many at once as there are cores."""

import asyncio
import gzip
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from typing import TypeVar

from argon2 import PasswordHasher as Argon2
from argon2.exceptions import InvalidHashError, VerificationError

MEMORY_KIB = 19 * 1024
PASSES = 2
R = TypeVar("R")


class PasswordHasher:
    """Hashes and verifies; argon2 gives up the interpreter lock, so threads are real here."""

    def __init__(self, workers: int | None = None) -> None:
        self._hasher = Argon2(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1)
        self._threads = ThreadPoolExecutor(workers or min(os.cpu_count() or 1, 4), "argon2")
        # Verified when there is no account, so that both answers take the same time (ID-2).
        self._nobody = self._hasher.hash("nobody's password, never right")

    async def hash(self, password: str) -> str:
        """The encoded hash, 19 MiB and 2 passes."""
        return await self._run(self._hasher.hash, password)

    async def verify(self, encoded: str | None, password: str) -> bool:
        """Whether `password` is right; without a hash it takes as long and is False."""
        right = await self._run(self._check, encoded or self._nobody, password)
        return right and encoded is not None

    def outdated(self, encoded: str) -> bool:
        """Whether it was made with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(encoded)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _check(self, encoded: str, password: str) -> bool:
        try:
            return self._hasher.verify(encoded, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, function: Callable[..., R], *arguments: str) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)


def shipped_blocklist() -> frozenset[str]:
    """The list beside this file."""
    packed = files("finops_identity.passwords").joinpath("common-passwords.txt.gz").read_bytes()
    return frozenset(gzip.decompress(packed).decode().split("\n"))
