"""Cost queries say exactly what the records hold, however they are cut."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from finops_ingestion.costs.domain import Question
from finops_ingestion.costs.query import CostEngine

MONEY = pa.decimal128(38, 12)
OCTOBER = {"start": date(2026, 10, 1), "end": date(2026, 11, 1)}


@pytest.fixture(scope="module")
def engine() -> Iterator[CostEngine]:
    engine = CostEngine(memory_mb=256, threads=1)
    yield engine
    engine.close()


def a_record(cost: str = "1", **facts: object) -> dict[str, Any]:
    return {
        "hour": datetime(2026, 10, 5, 7, tzinfo=UTC),
        "account_id": "111111111111",
        "service": "AmazonEC2",
        "region": "us-east-1",
        "currency": "USD",
        "effective_cost": Decimal(cost),
        "billed_cost": Decimal(0),
        "list_cost": None,
        "contracted_cost": None,
        **facts,
    }


def file_of(folder: Path, *records: dict[str, Any]) -> Path:
    text = [(name, pa.string()) for name in ("account_id", "service", "region", "currency")]
    costs = [(f"{name}_cost", MONEY) for name in ("effective", "billed", "list", "contracted")]
    schema = pa.schema([("hour", pa.timestamp("us", "UTC")), *text, *costs])
    path = folder / f"{len(list(folder.iterdir()))}.parquet"
    pq.write_table(pa.Table.from_pylist(list(records), schema), path)
    return path


@pytest.mark.req("ING-30", part="by day, account, service, region; top n with rest, totals, share")
def test_the_largest_groups_are_shown_and_the_rest_is_summed(
    engine: CostEngine, tmp_path: Path
) -> None:
    file = file_of(
        tmp_path,
        a_record("5"),
        a_record("3", service="AmazonS3"),
        a_record("2", service="AWSLambda", hour=datetime(2026, 10, 6, tzinfo=UTC)),
    )

    found = engine.ask(Question(**OCTOBER, by=("service",), granularity="day", top=1), [file])

    assert found.totals == {"USD": 10}
    assert [(g.values, g.cost, g.share) for g in found.groups] == [
        (("AmazonEC2",), 5, Decimal("0.5"))
    ]
    assert found.rest == {"USD": 5}
    cells = [
        (c.start.day if c.start else 0, c.group.values if c.group else None, c.cost)
        for c in found.cells
    ]
    assert cells == [(5, ("AmazonEC2",), 5), (5, None, 3), (6, None, 2)]


@pytest.mark.req("ING-30", part="filters on account, service, region; metrics")
def test_filters_and_metric_choose_what_is_counted(engine: CostEngine, tmp_path: Path) -> None:
    file = file_of(
        tmp_path,
        a_record("5", billed_cost=Decimal(7)),
        a_record("3", billed_cost=Decimal(11), region=None),
        a_record("2", billed_cost=Decimal(13), account_id="222222222222"),
    )
    mine = {"account": ("111111111111",), "region": ("us-east-1",)}

    found = engine.ask(Question(**OCTOBER, metric="billed", filters=mine), [file])

    assert found.totals == {"USD": 7}


def test_currencies_are_never_added_up(engine: CostEngine, tmp_path: Path) -> None:
    file = file_of(tmp_path, a_record("5"), a_record("7000", currency="KRW"))

    found = engine.ask(Question(**OCTOBER, by=("account",)), [file])

    assert found.totals == {"USD": 5, "KRW": 7000}
    assert [(g.currency, g.share) for g in found.groups] == [("KRW", 1), ("USD", 1)]


def test_what_has_no_region_is_a_group_of_its_own(engine: CostEngine, tmp_path: Path) -> None:
    file = file_of(tmp_path, a_record("1", region=None))

    found = engine.ask(Question(**OCTOBER, by=("region",), granularity="month"), [file])

    assert [group.values for group in found.groups] == [(None,)]
    assert [cell.group for cell in found.cells] == list(found.groups)


def test_the_last_day_asked_for_is_not_in_it(engine: CostEngine, tmp_path: Path) -> None:
    file = file_of(tmp_path, a_record("1", hour=datetime(2026, 11, 1, tzinfo=UTC)))

    assert engine.ask(Question(**OCTOBER), [file]).totals == {}


RECORDS = st.lists(
    st.builds(
        lambda cost, hour, service, account: a_record(
            str(cost),
            hour=datetime(2026, 10, 1, tzinfo=UTC) + timedelta(hours=hour),
            service=service,
            account_id=account,
        ),
        st.decimals("-1000", "1000", places=12),
        st.integers(0, 743),
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(["1", "2", None]),
    ),
    max_size=30,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(RECORDS, st.integers(1, 4))
def test_groups_rest_and_cells_each_add_up_to_the_total(
    engine: CostEngine, tmp_path: Path, records: list[dict[str, Any]], top: int
) -> None:
    file = file_of(tmp_path, *records)
    total = sum((record["effective_cost"] for record in records), Decimal(0))

    question = Question(**OCTOBER, by=("service", "account"), granularity="day", top=top)
    found = engine.ask(question, [file])

    assert sum(found.totals.values()) == total
    shown = sum((group.cost for group in found.groups), Decimal(0))
    assert shown + sum(found.rest.values()) == total
    assert sum((cell.cost for cell in found.cells), Decimal(0)) == total
