"""What the sweeper ends and removes, and what it leaves alone."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from tests.ingestion.imports.workshop import Workshop

from finops_common.clock import utc_now
from finops_common.db.tables import jobs
from finops_common.ids import new_id
from finops_ingestion.imports.fetching import UPLOADS, upload_key
from finops_ingestion.imports.repository import ImportRepository
from finops_ingestion.imports.sweeping import GIVEN_UP
from finops_ingestion.imports.tables import imports

pytestmark = pytest.mark.timeout(180)
OPEN = date(2026, 11, 1)


async def waiting_for_days(workshop: Workshop) -> Any:  # noqa: ANN401 - a row
    """An import that was queued two days ago, and has not had its turn."""
    workshop.deliver(OPEN, 1)
    await workshop.look()
    earlier = imports.c.created_at - timedelta(days=2)
    async with workshop.system() as tx:
        await tx.execute(update(imports).values(created_at=earlier))
    (found,) = await workshop.imports()
    return found


async def give_up_jobs(workshop: Workshop) -> None:
    """Nobody tries again."""
    async with workshop.system() as tx:
        await tx.execute(update(jobs).values(state="failed", finished_at=tx.now))


@pytest.mark.req("ING-12", part="who waits for a turn is not given up")
async def test_an_import_whose_turn_has_not_come_for_days_is_not_given_up(
    workshop: Workshop,
) -> None:
    await waiting_for_days(workshop)

    await workshop.sweep()
    (waits,) = await workshop.imports()
    await give_up_jobs(workshop)
    await workshop.sweep()
    (ended,) = await workshop.imports()

    assert (waits.state, waits.code) == ("queued", None)
    assert (ended.state, ended.code) == ("failed", "given-up")


@pytest.mark.req("ING-12", part="what was given up is imported again by the next look")
async def test_a_delivery_whose_import_was_given_up_has_not_failed(workshop: Workshop) -> None:
    await waiting_for_days(workshop)
    await give_up_jobs(workshop)
    await workshop.sweep()

    await workshop.look()

    assert [each.state for each in await workshop.imports()] == ["failed", "queued"]


async def test_an_import_that_has_ended_meanwhile_is_not_given_up(workshop: Workshop) -> None:
    read = await waiting_for_days(workshop)
    await workshop.end_as(read.id, "done")

    async with workshop.system() as tx:
        await ImportRepository(tx).give_up(read.id)

    (ended,) = await workshop.imports()
    assert (ended.state, ended.code) == ("done", None)


@pytest.mark.req("ING-12", part="spooled files of imports that ended elsewhere")
async def test_folders_of_no_import_are_left_and_those_of_ended_ones_removed(
    workshop: Workshop,
) -> None:
    strange, ended = workshop.spool / "not-the-id-of-anything", workshop.spool / str(new_id())
    for folder in (strange, ended):
        folder.mkdir(parents=True)

    await workshop.sweep()

    assert list(workshop.spool.iterdir()) == [strange]


async def a_bill() -> AsyncIterator[bytes]:
    yield b"BilledCost\n1\n"


@pytest.mark.req("ING-12", part="uploads whose receiver died are forgotten")
async def test_an_upload_whose_receiver_died_is_forgotten_and_one_that_waits_is_not(
    workshop: Workshop,
) -> None:
    lost = upload_key(new_id())
    await workshop.blobs.receive(lost, a_bill())
    waits = await workshop.service.upload(workshop.caller, "bill.csv", "own", a_bill())

    await workshop.sweep()
    at_once = await workshop.blobs.written(UPLOADS, utc_now() + GIVEN_UP)
    workshop.database.clock = lambda: utc_now() + 2 * GIVEN_UP
    await workshop.sweep()
    days_later = await workshop.blobs.written(UPLOADS, utc_now() + GIVEN_UP)

    assert (at_once, days_later) == ({lost, upload_key(waits.id)}, {upload_key(waits.id)})
