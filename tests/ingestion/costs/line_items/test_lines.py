"""Lines of a bill are listed whole, each once, however the pages are cut."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from tests.ingestion.costs.small_lake import SOURCE, SmallLake, a_lake, a_line

from finops_ingestion.costs.domain import Days, Filter, dimension_of
from finops_ingestion.costs.engine import DuckEngine
from finops_ingestion.costs.line_items.domain import LineItem, Wanted
from finops_ingestion.costs.line_items.query import line_of, lines_statement

AUTUMN = Days(date(2026, 10, 1), date(2026, 12, 1))


def pages(duck: DuckEngine, lake: SmallLake, wanted: Wanted) -> Iterator[list[LineItem]]:
    while True:
        rows = lake.rows(duck, lines_statement(wanted))
        found = [line_of(row) for row in rows[: wanted.limit]]
        yield [item for item, _ in found]
        if len(rows) <= wanted.limit:
            return
        wanted = replace(wanted, after=found[-1][1])


@pytest.mark.req("ING-33", part="line items of a resource, with their tags")
def test_a_resources_lines_say_all_that_the_bill_says(duck: DuckEngine, tmp_path: Path) -> None:
    tags = {"team": "web", "costCategory/Unit": "Shop"}
    line = a_line("1.5", resource_id="i-1", tags=tags, usage_quantity=Decimal("0.25"))
    lake = a_lake(tmp_path, [line, a_line(resource_id="i-2"), a_line()])
    mine = Filter(dimension_of("resource"), ("i-1",))

    ((item,),) = pages(duck, lake, Wanted(AUTUMN, (mine,)))

    assert item.charge_start == datetime(2026, 10, 5, 7, tzinfo=UTC)
    assert (item.billing_period, item.billing_source_id) == (date(2026, 10, 1), SOURCE)
    assert (item.effective_cost, item.usage_quantity) == (Decimal("1.5"), Decimal("0.25"))
    assert (item.tags, item.cost_categories) == ({"team": "web"}, {"Unit": "Shop"})
    assert (item.list_cost, item.sku_id) == (None, None)


@pytest.mark.req("ING-33", part="pages hold every line once, by time")
@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("limit", [1, 3, 50])
def test_pages_hold_every_line_once(
    limit: int, newest_first: bool, duck: DuckEngine, tmp_path: Path
) -> None:
    # Of most nothing tells them apart but the row they stand in.
    october = [a_line() for _ in range(7)] + [a_line(at="2026-10-02T00:00")]
    lake = a_lake(tmp_path, october, [a_line() for _ in range(4)])

    found = list(pages(duck, lake, Wanted(AUTUMN, newest_first=newest_first, limit=limit)))

    times = [item.charge_start for page in found for item in page]
    assert times == sorted(times, reverse=newest_first)
    assert len(times) == 12
    assert all(len(page) == limit for page in found[:-1])


def test_lines_of_months_that_share_a_tag_set_are_not_doubled(
    duck: DuckEngine, tmp_path: Path
) -> None:
    tagged = [a_line(tags={"team": "web"})]
    lake = a_lake(tmp_path, tagged, tagged)

    (found,) = pages(duck, lake, Wanted(AUTUMN))

    assert [item.tags for item in found] == [{"team": "web"}] * 2
