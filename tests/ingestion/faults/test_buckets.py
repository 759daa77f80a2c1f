"""Bills in buckets that misbehave: what heals comes out exact, what does not is said."""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.ingestion.faults.conftest import OPEN, FaultyWorkshop

from finops_common.ids import new_id
from finops_ingestion.imports.domain import MOST_OUTAGES, MOST_TRIES

pytestmark = pytest.mark.timeout(120)
Totals = Mapping[int, Any]


async def revision_one_and_nothing_else(workshop: FaultyWorkshop, calm: Totals) -> None:
    assert await workshop.standing() == {OPEN: 1}
    assert await workshop.totals() == calm[1]
    await workshop.all_agree()


REFUSALS = [
    {"kind": "throttle", "operation": "ListBucket"},
    {"kind": "error", "key": "anifest.json"},
    {"kind": "throttle", "key": "part-1.snappy.parquet"},
    {"kind": "error", "key": "part-2.snappy.parquet"},
]
BODIES = [
    {"kind": "reset", "times": 5, "key": "part-1.snappy.parquet"},
    {"kind": "slow", "seconds": 1, "key": "part-2.snappy.parquet"},
]


@pytest.mark.req("ING-12", part="bad answers of S3, one each, do not even cost a try")
@pytest.mark.parametrize("faults", [REFUSALS, BODIES], ids=["refusals", "bodies"])
async def test_an_import_goes_on_over_single_faults(
    workshop: FaultyWorkshop, calm: Totals, faults: list[dict[str, Any]]
) -> None:
    workshop.bill(1)
    for each in faults:
        await workshop.fault(**each)

    await workshop.look()
    await workshop.work()

    (done,) = await workshop.imports()
    assert (done.state, done.tries) == ("done", 1)
    await revision_one_and_nothing_else(workshop, calm)


@pytest.mark.req("ING-12", part="what S3 refuses for a while is tried again")
@pytest.mark.req("ING-14", part="a file shorter than it was listed is never read")
@pytest.mark.parametrize(("kind", "times"), [("throttle", 4), ("reset", 12), ("short", 1)])
async def test_an_import_is_tried_again_after_more_than_that(
    workshop: FaultyWorkshop, calm: Totals, kind: str, times: int
) -> None:
    workshop.bill(1)
    await workshop.look()
    await workshop.fault(kind, times=times, key="part-1.snappy.parquet")

    await workshop.work()
    (waits,) = await workshop.imports()
    await workshop.work_through()

    assert (waits.state, waits.code, await workshop.totals()) == (
        "running",
        "not-available",
        calm[1],
    )
    (done,) = await workshop.imports()
    assert (done.state, done.code) == ("done", None)
    assert done.tries > 1
    await revision_one_and_nothing_else(workshop, calm)


@pytest.mark.req("ING-12", part="what stays away ends in words, and is read once it is back")
@pytest.mark.parametrize("again", ["look", "retry"])
async def test_a_bucket_that_stays_away_is_said_and_read_when_it_is_back(
    workshop: FaultyWorkshop, calm: Totals, again: str
) -> None:
    workshop.bill(1)
    await workshop.look()
    await workshop.fault("throttle", times=1000)

    await workshop.work_through()
    (failed,) = await workshop.imports()
    nothing = await workshop.totals()
    await workshop.simulator.clear_faults()
    if again == "look":
        await workshop.look()
    else:
        await workshop.service.retry(workshop.caller, failed.id, new_id())
    await workshop.work_through()

    assert (failed.state, failed.code) == ("failed", "not-available")
    assert (failed.tries, failed.reason) == (MOST_TRIES, "SlowDown")
    assert ("failed", "not-available") in workshop.collected
    assert nothing == []
    assert [each.state for each in await workshop.imports()] == ["failed", "done"]
    await revision_one_and_nothing_else(workshop, calm)


@pytest.mark.req("ING-12", part="who closes a bucket for good is not asked for ever")
async def test_after_a_day_of_outages_a_delivery_is_read_only_when_asked_for(
    workshop: FaultyWorkshop,
) -> None:
    workshop.bill(1)
    await workshop.look()
    await workshop.end_all("failed", "not-available")
    await workshop.repeat_imports(MOST_OUTAGES - 2)
    await workshop.look()
    await workshop.end_all("failed", "not-available")

    await workshop.look()
    left_alone = len(await workshop.imports())
    await workshop.look(OPEN)

    assert left_alone == MOST_OUTAGES
    assert len(await workshop.imports()) == MOST_OUTAGES + 1


@pytest.mark.req("ING-12", part="an object that vanishes under the reader")
async def test_a_delivery_that_vanishes_is_left_and_read_when_it_is_there_again(
    workshop: FaultyWorkshop, calm: Totals
) -> None:
    workshop.bill(1)
    await workshop.look()
    await workshop.fault("vanish", key="part-2.snappy.parquet")

    await workshop.work()
    (left,) = await workshop.imports()
    nothing = await workshop.totals()
    await workshop.look()
    await workshop.work()

    assert (left.state, left.code, nothing) == ("cancelled", "delivery-changed", [])
    assert ("healthy", "delivery-changed") in workshop.collected
    await revision_one_and_nothing_else(workshop, calm)


@pytest.mark.req("ING-13", part="of two versions under the reader nothing is mixed")
@pytest.mark.parametrize("when", ["before", "between two ranges"])
async def test_a_bill_that_changes_under_the_reader_is_read_anew_and_whole(
    workshop: FaultyWorkshop, calm: Totals, when: str
) -> None:
    workshop.bill(1)
    await workshop.look()
    if when == "before":
        workshop.bill(2)
    else:
        # The first file is there already; the second one breaks off, then is another.
        await workshop.fault("reset", key="part-1.snappy.parquet")
        await workshop.fault("change", key="part-1.snappy.parquet")

    await workshop.work()
    (left,) = await workshop.imports()
    nothing = await workshop.totals()
    workshop.bill(2)
    await workshop.look()
    await workshop.work()

    assert (left.state, left.code, nothing) == ("cancelled", "delivery-changed", [])
    assert [each.state for each in await workshop.imports()] == ["cancelled", "done"]
    assert await workshop.totals() == calm[2] != calm[1]
    await workshop.all_agree()


@pytest.mark.req("ING-13", part="a former revision stands whole while the next one fails")
async def test_what_stood_stands_until_the_next_revision_is_whole(
    workshop: FaultyWorkshop, calm: Totals
) -> None:
    workshop.bill(1)
    await workshop.look()
    await workshop.work()
    workshop.bill(2)
    await workshop.look()
    await workshop.fault("short", key="part-2.snappy.parquet")

    await workshop.work()
    meanwhile = await workshop.totals()
    await workshop.work_through()

    assert (meanwhile, await workshop.totals()) == (calm[1], calm[2])
    assert await workshop.standing() == {OPEN: 2}
    await workshop.all_agree()


@pytest.mark.req("ING-10", part="manifests half written, and of files that are still to come")
@pytest.mark.parametrize("spoiled", ["manifest cut", "manifest empty", "file missing"])
async def test_a_delivery_that_is_being_written_is_read_once_it_is_whole(
    workshop: FaultyWorkshop, calm: Totals, spoiled: str
) -> None:
    bill = workshop.bills[1]
    *files, manifest = bill
    if spoiled == "file missing":
        workshop.put({name: bill[name] for name in (files[0], files[2], manifest)})
    else:
        cut = bill[manifest][:-40] if spoiled == "manifest cut" else b'{"dataFiles": []}'
        workshop.put({**bill, manifest: cut})

    await workshop.look()
    early = await workshop.imports()
    workshop.bill(1)
    await workshop.look()
    await workshop.work()

    assert early == []
    await revision_one_and_nothing_else(workshop, calm)


async def test_a_manifest_that_comes_half_the_first_time_is_read_the_next(
    workshop: FaultyWorkshop, calm: Totals
) -> None:
    workshop.bill(1)
    await workshop.fault("short", key="anifest.json")

    await workshop.look()
    early = await workshop.imports()
    await workshop.look()
    await workshop.work()

    assert early == []
    await revision_one_and_nothing_else(workshop, calm)
