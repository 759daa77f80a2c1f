"""Bills are looked for by the hour, from the minute their source is known."""

import asyncio
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import update
from tests.ingestion.conftest import NOW
from tests.ingestion.imports.workshop import Workshop

from finops_common.db.transaction import Database
from finops_common.jobs import JobRunner
from finops_ingestion.accounts.tables import billing_sources
from finops_ingestion.imports.looking import LOOK, Looking

pytestmark = pytest.mark.timeout(180)
HOUR = timedelta(hours=1)


@dataclass
class Hours:
    """A clock that goes on when it is told to."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Schedule:
    """What queues looks and runs them, by a clock of its own."""

    clock: Hours
    database: Database
    looking: Looking

    async def due(self) -> int:
        return await self.looking.queue_due()

    async def look(self) -> None:
        """Run every look that is queued."""
        runner = JobRunner(self.database, {LOOK: self.looking.look})
        while await runner.run_one():
            pass


@pytest.fixture
def schedule(workshop: Workshop) -> Schedule:
    clock = Hours(NOW)
    database = Database(workshop.database.engine, "ingestion", clock)
    return Schedule(clock, database, Looking(database, workshop.client, every=HOUR))


@pytest.mark.req("ING-11", part="looked for at once, and hourly from then on")
async def test_a_source_is_looked_at_at_once_and_every_hour_whatever_number_of_workers(
    schedule: Schedule,
) -> None:
    at_once = await asyncio.gather(*(schedule.due() for _ in range(4)))
    schedule.clock.now += HOUR - timedelta(seconds=1)
    too_early = await schedule.due()
    schedule.clock.now += timedelta(seconds=1)
    hour_later = await schedule.due()

    assert (sum(at_once), too_early, hour_later) == (1, 0, 1)


@pytest.mark.req("ING-11", part="new versions are found by the schedule")
async def test_a_look_brings_what_is_new_and_nothing_twice(
    schedule: Schedule, workshop: Workshop
) -> None:
    workshop.deliver(date(2026, 11, 1), 1)

    for _ in range(2):
        await schedule.due()
        await schedule.look()
        await workshop.work()
        schedule.clock.now += HOUR
    workshop.deliver(date(2026, 11, 1), 2)
    await schedule.due()
    await schedule.look()

    assert [(each.cause, each.state) for each in await workshop.imports()] == [
        ("schedule", "done"),
        ("schedule", "queued"),
    ]


@pytest.mark.req("ING-5", part="a stopped source is looked at no more")
async def test_a_source_that_is_stopped_is_looked_at_no_more(
    schedule: Schedule, workshop: Workshop
) -> None:
    workshop.deliver(date(2026, 11, 1), 1)
    await schedule.due()
    async with workshop.system() as tx:
        await tx.execute(update(billing_sources).values(stopped_at=tx.now))

    await schedule.look()
    schedule.clock.now += HOUR

    assert await schedule.due() == 0
    assert await workshop.imports() == []
