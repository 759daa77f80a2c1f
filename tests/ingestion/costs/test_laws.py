"""Laws that hold for every bill, however it is grouped and filtered."""

import tempfile
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ingestion.costs.small_lake import Line, SmallLake, a_lake, a_line

from finops_ingestion.costs.domain import (
    COLUMN_OF,
    Costs,
    Days,
    Dimension,
    Filter,
    Question,
    dimension_of,
)
from finops_ingestion.costs.engine import DuckEngine

OCTOBER = Days(date(2026, 10, 1), date(2026, 11, 1))
DIMENSIONS = tuple(
    map(dimension_of, ("service", "account", "region", "tag:team", "cost_category:Unit"))
)
VALUES = ("a", "b", None)
TAGS = st.dictionaries(st.sampled_from(["team", "costCategory/Unit"]), st.sampled_from("ab"))
LINES = st.lists(
    st.builds(
        lambda cost, hour, tags, service, account, region, currency: a_line(
            str(cost),
            at=(datetime(2026, 9, 25) + timedelta(hours=hour)).isoformat(),  # noqa: DTZ001 - tables have no zones
            tags=tags,
            service=service,
            account_id=account,
            region=region,
            currency=currency,
        ),
        st.decimals("-1000", "1000", places=12),
        st.integers(0, 24 * 45),
        TAGS,
        *[st.sampled_from(VALUES)] * 3,
        st.sampled_from(["USD", "KRW"]),
    ),
    max_size=25,
)
BY = st.lists(st.sampled_from(DIMENSIONS), min_size=1, max_size=2, unique=True).map(tuple)
FILTERS = st.lists(
    st.builds(
        Filter,
        st.sampled_from(DIMENSIONS),
        st.lists(st.sampled_from(VALUES), max_size=2, unique=True).map(tuple),
        st.booleans(),
    ),
    max_size=3,
).map(tuple)
Sums = dict[str, Decimal]


def value_of(line: Line, dimension: Dimension) -> str | None:
    if dimension.tag_key is not None:
        return line["tags"].get(dimension.tag_key)
    return line[COLUMN_OF[dimension.kind]]


def passes(line: Line, wanted: Filter) -> bool:
    value = value_of(line, wanted.dimension)
    found = value in wanted.values if wanted.values else value is not None
    return found is not wanted.excluded


def counted(lines: Iterable[Line], filters: Iterable[Filter]) -> list[Line]:
    return [
        line
        for line in lines
        if OCTOBER.start <= line["charge_start"].date() < OCTOBER.end
        and all(passes(line, each) for each in filters)
    ]


def plain_sums(lines: Iterable[Line]) -> Sums:
    sums: Sums = defaultdict(Decimal)
    for line in lines:
        sums[line["currency"]] += line["effective_cost"]
    return dict(sums)


def added(*amounts: tuple[str, Decimal]) -> Sums:
    sums: Sums = defaultdict(Decimal)
    for currency, cost in amounts:
        sums[currency] += cost
    return dict(sums)


def nonzero(sums: Sums) -> Sums:
    return {currency: cost for currency, cost in sums.items() if cost}


def ask(duck: DuckEngine, lines: list[Line], question: Question) -> Costs:
    with tempfile.TemporaryDirectory() as folder:
        half = len(lines) // 2
        lake: SmallLake = a_lake(Path(folder), lines[:half], lines[half:])
        return lake.ask(duck, question)


@pytest.mark.req("ING-30", part="groups and rest are the totals, cells are their groups")
@settings(max_examples=25, deadline=None)
@given(LINES, BY, FILTERS, st.integers(1, 3), st.sampled_from(["month", "day", "hour"]))
def test_groups_rest_and_cells_add_up_to_what_the_lines_cost(
    duck: DuckEngine,
    lines: list[Line],
    by: tuple[Dimension, ...],
    filters: tuple[Filter, ...],
    top: int,
    granularity: str,
) -> None:
    question = Question(OCTOBER, by=by, filters=filters, top=top, granularity=granularity)

    found = ask(duck, lines, question)

    assert found.totals == plain_sums(counted(lines, filters))
    shown = [(group.currency, group.cost) for group in found.groups]
    assert added(*shown, *found.rest.items()) == found.totals
    assert added(*((cell.currency, cell.cost) for cell in found.cells)) == found.totals
    for group in found.groups:
        cells = [cell.cost for cell in found.cells if cell.group == group]
        assert sum(cells, Decimal(0)) == group.cost
    rest = [(cell.currency, cell.cost) for cell in found.cells if cell.group is None]
    assert added(*rest) == found.rest


@pytest.mark.req("ING-30", part="a filter leaves of each group what it says")
@settings(max_examples=15, deadline=None)
@given(LINES, st.permutations(DIMENSIONS), st.sampled_from(VALUES), st.booleans())
def test_filtering_and_grouping_may_change_places(
    duck: DuckEngine, lines: list[Line], some: list[Dimension], value: str | None, excluded: bool
) -> None:
    by, other = some[:2]

    filtered = Question(OCTOBER, by=(by,), filters=(Filter(other, (value,), excluded),), top=50)
    first = ask(duck, lines, filtered)
    grouped = ask(duck, lines, Question(OCTOBER, by=(by, other), top=50))

    kept = [g for g in grouped.groups if (g.values[1] == value) is not excluded]
    together: dict[tuple[str, str | None], Decimal] = defaultdict(Decimal)
    for group in kept:
        together[group.currency, group.values[0]] += group.cost
    assert {(g.currency, g.values[0]): g.cost for g in first.groups} == together


@pytest.mark.req("ING-30", part="compared days are what they are when asked for alone")
@settings(max_examples=12, deadline=None)
@given(LINES, BY, st.integers(1, 3))
def test_comparing_changes_no_figure(
    duck: DuckEngine, lines: list[Line], by: tuple[Dimension, ...], top: int
) -> None:
    half = Days(date(2026, 10, 16), date(2026, 11, 1))
    first = Days(date(2026, 10, 1), date(2026, 10, 16))
    compared = ask(duck, lines, Question(half, by=by, top=50, granularity="day", against=first))
    now = ask(duck, lines, Question(half, by=by, top=50, granularity="day"))
    then = ask(duck, lines, Question(first, by=by, top=50))

    assert nonzero(dict(compared.totals)) == nonzero(dict(now.totals))
    assert nonzero(dict(compared.totals_before)) == nonzero(dict(then.totals))
    before = {(g.currency, g.values): g.cost for g in then.groups}
    for group in compared.groups:
        assert group.before == before.get((group.currency, group.values), 0)
    times = [(c.start, c.currency, c.cost) for c in compared.cells]
    assert times == [(c.start, c.currency, c.cost) for c in now.cells]


@pytest.mark.req("ING-30", part="records and line items say the same")
@settings(max_examples=12, deadline=None)
@given(LINES, st.sampled_from(["day", "hour"]))
def test_hourly_records_and_line_items_answer_alike(
    duck: DuckEngine, lines: list[Line], granularity: str
) -> None:
    service = dimension_of("service")
    everything = (Filter(dimension_of("resource"), (None,)),)

    records = ask(duck, lines, Question(OCTOBER, by=(service,), granularity=granularity))
    items = ask(
        duck, lines, Question(OCTOBER, by=(service,), granularity=granularity, filters=everything)
    )

    assert records == items
