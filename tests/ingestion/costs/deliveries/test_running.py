"""Runs of deliveries: what lies in the bucket, whoever dies or comes second."""

import asyncio
import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from tests.ingestion.costs.deliveries.depot import (
    NOVEMBER,
    OCTOBER,
    Depot,
    Dies,
    Faulty,
    daily,
    dies,
    lines_of,
)

from finops_common.ids import new_id
from finops_ingestion.bills.focus_file import COLUMNS
from finops_ingestion.costs.deliveries.adapters import S3Destinations
from finops_ingestion.costs.deliveries.domain import MOST_TRIES, Months, Scope

pytestmark = pytest.mark.timeout(120)
DELIVERED = "scheduled delivery of FOCUS to the customer's own bucket"


@pytest.mark.req("ING-31", part=DELIVERED)
async def test_each_month_is_one_focus_file_with_a_manifest_that_proves_it(depot: Depot) -> None:
    await depot.stands(OCTOBER, *lines_of("1.5", "2", tags={"team": "web"}))
    await depot.stands(NOVEMBER, *lines_of("4", month=11, currency="EUR"))
    delivery = await depot.prepared()

    await depot.due.queue_due()
    await depot.work()

    month = f"finance/focus/{delivery.id}/billing_period=2026-"
    assert set(depot.objects()) == {
        f"{month}{number}/{name}"
        for number in (10, 11)
        for name in ("part-0.parquet", "_manifest.json")
    }
    table = depot.table(delivery, OCTOBER)
    assert table.column_names == list(COLUMNS)
    assert depot.costs(delivery, OCTOBER) == ["1.5", "2"]
    assert json.loads(table["Tags"][0].as_py()) == {"team": "web"}
    assert {each.year for each in table["BillingPeriodStart"].to_pylist()} == {2026}
    told = depot.manifest(delivery, OCTOBER)
    data = depot.objects()[f"{month}10/part-0.parquet"]
    (file,) = told["files"]
    assert file["sha256"] == hashlib.sha256(data).hexdigest()
    assert (file["bytes"], file["lines"]) == (len(data), 2)
    assert file["etag"] == hashlib.md5(data).hexdigest()  # noqa: S324 - what S3's ETag is
    assert told["totals"][0]["currency"] == "USD"
    assert Decimal(told["totals"][0]["effective_cost"]) == Decimal("3.5")
    assert told["revisions"] == [{"billing_source_id": str(depot.source), "revision": 1}]


@pytest.mark.req("ING-31", part=DELIVERED)
async def test_only_months_that_have_changed_are_written_again(depot: Depot) -> None:
    await depot.stands(OCTOBER, *lines_of("1"))
    await depot.stands(NOVEMBER, *lines_of("2", month=11))
    delivery = await depot.prepared()
    await depot.due.queue_due()
    await depot.work()
    first = depot.manifest(delivery, OCTOBER)["run_id"]

    depot.clock.pass_time(minutes=6)
    assert await depot.due.queue_due() == 0
    await depot.stands(NOVEMBER, *lines_of("2", "3", month=11), revision=2)
    depot.clock.pass_time(minutes=6)
    assert await depot.due.queue_due() == 1
    await depot.work()

    assert depot.costs(delivery, NOVEMBER) == ["2", "3"]
    assert depot.manifest(delivery, NOVEMBER)["run_id"] != first
    assert depot.manifest(delivery, OCTOBER)["run_id"] == first
    run = await depot.asked(delivery, anew=True)
    await depot.work()
    assert {each.period for each in (await depot.again(run)).files} == {OCTOBER, NOVEMBER}
    assert depot.manifest(delivery, OCTOBER)["run_id"] == str(run.id)


async def test_a_month_of_which_nothing_stands_any_more_becomes_an_empty_file(
    depot: Depot,
) -> None:
    await depot.stands(OCTOBER, *lines_of("1"))
    delivery = await depot.prepared()
    await depot.work_due()
    await depot.erased(OCTOBER)

    depot.clock.pass_time(minutes=6)
    await depot.work_due()
    depot.clock.pass_time(minutes=6)

    assert depot.table(delivery, OCTOBER).num_rows == 0
    assert depot.table(delivery, OCTOBER).column_names == list(COLUMNS)
    assert depot.manifest(delivery, OCTOBER)["finality"] == "empty"
    assert await depot.due.queue_due() == 0


@pytest.mark.req("ING-31", part=DELIVERED)
async def test_scope_and_months_leave_out_the_rest(depot: Depot) -> None:
    other = new_id()
    await depot.stands(OCTOBER, *lines_of("1"), *lines_of("2", account_id="222222222222"))
    await depot.stands(OCTOBER, *lines_of("4"), source=other)
    await depot.stands(NOVEMBER, *lines_of("8", month=11))
    account = Scope(accounts=("222222222222",))
    delivery = await depot.prepared(scope=account, months=Months("since", since=NOVEMBER))
    older = await depot.wanted(scope=Scope(sources=(other,)))
    await depot.run_stack(older)

    await depot.work_due()
    await depot.asked(older)
    await depot.work()

    assert depot.table(delivery, NOVEMBER).num_rows == 0
    assert not [key for key in depot.objects() if key.startswith(delivery.key(OCTOBER, ""))]
    assert depot.costs(older, OCTOBER) == ["4"]


async def test_every_account_of_a_scope_is_delivered_in_full(depot: Depot) -> None:
    await depot.stands(OCTOBER, *lines_of("1"), *lines_of("2", "3", account_id="222222222222"))
    delivery = await depot.prepared(scope=Scope(accounts=("222222222222",)))

    await depot.work_due()

    assert depot.costs(delivery, OCTOBER) == ["2", "3"]


async def test_a_daily_delivery_waits_for_its_hour(depot: Depot) -> None:
    await depot.stands(OCTOBER, *lines_of("1"))
    delivery = await depot.prepared(schedule=daily)

    assert await depot.due.queue_due() == 0
    depot.clock.pass_time(hours=19, minutes=59)
    assert await depot.due.queue_due() == 0
    depot.clock.pass_time(minutes=1)
    assert await depot.due.queue_due() == 1
    assert await depot.due.queue_due() == 0

    await depot.work()
    due = (await depot.service.get(depot.caller, delivery.id)).due_at
    assert due == depot.clock.now + timedelta(days=1)


@pytest.mark.req("ING-31", part="a file is delivered whole or not at all, whoever dies when")
@pytest.mark.parametrize("put", range(4), ids=["october", "its manifest", "november", "the last"])
@pytest.mark.parametrize("when", ["before", "after"])
async def test_whoever_dies_at_any_step_the_next_one_ends_the_run(
    depot: Depot, put: int, when: str
) -> None:
    await depot.stands(OCTOBER, *lines_of("1"))
    await depot.stands(NOVEMBER, *lines_of("2", month=11))
    delivery = await depot.prepared()
    run = await depot.asked(delivery)
    dying = depot.runner(Faulty(S3Destinations(depot.aws), put, **{when: dies}))
    with pytest.raises(Dies):
        await depot.worker(dying).run_one()
    for key, data in depot.objects().items():
        if key.endswith(".json"):
            file = key.replace("_manifest.json", "part-0.parquet")
            told = json.loads(data)["files"][0]["sha256"]
            assert told == hashlib.sha256(depot.objects()[file]).hexdigest()

    await depot.lapse()
    await depot.work()

    ended = await depot.again(run)
    assert (ended.state, len(ended.files), ended.tries) == ("done", 2, 2)
    assert depot.costs(delivery, OCTOBER) == ["1"]
    assert depot.costs(delivery, NOVEMBER) == ["2"]
    for month in (OCTOBER, NOVEMBER):
        told = depot.manifest(delivery, month)["files"][0]["sha256"]
        data = depot.objects()[delivery.key(month, "part-0.parquet")]
        assert told == hashlib.sha256(data).hexdigest()
    states = [data["state"] for kind, data in await depot.told() if "run_changed" in kind]
    assert states == ["queued", "done"]


async def test_a_worker_that_was_taken_for_dead_has_its_months_written_once_more(
    depot: Depot,
) -> None:
    await depot.stands(OCTOBER, *lines_of("1"))
    delivery = await depot.prepared()
    run = await depot.asked(delivery)

    async def sleep_while_another_ends_the_run() -> None:
        await depot.stands(OCTOBER, *lines_of("7"), revision=2)
        await depot.lapse()
        await depot.work()
        assert (await depot.again(run)).state == "done"
        assert depot.costs(delivery, OCTOBER) == ["7"]

    slow = Faulty(S3Destinations(depot.aws), 0, before=sleep_while_another_ends_the_run)
    await depot.worker(depot.runner(slow)).run_one()

    assert depot.costs(delivery, OCTOBER) == ["1"], "the sleeper wrote what it had read"
    assert depot.manifest(delivery, OCTOBER)["revisions"][0]["revision"] == 2
    assert (await depot.again(run)).state == "done"
    depot.clock.pass_time(minutes=15)
    assert await depot.due.queue_due() == 0
    depot.clock.pass_time(minutes=2)
    await depot.work_due()
    assert depot.costs(delivery, OCTOBER) == ["7"]
    depot.clock.pass_time(minutes=20)
    assert await depot.due.queue_due() == 0


async def test_two_workers_and_two_schedulers_make_one_run(depot: Depot) -> None:
    await depot.stands(OCTOBER, *lines_of("1"))
    delivery = await depot.prepared()

    queued = await asyncio.gather(*(depot.due.queue_due() for _ in range(4)))
    runs = await asyncio.gather(*(depot.asked(delivery) for _ in range(4)))
    await asyncio.gather(depot.work(), depot.work())

    assert sum(queued) == 1
    assert len({each.id for each in runs}) == 1
    assert (await depot.again(runs[0])).tries == 1


async def test_a_run_whose_job_is_gone_does_not_stand_in_the_way(depot: Depot) -> None:
    await depot.stands(OCTOBER, *lines_of("1"))
    delivery = await depot.prepared()
    run = await depot.asked(delivery)
    await depot.forget_jobs()

    assert await depot.due.queue_due() == 0
    assert (await depot.again(run)).cause == "interrupted"
    depot.clock.pass_time(minutes=61)
    await depot.work_due()

    assert depot.costs(delivery, OCTOBER) == ["1"]


@pytest.mark.req("ING-31", part="what a bucket refuses is shown, tried again and announced")
async def test_what_is_refused_is_told_once_and_tried_until_it_works(depot: Depot) -> None:
    await depot.stands(OCTOBER, *lines_of("1"))
    delivery = await depot.prepared()
    await depot.delete_stack(delivery)
    run = await depot.asked(delivery)

    for _ in range(3):
        await depot.work()
        await depot.lapse()

    waits = await depot.again(run)
    assert (waits.state, waits.cause, waits.tries) == ("retrying", "role_refused", 3)
    assert (await depot.service.get(depot.caller, delivery.id)).cause == "role_refused"
    await depot.run_stack(delivery)
    await depot.work()
    ended = await depot.again(run)
    assert (ended.state, ended.cause) == ("done", None)
    assert (await depot.service.get(depot.caller, delivery.id)).cause is None
    events = [
        (data["state"], data["cause"]) for kind, data in await depot.told() if "run_ch" in kind
    ]
    assert events == [("queued", None), ("retrying", "role_refused"), ("done", None)]


async def test_a_run_that_never_works_fails_and_the_schedule_goes_on(depot: Depot) -> None:
    await depot.stands(OCTOBER, *lines_of("1"))
    delivery = await depot.prepared()
    await depot.simulator.own_bucket("111122223333", depot.bucket)
    run = await depot.asked(delivery)

    for _ in range(MOST_TRIES):
        await depot.lapse()
        await depot.worker().run_one()

    ended = await depot.again(run)
    assert (ended.state, ended.cause, ended.tries) == ("failed", "access_denied", MOST_TRIES)
    assert not await depot.worker().run_one()
    depot.clock.pass_time(minutes=59)
    assert await depot.due.queue_due() == 0
    depot.clock.pass_time(minutes=2)
    assert await depot.due.queue_due() == 1
    assert not depot.objects()


async def test_throttling_is_waited_out(depot: Depot) -> None:
    await depot.stands(OCTOBER, *lines_of("1"))
    delivery = await depot.prepared()
    run = await depot.asked(delivery)
    await depot.simulator.plan_fault("s3", "PutObject", "throttle", times=2)

    await depot.work()
    assert (await depot.again(run)).cause == "no_answer"
    await depot.lapse()
    await depot.work()

    assert (await depot.again(run)).state == "done"


async def test_sums_that_are_not_the_bills_are_never_delivered(depot: Depot) -> None:
    await depot.stands(OCTOBER, *lines_of("1"), told="2")
    delivery = await depot.prepared()
    run = await depot.asked(delivery)

    await depot.work()

    ended = await depot.again(run)
    assert (ended.state, ended.cause) == ("failed", "totals_differ")
    assert not depot.objects()


async def test_a_delivery_that_is_deleted_meanwhile_gets_nothing_more(depot: Depot) -> None:
    await depot.stands(OCTOBER, *lines_of("1"))
    delivery = await depot.prepared()
    await depot.asked(delivery)

    async def delete() -> None:
        await depot.service.remove(depot.caller, delivery.id, None)

    await depot.worker(depot.runner(Faulty(S3Destinations(depot.aws), 0, after=delete))).run_one()

    assert set(depot.objects()) == {delivery.key(OCTOBER, "part-0.parquet")}
    await depot.lapse()
    assert not await depot.worker().run_one()


async def test_another_destination_gets_everything_once_it_is_checked(depot: Depot) -> None:
    await depot.stands(OCTOBER, *lines_of("1"))
    delivery = await depot.prepared()
    await depot.work_due()
    there = replace(delivery.terms.destination, prefix="elsewhere")
    terms = replace(delivery.terms, destination=there)

    changed = await depot.service.change(depot.caller, delivery.id, {"terms": terms}, 1)
    depot.clock.pass_time(minutes=6)
    assert (changed.proven_at, await depot.due.queue_due()) == (None, 0)
    refused = await depot.service.check(depot.caller, delivery.id)
    await depot.delete_stack(delivery)
    await depot.run_stack(changed)
    await depot.service.check(depot.caller, delivery.id)
    await depot.work_due()

    assert refused.cause == "access_denied"
    assert depot.costs(changed, OCTOBER) == ["1"]
    assert changed.key(OCTOBER, "").startswith(f"elsewhere/{delivery.id}/")


async def test_a_large_file_goes_in_parts_and_appears_at_once(depot: Depot, tmp_path: Path) -> None:
    await depot.stands(OCTOBER, *lines_of("1"))
    delivery = await depot.prepared()
    source = tmp_path / "large"
    source.write_bytes(b"x" * (16 * 1024 * 1024 + 1))
    key = delivery.key(OCTOBER, "part-0.parquet")

    async with depot.opening().open(depot.caller, delivery) as place:
        await place.put(key, source)

    assert depot.objects()[key] == source.read_bytes()
