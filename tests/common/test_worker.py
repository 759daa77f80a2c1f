"""A worker outlives the failures of its tasks."""

import pytest
from tests.common.probe.running import at_work, until

from finops_common.worker import Worker

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
