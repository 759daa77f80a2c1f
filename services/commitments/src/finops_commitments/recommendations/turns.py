"""Whose turn it is to have portfolios solved: nobody waits for more than one of another's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from finops_common.errors.problem import TooManyRequests

WAITING = 3
"""Questions of one organization beside the one that is answered."""


@dataclass
class _Queue:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    asked: int = 0


class Turns:
    """One question of each organization at a time."""

    def __init__(self) -> None:
        self._queues: dict[UUID | None, _Queue] = {}

    @asynccontextmanager
    async def take(self, organization_id: UUID | None) -> AsyncIterator[None]:
        """Wait for the turn and keep it until the block ends.

        Raises:
            TooManyRequests: too many of the same organization wait already.
        """
        queue = self._queues.setdefault(organization_id, _Queue())
        if queue.asked > WAITING:
            raise TooManyRequests(retry_after=10)
        queue.asked += 1
        try:
            async with queue.lock:
                yield
        finally:
            queue.asked -= 1
            if not queue.asked:
                del self._queues[organization_id]
