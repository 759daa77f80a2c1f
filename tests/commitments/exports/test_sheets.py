"""What exports hold is what the figures say, in the order that was asked for, in little memory."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.commitments.exports import growth

from finops_commitments.exports.columns import AMOUNT, TEXT, Column, batches_of, kind_of, schema_of
from finops_commitments.exports.sheets import INVENTORY, RECOMMENDATIONS, figure_columns
from finops_commitments.exports.spool import Spool, ordered
from finops_commitments.figures.domain import Group, Period
from finops_commitments.figures.measures import figure_batches, figures, figures_of
from finops_commitments.figures.records import ALL, Filters, HourlyRecords

SCHEMA = pa.schema([("amount", pa.decimal128(38, 12)), ("place", pa.int64())])


@pytest.mark.req("COM-50", part="sorted by any column, unknown last")
@given(st.lists(st.one_of(st.none(), st.integers(-3, 3))), st.booleans())
def test_rows_are_sorted_with_unknown_last_and_alike_in_their_order(
    amounts: list[int | None], falling: bool
) -> None:
    rows = [{"amount": amount, "place": place} for place, amount in enumerate(amounts)]
    batches = [
        pa.RecordBatch.from_pylist(rows[at : at + 2], SCHEMA) for at in range(0, len(rows), 2)
    ]

    found = [
        (row["amount"], row["place"])
        for batch in ordered(SCHEMA, batches, "-amount" if falling else "amount")
        for row in batch.to_pylist()
    ]

    known = [(each, place) for place, each in enumerate(amounts) if each is not None]
    unknown = [(None, place) for place, each in enumerate(amounts) if each is None]
    assert found == [*sorted(known, key=lambda row: -row[0] if falling else row[0]), *unknown]


@pytest.mark.req("COM-50", part="cells are typed")
def test_amounts_are_told_as_the_api_tells_them() -> None:
    third = Decimal(1) / 3
    columns: list[Column[Decimal]] = [
        Column("used_percent", AMOUNT, lambda value: value),
        Column("used", AMOUNT, lambda value: value),
        Column("idle", TEXT, lambda value: value > 1),
    ]

    (batch,) = batches_of(columns, [third])

    assert batch.to_pylist() == [
        {
            "used_percent": Decimal("0.33333333"),
            "used": Decimal("0.333333333333"),
            "idle": "false",
        }
    ]


@pytest.mark.req("COM-50", part="cells are typed")
def test_columns_have_the_types_of_the_api_s_fields() -> None:
    utilization = figure_columns("utilization", (Group.SERVICE,), ())
    kinds = {each.name: each.type for each in (*schema_of(utilization), *schema_of(INVENTORY))} | {
        each.name: each.kind for each in RECOMMENDATIONS
    }

    assert kinds["used"] == kinds["hourly_commitment"] == kinds["upfront"] == AMOUNT
    assert kinds["period_start"] == kinds["ends_at"] == pa.timestamp("us", "UTC")
    assert kinds["offers_dated"] == pa.date32()
    assert kinds["service"] == kinds["currency"] == kinds["stale_offers"] == TEXT
    assert kind_of(date | None) == pa.date32()


@pytest.mark.req("COM-50", part="many rows are summed in parts and stay the same")
def test_many_cells_come_out_as_the_figures_have_them() -> None:
    records = growth.many_records(60)  # 43,200 cells by hour: three parts
    inside = Filters(
        since=growth.FIRST + timedelta(minutes=30), until=datetime(2026, 10, 30, 7, tzinfo=UTC)
    )

    for filters, group in ((ALL, (Group.COMMITMENT,)), (inside, (Group.COMMITMENT, Group.ACCOUNT))):
        with ExitStack() as held:
            spool = Spool(held)
            spool.write(figure_batches(records, Period.HOUR, group, filters, 4096))
            found = [
                cell for batch in spool.batches() for cell in figures_of(batch, Period.HOUR, group)
            ]

        assert found == figures(records, Period.HOUR, group, filters)
        assert len(found) > 40_000
    records.close()


@pytest.mark.req("COM-50", part="nothing is nothing")
def test_no_records_are_no_rows(records_of: Callable[..., HourlyRecords]) -> None:
    with ExitStack() as held:
        spool = Spool(held)
        spool.write(figure_batches(records_of([]), Period.DAY, (), ALL, 10))

        assert list(spool.batches()) == []


@pytest.mark.req("COM-50", part="memory is flat, however many rows")
@pytest.mark.parametrize(("form", "sort"), [("csv", ""), ("xlsx", "-used")])
@pytest.mark.timeout(120)
def test_the_process_grows_little_however_many_rows(form: str, sort: str) -> None:
    run: list[Any] = [sys.executable, "-m", growth.__name__, "100000", form, sort]

    done = subprocess.run(run, capture_output=True, text=True, check=True)  # noqa: S603 - our own script

    grown, seconds = map(float, done.stdout.split())
    assert grown < 160  # all rows at once: twice as much
    assert seconds < 40  # about 6 alone; beside other tests longer
