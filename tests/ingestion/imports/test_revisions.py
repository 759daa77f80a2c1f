"""What stands, what the topic says and what files hold agree, whatever crashes."""

import asyncio
import io
import json
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from tests.ingestion.imports.rebuilding import Rebuilt, rebuild
from tests.ingestion.imports.workshop import Workshop
from tests.ingestion.reading import everything

from finops_common.blobs import Blobs
from finops_common.contracts.ingestion import COST
from finops_common.errors.problem import NotFound
from finops_common.ids import new_id
from finops_ingestion.imports.adapters import SubprocessReader
from finops_ingestion.imports.orders import Order, Outcome
from finops_ingestion.imports.revisions import RevisionService
from finops_sandbox.world.books import books

pytestmark = pytest.mark.timeout(180)
CLOSED, OPEN = date(2026, 10, 1), date(2026, 11, 1)


async def reread(workshop: Workshop) -> Rebuilt:
    """A consumer from the start of the topic, with what the relay has still to send."""
    records = await everything(workshop.brokers, workshop.prefix + COST.name)
    mine = [r for r in records if r.key and r.key.startswith(str(workshop.source).encode())]
    return rebuild(mine, await workshop.relayed())


def kept(workshop: Workshop, tmp_path: Path) -> set[str]:
    root = tmp_path / "blobs"
    return {str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()}


@pytest.mark.req("ING-20")
@pytest.mark.req("ING-13")
@pytest.mark.req("PLAT-13")
async def test_each_revision_replaces_the_former_and_a_reader_holds_exactly_one(
    workshop: Workshop,
) -> None:
    stream = (workshop.source, OPEN)
    seen = []
    for number in (1, 2):
        workshop.deliver(OPEN, number)
        await workshop.look()
        await workshop.work()
        reader = await reread(workshop)
        seen.append(reader.committed[stream].revision)
        assert reader.sums(stream) == reader.told(stream)
        (_, cost) = reader.told(stream)[workshop.organization]
        expected = books(workshop.world, OPEN, number)
        assert abs(cost - expected.payer.effective_total) < Decimal("0.01")

    assert seen == [1, 2]
    assert await workshop.standing() == {OPEN: 2}
    assert (await reread(workshop)).committed[stream].finality == "open"


@pytest.mark.req("ING-13", part="corrections of closed months are kept and announced as restated")
async def test_a_correction_of_a_closed_month_restates_it(workshop: Workshop) -> None:
    finalities = []
    for number in (1, 2):
        workshop.deliver(CLOSED, number)
        await workshop.look()
        await workshop.work()
        finalities.append((await reread(workshop)).committed[workshop.source, CLOSED].finality)

    assert finalities == ["closed", "restated"]


@pytest.mark.req("ING-12", part="the same file twice is one import")
async def test_a_delivery_that_stands_is_not_imported_again(workshop: Workshop) -> None:
    workshop.deliver(OPEN, 1)
    await workshop.look()
    await workshop.work()

    await workshop.look()
    await workshop.look(OPEN)
    workshop.deliver(OPEN, 1)
    await workshop.look()
    await workshop.work()

    assert len(await workshop.imports()) == 1
    assert await workshop.standing() == {OPEN: 1}


@pytest.mark.req("ING-11", part="one download per payer serves its linked accounts")
async def test_records_are_cut_by_the_organization_each_account_belongs_to(
    workshop: Workshop, tmp_path: Path
) -> None:
    linked, other = workshop.world.account("shop-production").id, new_id()
    await workshop.assign(linked, other)
    workshop.deliver(OPEN, 2)

    await workshop.look()
    await workshop.work()

    expected = books(workshop.world, OPEN, 2)
    told = (await reread(workshop)).sums((workshop.source, OPEN))
    assert set(told) == {workshop.organization, other}
    assert abs(told[other][1] - expected.accounts[linked].effective_total) < Decimal("0.01")
    whole = sum(cost for _, cost in told.values())
    assert abs(whole - expected.payer.effective_total) < Decimal("0.01")
    folders = {key.split("/")[0] for key in kept(workshop, tmp_path)}
    assert folders == {f"organization={workshop.organization}", f"organization={other}"}


class DyingReader(SubprocessReader):
    """The kernel kills the first reading, at a moment of the seed's choosing."""

    def __init__(self, after_s: float) -> None:
        self._after_s = after_s

    async def _answer(self, process: asyncio.subprocess.Process, order: Order) -> Outcome:
        answer = asyncio.create_task(super()._answer(process, order))
        await asyncio.wait({answer}, timeout=self._after_s)
        self._after_s = 60
        if not answer.done():
            os.kill(process.pid, signal.SIGKILL)
        return await answer


@pytest.mark.req("ING-12", part="a crash resumes")
@pytest.mark.req("ING-17", part="an import's subprocess is one that may die")
async def test_a_reading_that_is_killed_is_tried_again(workshop: Workshop) -> None:
    workshop.deliver(OPEN, 1)
    await workshop.look()

    async with workshop.worker(DyingReader(0.2)) as worker:
        await worker.run_one()
        (waiting,) = await workshop.imports()
        await workshop.lapse()
        await worker.run_one()

    (ended,) = await workshop.imports()
    assert (waiting.state, waiting.code) == ("running", "reading-ended")
    assert (ended.state, ended.tries, await workshop.standing()) == ("done", 2, {OPEN: 1})


@pytest.mark.req("ING-12", part="a crash resumes")
@pytest.mark.parametrize("seed", range(3))
async def test_a_worker_that_dies_anywhere_leaves_one_true_revision(
    workshop: Workshop, tmp_path: Path, seed: int
) -> None:
    workshop.deliver(OPEN, 1)
    await workshop.look()
    wait = random.Random(seed).uniform(0, 3)  # noqa: S311 - when to die, reproducibly

    async with workshop.worker() as worker:
        dying = asyncio.create_task(worker.run_one())
        await asyncio.wait({dying}, timeout=wait)
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
    await workshop.lapse()
    await workshop.work()

    (only,) = await workshop.imports()
    assert (only.state, await workshop.standing()) == ("done", {OPEN: 1})
    reader = await reread(workshop)
    assert reader.sums((workshop.source, OPEN)) == reader.told((workshop.source, OPEN))
    assert reader.seen.count("cost.committed") == 1
    assert await workshop.files_named() <= kept(workshop, tmp_path)
    assert not list((tmp_path / "spool").iterdir())


@pytest.mark.req("ING-12", part="two workers at once")
async def test_two_workers_with_one_import_make_one_revision(
    workshop: Workshop, tmp_path: Path
) -> None:
    workshop.deliver(OPEN, 1)
    await workshop.look()

    async with workshop.worker() as first, workshop.worker() as second:
        running = asyncio.create_task(first.run_one())
        await asyncio.sleep(0.5)
        await workshop.lapse()
        await asyncio.gather(running, second.run_one(), return_exceptions=True)
    await workshop.lapse()
    await workshop.work()

    reader = await reread(workshop)
    assert reader.seen.count("cost.committed") == 1
    assert reader.sums((workshop.source, OPEN)) == reader.told((workshop.source, OPEN))
    assert len(await workshop.attempts_committed()) == 1


@pytest.mark.req("ING-12", part="a crash resumes")
@pytest.mark.parametrize("seed", range(3))
async def test_a_killed_worker_process_leaves_nothing_false(
    workshop: Workshop, tmp_path: Path, seed: int
) -> None:
    workshop.deliver(OPEN, 1)
    await workshop.look()
    told = {
        "service_url": workshop.service_url,
        "brokers": workshop.brokers,
        "prefix": workshop.prefix,
        "s3_url": workshop.s3_url,
        "blobs": str(tmp_path / "blobs"),
        "spool": str(workshop.spool),
    }
    script = Path(__file__).with_name("dying_worker.py")
    process = await asyncio.create_subprocess_exec(sys.executable, str(script), json.dumps(told))
    while (await workshop.imports())[0].state == "queued":
        await asyncio.sleep(0.02)
    await asyncio.sleep(random.Random(seed).uniform(0, 4))  # noqa: S311 - when to kill, reproducibly
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()
    await workshop.lapse()
    await workshop.work()

    (only,) = await workshop.imports()
    assert (only.state, await workshop.standing()) == ("done", {OPEN: 1})
    reader = await reread(workshop)
    assert reader.sums((workshop.source, OPEN)) == reader.told((workshop.source, OPEN))
    assert reader.seen.count("cost.committed") == 1
    assert await workshop.files_named() <= kept(workshop, tmp_path)


async def test_what_dead_attempts_left_is_swept_and_what_stands_stays(
    workshop: Workshop, tmp_path: Path
) -> None:
    workshop.deliver(OPEN, 1)
    await workshop.look()
    async with workshop.worker(blobs=HalfBlobs(workshop.blobs)) as worker:
        await worker.run_one()
    await workshop.lapse()
    await workshop.work()
    before = kept(workshop, tmp_path)

    early = await workshop.sweep()
    await workshop.age_attempts()
    late = await workshop.sweep()

    assert (early, late) == (0, 1)
    assert before > await workshop.files_named()
    assert kept(workshop, tmp_path) == await workshop.files_named()


class HalfBlobs:
    """A store that fails after the first file."""

    def __init__(self, real: Blobs) -> None:
        self._real = real
        self._puts = 0

    async def put(self, key: str, source: Path) -> None:
        self._puts += 1
        if self._puts > 1:
            raise OSError("the disk is full")
        await self._real.put(key, source)

    async def receive(self, key: str, chunks: AsyncIterator[bytes]) -> int:
        return await self._real.receive(key, chunks)

    async def local(self, key: str) -> Path:
        return await self._real.local(key)

    async def delete(self, key: str) -> None:
        await self._real.delete(key)


@pytest.mark.req("ING-20", part="failed is announced")
async def test_an_import_cancelled_while_it_publishes_does_not_count(workshop: Workshop) -> None:
    workshop.deliver(OPEN, 1)
    await workshop.look()
    blobs = StuckBlobs(workshop.blobs)

    async with workshop.worker(blobs=blobs) as worker:
        running = asyncio.create_task(worker.run_one())
        await blobs.reached.wait()
        await workshop.ask_to_cancel()
        await running

    (ended,) = await workshop.imports()
    assert (ended.state, await workshop.standing()) == ("cancelled", {OPEN: 0})
    assert (await reread(workshop)).seen[-1] == "cost.failed"


class StuckBlobs(HalfBlobs):
    """A store that never finishes its first file."""

    def __init__(self, real: Blobs) -> None:
        super().__init__(real)
        self.reached = asyncio.Event()

    async def put(self, key: str, source: Path) -> None:  # noqa: ARG002 - it never gets to them
        self.reached.set()
        await asyncio.Event().wait()


@pytest.mark.req("ING-20", part="what the topic no longer holds")
async def test_parts_are_fetched_again_by_number_as_they_were_sent(workshop: Workshop) -> None:
    workshop.deliver(OPEN, 1)
    await workshop.look()
    await workshop.work()
    service = RevisionService(workshop.database, workshop.blobs)

    (listed,) = await service.list_current(workshop.company)
    (share,) = listed.organizations
    fetched = [
        await service.part(workshop.source, OPEN, share.organization_id, number, listed.revision)
        for number in range(share.parts)
    ]

    sent = (await reread(workshop)).parts((workshop.source, OPEN))
    tables = [pa.ipc.open_stream(io.BytesIO(body)).read_all() for body in fetched]
    assert tables == [pa.ipc.open_stream(io.BytesIO(part.records)).read_all() for part in sent]
    with pytest.raises(NotFound):
        await service.part(workshop.source, OPEN, share.organization_id, share.parts, 1)
