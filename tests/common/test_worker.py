"""A worker outlives the failures of its tasks."""

import asyncio

import pytest
from tests.common.probe.running import at_work, until

from finops_common.worker import Worker, every

pytestmark = pytest.mark.req("PLAT-45", part="tasks start again")


async def test_a_task_that_fails_is_started_again_and_the_others_go_on() -> None:
    started: list[str] = []

    async def failing() -> None:
        started.append("failing")
        raise RuntimeError

    async def working() -> None:
        started.append("working")
        await until(_never, 60)

    async def _never() -> bool:
        return False

    async def twice() -> bool:
        return started.count("failing") >= 2

    async with at_work(Worker({"failing": failing, "working": working}).run):
        await until(twice)

    assert started.count("working") == 1


async def test_a_step_is_taken_again_at_once_while_it_finds_work_and_after_a_failure() -> None:
    rounds: list[str] = []

    async def step() -> bool:
        rounds.append("round")
        if len(rounds) == 2:
            raise RuntimeError
        return len(rounds) < 4

    async def rested() -> bool:
        return len(rounds) == 4

    async with at_work(every(0.05, step)):
        await until(rested)

    async with at_work(every(60, step)):
        await until(lambda: _is(len(rounds) == 5))
        await asyncio.sleep(0.2)
    assert len(rounds) == 5


async def _is(fact: bool) -> bool:
    return fact
