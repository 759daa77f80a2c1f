"""Imports that people pause, resume, cancel and try again, whatever happens in between."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from tests.ingestion.imports.rebuilding import Rebuilt, rebuild
from tests.ingestion.imports.workshop import Workshop
from tests.ingestion.reading import everything

from finops_common.blobs import Blobs
from finops_common.contracts.ingestion import COST
from finops_common.ids import new_id
from finops_ingestion.imports.adapters import SubprocessReader
from finops_ingestion.imports.orders import Order, Outcome
from finops_ingestion.problems import ImportEnded

pytestmark = pytest.mark.timeout(180)
CLOSED, OPEN = date(2026, 10, 1), date(2026, 11, 1)


class FrozenReader(SubprocessReader):
    """The subprocess of the first reading stands still."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.process: asyncio.subprocess.Process | None = None

    async def _answer(self, process: asyncio.subprocess.Process, order: Order) -> Outcome:
        if self.process is None:
            self.process = process
            os.kill(process.pid, signal.SIGSTOP)
            self.reached.set()
            await asyncio.Event().wait()
        return await super()._answer(process, order)


class StuckBlobs:
    """A store that never finishes its first file."""

    def __init__(self, real: Blobs) -> None:
        self._real = real
        self.reached = asyncio.Event()

    async def put(self, key: str, source: Path) -> None:
        if not self.reached.is_set():
            self.reached.set()
            await asyncio.Event().wait()
        await self._real.put(key, source)

    async def receive(self, key: str, chunks: AsyncIterator[bytes]) -> int:
        return await self._real.receive(key, chunks)

    async def local(self, key: str) -> Path:
        return await self._real.local(key)

    async def delete(self, key: str) -> None:
        await self._real.delete(key)


async def queued(workshop: Workshop, month: date = OPEN) -> UUID:
    """A month's import that waits for a worker."""
    workshop.deliver(month, 1)
    await workshop.look(month)
    (found,) = [each for each in await workshop.imports() if each.period == month]
    return UUID(str(found.id))


async def reread(workshop: Workshop) -> Rebuilt:
    records = await everything(workshop.brokers, workshop.prefix + COST.name)
    mine = [r for r in records if r.key and r.key.startswith(str(workshop.source).encode())]
    return rebuild(mine, await workshop.relayed())


@pytest.mark.req("ING-12", part="a running import is paused; files fetched are not fetched again")
async def test_a_running_import_rests_within_seconds_and_goes_on_with_what_it_has(
    workshop: Workshop,
) -> None:
    import_id = await queued(workshop)
    reader = FrozenReader()

    async with workshop.worker(reader) as worker:
        running = asyncio.create_task(worker.run_one())
        await reader.reached.wait()
        asked = await workshop.service.pause(workshop.caller, import_id)
        await asyncio.wait_for(running, 20)
        (rests,) = await workshop.imports()
        workshop.empty_bucket()
        await workshop.service.resume(workshop.caller, import_id)
        await worker.run_one()

    assert (asked.state, asked.pause_requested) == ("running", True)
    assert reader.process is not None
    assert reader.process.returncode == -signal.SIGKILL
    assert (rests.state, rests.code) == ("paused", None)
    (done,) = await workshop.imports()
    assert (done.state, done.tries, await workshop.standing()) == ("done", 1, {OPEN: 1})
    assert not list(workshop.spool.iterdir())


@pytest.mark.req("ING-12", part="paused while it publishes: the attempt is failed aloud")
@pytest.mark.req("ING-20", part="a paused attempt is announced as failed")
async def test_what_a_paused_import_had_sent_does_not_count(workshop: Workshop) -> None:
    import_id = await queued(workshop)
    blobs = StuckBlobs(workshop.blobs)

    async with workshop.worker(blobs=blobs) as worker:
        running = asyncio.create_task(worker.run_one())
        await blobs.reached.wait()
        await workshop.service.pause(workshop.caller, import_id)
        await asyncio.wait_for(running, 20)
        between = (await reread(workshop)).seen[-1]
        await workshop.service.resume(workshop.caller, import_id)
        await worker.run_one()

    reader = await reread(workshop)
    assert between == "cost.failed"
    assert reader.seen.count("cost.committed") == 1
    assert reader.sums((workshop.source, OPEN)) == reader.told((workshop.source, OPEN))
    assert await workshop.standing() == {OPEN: 1}


@pytest.mark.req("ING-12", part="a waiting import is paused at once, and its month with it")
async def test_a_paused_month_waits_while_others_go_on(workshop: Workshop) -> None:
    import_id = await queued(workshop)
    paused = await workshop.service.pause(workshop.caller, import_id)
    other = await workshop.another()
    other.deliver(OPEN, 1)
    await other.look()

    workshop.deliver(OPEN, 2)
    await workshop.look(OPEN)
    await workshop.work()

    (only,) = await workshop.imports()
    assert (paused.state, only.state) == ("paused", "paused")
    assert (await workshop.standing(), await other.standing()) == ({}, {OPEN: 1})


@pytest.mark.req("ING-12", part="pause and resume repeated, and of an import that has ended")
async def test_pausing_and_resuming_twice_is_doing_it_once(workshop: Workshop) -> None:
    import_id = await queued(workshop)
    service, caller = workshop.service, workshop.caller

    await service.pause(caller, import_id)
    await service.pause(caller, import_id)
    first = await service.resume(caller, import_id)
    second = await service.resume(caller, import_id)
    await workshop.work()

    assert (first.state, first.job_id) == (second.state, second.job_id) == ("queued", first.job_id)
    (done,) = await workshop.imports()
    assert (done.state, await workshop.standing()) == ("done", {OPEN: 1})
    for late in (service.pause, service.resume, service.cancel):
        with pytest.raises(ImportEnded):
            await late(caller, import_id)


@pytest.mark.req("ING-12", part="paused while its worker is dead")
async def test_a_dead_workers_import_is_paused_by_the_next_one(workshop: Workshop) -> None:
    import_id = await queued(workshop)
    reader = FrozenReader()
    async with workshop.worker(reader) as worker:
        dying = asyncio.create_task(worker.run_one())
        await reader.reached.wait()
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
    await workshop.service.pause(workshop.caller, import_id)

    await workshop.lapse()
    await workshop.work()
    (rests,) = await workshop.imports()
    await workshop.service.resume(workshop.caller, import_id)
    await workshop.work()

    (done,) = await workshop.imports()
    assert (rests.state, done.state) == ("paused", "done")
    assert (await reread(workshop)).seen.count("cost.committed") == 1


@pytest.mark.req("ING-12", part="a paused import may be cancelled, and leaves nothing behind")
async def test_a_paused_import_that_is_cancelled_leaves_no_files(workshop: Workshop) -> None:
    import_id = await queued(workshop)
    reader = FrozenReader()
    async with workshop.worker(reader) as worker:
        running = asyncio.create_task(worker.run_one())
        await reader.reached.wait()
        await workshop.service.pause(workshop.caller, import_id)
        await running
        await workshop.sweep()
        spooled = list(workshop.spool.iterdir())

        cancelled = await workshop.service.cancel(workshop.caller, import_id)
        await workshop.sweep()

    assert [path.name for path in spooled] == [str(import_id)]
    assert (cancelled.state, list(workshop.spool.iterdir())) == ("cancelled", [])


@pytest.mark.req("ING-12", part="retry of failed, partial and cancelled imports")
@pytest.mark.parametrize("ended", ["failed", "partial", "cancelled"])
async def test_an_import_that_ended_badly_is_tried_again_once(
    workshop: Workshop, ended: str
) -> None:
    import_id = await queued(workshop)
    await workshop.end_as(import_id, ended)
    again = new_id()

    first = await workshop.service.retry(workshop.caller, import_id, again)
    repeated = await workshop.service.retry(workshop.caller, import_id, again)
    at_once = await workshop.service.retry(workshop.caller, import_id, new_id())
    await workshop.work()

    assert first.id == repeated.id == at_once.id == again
    before, after = await workshop.imports()
    assert (before.state, after.state, after.cause) == (ended, "done", "retry")
    assert await workshop.standing() == {OPEN: 1}
