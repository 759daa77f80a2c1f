"""Background work: taken once, taken again when its worker dies, given up with a reason."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Row, select, update
from tests.common.probe.running import EVERYBODY

from finops_common.clock import utc_now
from finops_common.db.tables import jobs
from finops_common.db.transaction import Database
from finops_common.ids import new_id
from finops_common.jobs import ATTEMPTS, GiveUpError, JobHandler, JobRunner, enqueue, sweep_jobs


class Desk:
    """Queued jobs of the kind `write`, and those who do them."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.done: list[UUID] = []
        self.failure: Exception | None = None

    async def handle(self, job_id: UUID, payload: dict[str, Any]) -> None:
        assert payload == {"text": "hello"}
        if self.failure:
            raise self.failure
        await asyncio.sleep(0.01)
        self.done.append(job_id)

    def runner(self, handler: JobHandler | None = None, per_lane: int | None = None) -> JobRunner:
        handlers = {"write": handler or self.handle}
        return JobRunner(self.database, handlers, 0.01, per_lane=per_lane)

    async def queue(self, job_id: UUID | None = None, lane: str | None = None) -> UUID:
        async with self.database.transaction(EVERYBODY) as tx:
            return await enqueue(tx, "write", {"text": "hello"}, job_id=job_id, lane=lane)

    async def row(self) -> Row[Any]:
        async with self.database.transaction(EVERYBODY) as tx:
            return await tx.one(select(jobs))

    async def set_row(self, **values: object) -> None:
        async with self.database.transaction(EVERYBODY) as tx:
            await tx.execute(update(jobs).values(**values))


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


async def test_two_runners_do_each_job_once(desk: Desk) -> None:
    queued = [await desk.queue() for _ in range(30)]

    async def work(runner: JobRunner) -> None:
        while await runner.run_one():
            pass

    await asyncio.gather(*(work(desk.runner()) for _ in range(4)))

    assert sorted(desk.done) == sorted(queued)


async def test_the_same_id_queues_one_job(desk: Desk) -> None:
    job_id = new_id()
    await desk.queue(job_id)
    await desk.queue(job_id)

    assert await desk.runner().run_one()
    assert not await desk.runner().run_one()


async def test_a_job_leaves_with_its_transaction_or_not_at_all(desk: Desk) -> None:
    with suppress(ZeroDivisionError):
        async with desk.database.transaction(EVERYBODY) as tx:
            await enqueue(tx, "write", {})
            raise ZeroDivisionError

    assert not await desk.runner().run_one()


async def test_a_job_whose_worker_died_is_taken_again_when_its_lease_is_over(desk: Desk) -> None:
    await desk.queue()

    async def die(job_id: UUID, payload: dict[str, Any]) -> None:
        await asyncio.sleep(60)

    dying = asyncio.create_task(desk.runner(die).run_one())
    await asyncio.sleep(0.3)
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    within = await desk.runner().run_one()
    await desk.set_row(lease_until=utc_now() - timedelta(seconds=1))
    after = await desk.runner().run_one()

    assert (within, after, len(desk.done)) == (False, True, 1)


async def test_one_that_stalled_past_its_lease_has_no_say_any_more(desk: Desk) -> None:
    await desk.queue()

    async def stall(job_id: UUID, payload: dict[str, Any]) -> None:
        await desk.set_row(lease_until=utc_now() - timedelta(seconds=1))
        await desk.runner().run_one()
        raise TimeoutError

    await desk.runner(stall).run_one()

    row = await desk.row()
    assert (row.state, len(desk.done)) == ("done", 1)


async def test_giving_up_ends_a_job_with_its_reason_and_forgets_its_payload(desk: Desk) -> None:
    await desk.queue()
    desk.failure = GiveUpError("no such receiver")

    await desk.runner().run_one()

    row = await desk.row()
    assert (row.state, row.reason, row.payload) == ("failed", "no such receiver", {})


async def test_a_failure_waits_longer_each_time_and_fails_at_last(desk: Desk) -> None:
    await desk.queue()
    desk.failure = ValueError("ada@example.com is wrong")
    waits = []
    for _ in range(ATTEMPTS):
        assert await desk.runner().run_one()
        row = await desk.row()
        waits.append((row.run_at - utc_now()).total_seconds())
        await desk.set_row(run_at=utc_now())

    assert waits[:-1] == sorted(waits[:-1])
    assert waits[0] < 3 < waits[5]
    assert (row.state, row.reason) == ("failed", "ValueError")


async def test_a_job_that_kills_its_worker_each_time_ends_too(desk: Desk) -> None:
    await desk.queue()
    await desk.set_row(
        state="running", attempts=ATTEMPTS, lease_until=utc_now() - timedelta(seconds=1)
    )

    await desk.runner().run_one()

    row = await desk.row()
    assert (row.state, desk.done) == ("failed", [])


async def test_lanes_take_turns_however_long_one_of_them_is(desk: Desk) -> None:
    long = [await desk.queue(lane="long") for _ in range(4)]
    short = [await desk.queue(lane="short") for _ in range(2)]
    runner = desk.runner(per_lane=1)

    while await runner.run_one():
        pass

    assert desk.done == [long[0], short[0], long[1], short[1], long[2], long[3]]


async def test_a_lane_whose_jobs_keep_failing_has_had_its_turn_as_well(desk: Desk) -> None:
    for _ in range(3):
        await desk.queue(lane="failing")
    fine = await desk.queue(lane="fine")
    seen: list[UUID] = []

    async def fail(job_id: UUID, payload: dict[str, Any]) -> None:
        seen.append(job_id)
        if job_id != fine:
            raise ValueError(payload)

    runner = desk.runner(fail, per_lane=1)
    await runner.run_one()
    await runner.run_one()

    assert seen[1] == fine


async def test_a_lane_has_no_more_running_than_it_may_though_all_claim_at_once(desk: Desk) -> None:
    for _ in range(6):
        await desk.queue(lane="long")
    late = await desk.queue(lane="short")
    started: list[UUID] = []
    release = asyncio.Event()

    async def wait(job_id: UUID, payload: dict[str, Any]) -> None:
        assert payload
        started.append(job_id)
        await release.wait()

    running = [asyncio.create_task(desk.runner(wait, per_lane=2).run_one()) for _ in range(6)]
    await asyncio.wait(running, timeout=5, return_when=asyncio.FIRST_COMPLETED)
    while sum(task.done() for task in running) < 3:
        await asyncio.sleep(0.01)
    at_once = list(started)
    release.set()

    assert sorted(await asyncio.gather(*running)) == [False] * 3 + [True] * 3
    assert len(at_once) == 3
    assert late in at_once


async def test_jobs_are_forgotten_a_month_after_their_end_and_never_before(desk: Desk) -> None:
    await desk.queue()
    await desk.set_row(created_at=utc_now() - timedelta(days=99))
    waiting = await sweep_jobs(desk.database)
    await desk.runner().run_one()
    await desk.set_row(finished_at=utc_now() - timedelta(days=29))
    kept = await sweep_jobs(desk.database)
    await desk.set_row(finished_at=utc_now() - timedelta(days=31))

    assert (waiting, kept, await sweep_jobs(desk.database)) == (0, 0, 1)
