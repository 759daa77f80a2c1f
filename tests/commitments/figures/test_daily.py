"""Records added up by day: a tenth of them, and no figure of whole days another."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import null, update
from tests.commitments.figures.test_opened import publish
from tests.commitments.service import NO_GROUPS, Source

from finops_commitments.figures.domain import Figures, Group, Period
from finops_commitments.figures.measures import figures, totals_and_cells
from finops_commitments.figures.opened import OpenedRecords
from finops_commitments.figures.records import Filters, HourlyRecords
from finops_commitments.figures.service import FigureService, Wanted
from finops_commitments.revisions.arrow import days_and_hours, read_part
from finops_commitments.revisions.arrow import table_of as stored_table
from finops_commitments.revisions.domain import days_in_part
from finops_commitments.revisions.tables import cost_hour_parts
from finops_common.acting import Acting
from finops_common.db import scopes
from finops_common.db.transaction import Database
from finops_common.ids import new_id

Record = dict[str, Any]
START = datetime(2026, 10, 1, tzinfo=UTC)
DAY = timedelta(days=1)
QUESTIONS: list[tuple[Period | None, tuple[Group, ...], Filters]] = [
    (None, (), Filters()),
    (Period.DAY, (), Filters()),
    (Period.DAY, (Group.ACCOUNT, Group.SERVICE), Filters()),
    (Period.MONTH, (Group.COMMITMENT,), Filters()),
    (Period.DAY, (Group.INSTANCE_TYPE,), Filters(since=START + DAY, until=START + 2 * DAY)),
]


def answers(table: pa.Table) -> list[list[Figures]]:
    with HourlyRecords.from_arrow(table) as records:
        return [figures(records, *question) for question in QUESTIONS]


def of_days(part: bytes) -> pa.Table:
    return stored_table([read_part(part).daily])


@pytest.mark.req("COM-21", part="many months are answered from days")
@pytest.mark.req("COM-20", part="many months are answered from days")
def test_the_golden_bill_by_day_gives_the_figures_it_gives_by_hour(
    golden_rows: Sequence[Record],
    part_of: Callable[..., bytes],
    table_of: Callable[[Sequence[Record]], pa.Table],
) -> None:
    assert answers(of_days(part_of(*golden_rows))) == answers(table_of(golden_rows))


def test_the_hours_of_a_day_are_one_record(
    a_record: Callable[..., Record], part_of: Callable[..., bytes]
) -> None:
    hours = [a_record(hour=START + timedelta(hours=at), list_cost="1") for at in range(48)]

    by_day = of_days(part_of(*hours))

    assert by_day.column("hour").to_pylist() == [START, START + DAY]
    assert by_day.column("list_cost").to_pylist() == [24, 24]
    assert by_day.column("lines").to_pylist() == [24, 24]


@pytest.mark.parametrize(
    ("values", "records"),
    [
        ({"commitment_status": "Used", "list_cost": None, "commitment_quantity": "1"}, 2),
        ({"commitment_status": "Unused", "commitment_quantity": None}, 2),
        ({"commitment_status": "Unused", "commitment_quantity": "1", "list_cost": None}, 1),
    ],
)
def test_what_counts_as_a_line_of_its_own_stays_a_record(
    a_record: Callable[..., Record],
    part_of: Callable[..., bytes],
    table_of: Callable[[Sequence[Record]], pa.Table],
    values: Record,
    records: int,
) -> None:
    common = {"commitment_category": "Usage", "lines": 0, **values}
    hours = [a_record(hour=START + timedelta(hours=at), **common) for at in range(2)]
    by_day = of_days(part_of(*hours))

    assert by_day.num_rows == records
    assert answers(by_day) == answers(table_of(hours))


amounts = st.none() | st.decimals("-5", "5", places=6)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "hour": st.integers(0, 71).map(lambda hours: START + timedelta(hours=hours)),
            "charge_span": st.sampled_from(["hour", "day", "month"]),
            "currency": st.sampled_from(["USD", "KRW"]),
            "account_id": st.sampled_from(["111111111111", "222222222222"]),
            "pricing_category": st.sampled_from(["Standard", "Committed"]),
            "commitment_status": st.sampled_from([None, "Used", "Unused"]),
            "commitment_category": st.sampled_from([None, "Usage", "Spend"]),
            "commitment_id": st.sampled_from([None, "arn:aws:ec2:::reserved-instances/1"]),
            "list_cost": amounts,
            "contracted_cost": amounts,
            "effective_cost": st.decimals("-5", "5", places=6),
            "usage_quantity": amounts,
            "commitment_quantity": amounts,
            "lines": st.integers(0, 3),
            "lines_without_list_cost": st.integers(0, 2),
        }
    ),
    min_size=1,
    max_size=30,
)


@pytest.mark.req("COM-22", part="a missing price stays unknown with its count, by day as by hour")
@given(rows)
def test_any_records_by_day_give_the_figures_they_give_by_hour(
    a_record: Callable[..., Record],
    part_of: Callable[..., bytes],
    table_of: Callable[[Sequence[Record]], pa.Table],
    drawn: list[Record],
) -> None:
    records = [a_record(**values) for values in drawn]

    assert answers(of_days(part_of(*records))) == answers(table_of(records))


@pytest.mark.req("COM-21", part="totals are those of the whole, whatever the cells")
@given(rows)
def test_totals_told_with_cells_are_those_of_the_whole(
    a_record: Callable[..., Record],
    table_of: Callable[[Sequence[Record]], pa.Table],
    drawn: list[Record],
) -> None:
    with HourlyRecords.from_arrow(table_of([a_record(**each) for each in drawn])) as records:
        for by, group, filters in QUESTIONS[1:]:
            totals, cells = totals_and_cells(records, by, group, filters)

            assert totals == figures(records, filters=filters)
            assert cells == figures(records, by, group, filters)


@pytest.mark.req("COM-21", part="whole days by day beside the running one by hour")
@pytest.mark.req("COM-20", part="whole days by day beside the running one by hour")
@given(rows, st.integers(0, 71), st.integers(1, 72))
def test_whole_days_and_hours_of_others_give_the_figures_of_hours(
    a_record: Callable[..., Record],
    part_of: Callable[..., bytes],
    table_of: Callable[[Sequence[Record]], pa.Table],
    drawn: list[Record],
    first: int,
    hours: int,
) -> None:
    records = [a_record(**values) for values in drawn]
    since = START + timedelta(hours=first)
    until = since + timedelta(hours=hours, minutes=hours % 60)
    part = part_of(*records)
    by_hour = days_in_part(since, until)

    read = days_and_hours([(read_part(part).daily, part)], by_hour)
    within = Filters(since=since, until=until)

    with (
        HourlyRecords.from_arrow(read) as mixed,
        HourlyRecords.from_arrow(table_of(records)) as hourly,
    ):
        for by in (None, Period.DAY, Period.MONTH):
            assert figures(mixed, by, filters=within) == figures(hourly, by, filters=within)


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (START, START + 2 * DAY, ()),
        (START, START + 1.5 * DAY, (START + DAY,)),
        (START + 0.2 * DAY, START + 0.5 * DAY, (START,)),
        (START + 0.2 * DAY, START + 2.5 * DAY, (START, START + 2 * DAY)),
    ],
)
def test_days_that_are_not_whole_are_those_it_begins_and_ends_in(
    since: datetime, until: datetime, expected: tuple[datetime, ...]
) -> None:
    assert days_in_part(since, until) == expected


async def test_days_are_asked_for_where_no_hour_matters(
    database: Database, a_record: Callable[..., Record], part_of: Callable[..., bytes]
) -> None:
    opened = OpenedRecords(database, kept_bytes=1 << 26, query_memory_mb=128, threads=2)
    service = FigureService(opened, NO_GROUPS)
    source, owner = Source(new_id()), new_id()
    acts = Acting(scopes.organization(source.company_id, owner))
    hours = [a_record(hour=START + timedelta(hours=at), list_cost="1") for at in range(48)]
    await publish(database, source, 1, owner, part_of(*hours))
    whole = Wanted(START, START + 31 * DAY, by=Period.DAY)

    days = await service.breakdown(acts, whole)
    await service.breakdown(acts, replace(whole, by=Period.MONTH))
    assert opened.kept == 1
    by_hour = await service.breakdown(acts, replace(whole, by=Period.HOUR))
    assert opened.kept == 2
    until_noon = await service.breakdown(acts, replace(whole, until=START + 1.5 * DAY))
    till_three = await service.breakdown(acts, replace(whole, until=START + 1.625 * DAY))
    assert opened.kept == 3
    await opened.close()

    assert [each.sums.on_demand.known for each in days.value.rows] == [24, 24]
    assert len(by_hour.value.rows) == 48
    assert [each.sums.on_demand.known for each in until_noon.value.rows] == [24, 12]
    assert [each.sums.on_demand.known for each in till_three.value.rows] == [24, 15]


async def test_a_part_from_before_there_were_days_is_read_by_hour(
    database: Database, a_record: Callable[..., Record], part_of: Callable[..., bytes]
) -> None:
    opened = OpenedRecords(database, kept_bytes=1 << 26, query_memory_mb=128, threads=2)
    source, owner = Source(new_id()), new_id()
    acts = Acting(scopes.organization(source.company_id, owner))
    hours = [a_record(hour=START + timedelta(hours=at), list_cost="1") for at in range(30)]
    await publish(database, source, 1, owner, part_of(*hours[:20]), part_of(*hours[20:]))
    await forget_a_day(database, source.company_id)

    days = await FigureService(opened, NO_GROUPS).breakdown(
        acts, Wanted(START, START + DAY * 31, Period.DAY)
    )
    await opened.close()

    assert [each.sums.on_demand.known for each in days.value.rows] == [24, 6]


async def forget_a_day(database: Database, company: UUID) -> None:
    async with database.transaction(Acting(scopes.company(company))) as tx:
        first = cost_hour_parts.c.part == 0
        await tx.execute(update(cost_hour_parts).where(first).values(daily=null()))
