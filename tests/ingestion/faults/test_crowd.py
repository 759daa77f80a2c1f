"""Many organizations import at once: bounded, and nobody waits for somebody else's huge bill."""

import asyncio
import io
import json
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import UUID

import pyarrow.parquet as pq
import pytest
from sqlalchemy import select
from tests.ingestion.faults.conftest import Bill, FaultyWorkshop, start_worker

from finops_common.ids import new_id
from finops_ingestion.imports.tables import imports

ORGANIZATIONS = 20
IMPORTS = int(os.environ.get("CROWD", "8"))
"""CROWD=100 of the environment for as many as a busy hour has, of 20 organizations."""
SPOOL_MB = 1024
MEMORY_MB = 1024
WORKER_MB = 400
"""Of the worker itself, as ingestion's README says."""
MB = 1024 * 1024


@dataclass
class Watched:
    """A worker process, what it takes, and the one subprocess that is held."""

    pid: int
    spool: Path
    held: UUID
    own: int = 0
    together: int = 0
    spooled: int = 0
    stopped: int | None = None
    release: asyncio.Event = field(default_factory=asyncio.Event)

    async def watch(self) -> None:
        """Sample until cancelled; the reading of `held` stands still until it is released."""
        while True:
            children = _children(self.pid)
            own = _resident(self.pid)
            self.own = max(self.own, own)
            self.together = max(self.together, own + sum(map(_resident, children)))
            self.spooled = max(self.spooled, _spooled(self.spool))
            if self.stopped is None and (found := self._of_held(children)):
                os.kill(found, signal.SIGSTOP)
                self.stopped = found
            if self.stopped and self.release.is_set():
                os.kill(self.stopped, signal.SIGCONT)
                self.stopped = 0
            await asyncio.sleep(0.1)

    def _of_held(self, children: list[int]) -> int | None:
        for child in children:
            with suppress(OSError):
                # Stopped before it is a program of its own, it would stop the worker that waits
                # for that.
                started = b"finops_ingestion.imports.reading" in _command(child)
                # Where it writes its errors tells whose it is.
                if started and str(self.held) in str(Path(f"/proc/{child}/fd/2").readlink()):
                    return child
        return None


def _children(pid: int) -> list[int]:
    with suppress(OSError):
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def _resident(pid: int) -> int:
    """Bytes that no other process shares; a forked child counts once it is a program."""
    with suppress(OSError):
        told = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        rows = [line.split() for line in told if line.startswith(("Pss:", "SwapPss:"))]
        return sum(int(row[1]) for row in rows) * 1024
    return 0


def _spooled(spool: Path) -> int:
    total = 0
    # Not rglob, which fails when a folder goes away under it.
    for folder, _, names in os.walk(spool):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(folder, name)).st_size  # noqa: PTH118 - as os.walk gives them
    return total


@asynccontextmanager
async def crowd_worker(
    workshop: FaultyWorkshop, folder: Path, held: UUID
) -> AsyncIterator[Watched]:
    """The worker as it is set by default, but for its spool."""
    process = await start_worker(workshop, folder, "imports-", spool_limit_mb=str(SPOOL_MB))
    watched = Watched(process.pid, workshop.spool, held)
    try:
        # In a group: without the watch nothing is released, and the test would wait for ever.
        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(watched.watch())
            yield watched
            watching.cancel()
    finally:
        if watched.stopped:
            # It stands still, and would not notice that its worker is gone.
            with suppress(ProcessLookupError):
                os.kill(watched.stopped, signal.SIGKILL)
        process.kill()
        await process.wait()


def a_small_bill(bill: Bill) -> Bill:
    """A hundred lines of it in one file."""
    (name, body), *_, (manifest, told) = bill.items()
    table = pq.read_table(io.BytesIO(body)).slice(0, 100)
    small = io.BytesIO()
    pq.write_table(table, small)
    named = json.loads(told) | {"dataFiles": [f"s3://bills/{name}"]}
    return {name: small.getvalue(), manifest: json.dumps(named).encode()}


async def a_crowd(workshop: FaultyWorkshop) -> list[FaultyWorkshop]:
    """As many sources as imports, of 20 organizations in turn, each with a bill that waits."""
    organizations = [(new_id(), new_id()) for _ in range(ORGANIZATIONS)]
    bill, crowd = a_small_bill(workshop.bills[1]), []
    for number in range(IMPORTS):
        company, organization = organizations[number % ORGANIZATIONS]
        made = replace(workshop, source=new_id(), company=company, organization=organization)
        await made.open()
        made.put(bill)
        await made.look()
        crowd.append(made)
    return crowd


async def states(workshop: FaultyWorkshop) -> Mapping[UUID, str]:
    async with workshop.system() as tx:
        rows = await tx.all(select(imports.c.billing_source_id, imports.c.state))
    return {row.billing_source_id: row.state for row in rows}


async def until_ended(workshop: FaultyWorkshop, sources: set[UUID]) -> None:
    while {
        source for source, state in (await states(workshop)).items() if state != "done"
    } & sources:
        await asyncio.sleep(0.1)


async def until_empty(spool: Path) -> None:
    """An import has ended a moment before its folder is gone."""
    async with asyncio.timeout(60):
        while await asyncio.to_thread(os.listdir, spool):
            await asyncio.sleep(0.1)


@pytest.mark.req("ING-12", part="organizations take turns; disk and memory are bounded")
@pytest.mark.timeout(600 + 15 * IMPORTS)
async def test_a_crowd_passes_by_a_huge_bill_within_bounds(
    workshop: FaultyWorkshop, tmp_path: Path
) -> None:
    huge, *others = await a_crowd(workshop)
    (first,) = await huge.imports()
    # What waits for its turn behind the huge bill of the same organization is not held up by us.
    mine = {each.source for each in others if each.organization == huge.organization}

    async with crowd_worker(workshop, tmp_path, first.id) as watched:
        await until_ended(workshop, {each.source for each in others} - mine)
        meanwhile = (await states(workshop))[huge.source]
        watched.release.set()
        await until_ended(workshop, mine | {huge.source})
        await until_empty(workshop.spool)

    print(f"worker {watched.own // MB} MB, with readings {watched.together // MB} MB,")  # noqa: T201 - figures for who measures
    print(f"spool {watched.spooled // MB} MB")  # noqa: T201 - the same
    assert meanwhile == "running"
    assert {each.source for each in others} | {huge.source} == (await states(workshop)).keys()
    (expected,) = {str(await each.totals()) for each in (huge, *others)}
    assert "effective_cost" in expected
    assert watched.own < WORKER_MB * MB
    assert watched.together < (WORKER_MB + 2 * MEMORY_MB) * MB
    assert watched.spooled < SPOOL_MB * MB
