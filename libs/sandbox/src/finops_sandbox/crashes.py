"""Kill -9 at moments drawn from one seed: who dies, when in what happens then, for how long."""

import asyncio
import os
import random
import signal
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from finops_sandbox.local import LocalHouse
from finops_sandbox.processes import Process
from finops_sandbox.supervisor import Progress
from finops_sandbox.visitor import UnexpectedAnswerError, Visitor

AWAY_SECONDS = 1.0
AGAIN_SECONDS = 0.2
PATIENCE_SECONDS = 120
READY_SECONDS = 180
AWAY_STATUSES = frozenset({502, 503, 504})


@dataclass(frozen=True)
class Victim:
    """Something that can be killed and started again."""

    name: str
    kill: Callable[[], None]
    start: Callable[[], Awaitable[None]]


def child_of(process: Process, module: str) -> Victim:
    """Whatever runs `module` below a process at that moment; its parent starts another."""

    def kill() -> None:
        for pid in _children(process.pid):
            with suppress(OSError):
                if module.encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                    os.kill(pid, signal.SIGKILL)

    async def start() -> None:
        """Nothing to do."""

    return Victim(module, kill, start)


def _children(pid: int | None) -> list[int]:
    with suppress(OSError):
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [int(child) for child in listed.split()]
    return []


def victim(house: LocalHouse, name: str) -> Victim:
    """A process of the house (`org-rbac-worker`), or a part of its stack (`postgres`)."""
    if name in house.processes:
        process = house.processes[name]
        # It may have to wait until what it needs has come back as well.
        process.ready_timeout = READY_SECONDS
        return Victim(name, process.kill, process.start)
    part = house.parts[name]

    def kill() -> None:
        for process in part.processes:
            process.kill()

    return Victim(name, kill, part.start)


@dataclass
class Crashes:
    """Points at which one of the victims dies; each comes back by itself a moment later.

    All of them die equally often, in an order and at moments that `seed` decides alone.
    """

    victims: Sequence[Victim]
    seed: int
    progress: Progress
    _back: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _deck: list[Victim] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    async def point(self, within: float) -> Callable[[], Awaitable[None]]:
        """The next death, at any moment of the `within` seconds after it is called.

        Returns once the victim is alive, since the deaths before may still be felt.
        """
        if not self._deck:
            self._deck = self._chance.sample(self.victims, len(self.victims))
        chosen = self._deck.pop()
        moment, away = self._chance.uniform(0, within), self._chance.uniform(0, AWAY_SECONDS)
        if chosen.name in self._back:
            await self._back.pop(chosen.name)

        async def strike() -> None:
            await asyncio.sleep(moment)
            chosen.kill()
            self.progress(f"{chosen.name}: killed")
            self._back[chosen.name] = asyncio.create_task(self._return(chosen, away))

        return strike

    async def all_back(self) -> None:
        """Return once everything has started again.

        Raises:
            ProcessError: something did not come back.
        """
        await asyncio.gather(*self._back.values())
        self._back.clear()

    async def _return(self, gone: Victim, away: float) -> None:
        await asyncio.sleep(away)
        began = asyncio.get_running_loop().time()
        await gone.start()
        took = asyncio.get_running_loop().time() - began
        self.progress(f"{gone.name}: ready after {took:.1f} s")


async def try_once(
    visitor: Visitor, method: str, path: str, json: Any = None
) -> httpx.Response | None:
    """The answer; None when it was lost, or the product says that it is away for a moment.

    Raises:
        UnexpectedAnswerError: it is away without saying when to ask again.
    """
    try:
        answer = await visitor.ask(method, path, json)
    except httpx.TransportError:
        return None
    if answer.status_code not in AWAY_STATUSES:
        return answer
    if "Retry-After" not in answer.headers:
        raise UnexpectedAnswerError(f"{method} {path}: {answer.status_code} without Retry-After")
    return None


async def insist(visitor: Visitor, method: str, path: str, json: Any = None) -> httpx.Response:
    """The answer, asked for again and again while it is lost.

    Raises:
        TimeoutError: there was none for `PATIENCE_SECONDS`.
    """
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (answer := await try_once(visitor, method, path, json)) is None:
            await asyncio.sleep(AGAIN_SECONDS)
    return answer
