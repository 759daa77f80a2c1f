"""Cost queries say exactly what the bills hold, however they are cut."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from tests.ingestion.costs.small_lake import a_lake, a_line

from finops_ingestion.costs.domain import Days, Filter, Question, dimension_of, percent_of, share_of
from finops_ingestion.costs.engine import DuckEngine, TooMuchError

OCTOBER = Days(date(2026, 10, 1), date(2026, 11, 1))
SERVICE, TEAM = dimension_of("service"), dimension_of("tag:team")


@pytest.mark.req("ING-30", part="by day, account, service, region; top n with rest, totals, share")
def test_the_largest_groups_are_shown_and_the_rest_is_summed(
    duck: DuckEngine, tmp_path: Path
) -> None:
    lake = a_lake(
        tmp_path,
        [
            a_line("5"),
            a_line("3", service="AmazonS3"),
            a_line("2", service="AWSLambda", at="2026-10-06T00:00"),
        ],
    )

    found = lake.ask(duck, Question(OCTOBER, by=(SERVICE,), granularity="day", top=1))

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
def test_filters_and_metric_choose_what_is_counted(duck: DuckEngine, tmp_path: Path) -> None:
    lake = a_lake(
        tmp_path,
        [
            a_line("5", billed_cost=Decimal(7)),
            a_line("3", billed_cost=Decimal(11), region=None),
            a_line("2", billed_cost=Decimal(13), account_id="222222222222"),
        ],
    )
    mine = (
        Filter(dimension_of("account"), ("111111111111",)),
        Filter(dimension_of("region"), ("us-east-1",)),
    )

    found = lake.ask(duck, Question(OCTOBER, metric="billed", filters=mine))

    assert found.totals == {"USD": 7}


@pytest.mark.req("ING-30", part="by and filtered on SKU, charge category, commitment status")
@pytest.mark.parametrize(
    ("dimension", "column", "values"),
    [
        ("sku", "sku_id", ("ABC", None)),
        ("charge_category", "charge_category", ("Tax", "Credit")),
        ("commitment_status", "commitment_status", ("Unused", None)),
        ("pricing_category", "pricing_category", ("Committed", None)),
        ("operating_system", "platform", ("Linux", None)),
        ("instance_family", "family", ("m5", None)),
        ("payer", "payer_account_id", ("1", "2")),
        ("resource", "resource_id", ("i-1", None)),
    ],
)
def test_every_fact_of_a_line_groups_and_filters(
    dimension: str, column: str, values: tuple[str, str | None], duck: DuckEngine, tmp_path: Path
) -> None:
    first, second = values
    lake = a_lake(tmp_path, [a_line("5", **{column: first}), a_line("3", **{column: second})])
    by = dimension_of(dimension)

    grouped = lake.ask(duck, Question(OCTOBER, by=(by,)))
    others = lake.ask(duck, Question(OCTOBER, filters=(Filter(by, (first,), excluded=True),)))

    assert [(group.values, group.cost) for group in grouped.groups] == [
        ((first,), 5),
        ((second,), 3),
    ]
    assert others.totals == {"USD": 3}


@pytest.mark.req("ING-30", part="by tag and cost category, untagged as a group of its own")
def test_tags_and_cost_categories_are_dimensions(duck: DuckEngine, tmp_path: Path) -> None:
    shop = {"team": "web", "costCategory/Unit": "Shop"}
    lake = a_lake(
        tmp_path,
        [a_line("5", tags=shop), a_line("3", tags={"team": "web"})],
        [a_line("2", tags=shop), a_line("1")],
    )
    by = (TEAM, dimension_of("cost_category:Unit"))

    found = lake.ask(duck, Question(OCTOBER, by=by))

    assert [(group.values, group.cost) for group in found.groups] == [
        (("web", "Shop"), 7),
        (("web", None), 3),
        ((None, None), 1),
    ]


@pytest.mark.req("ING-30", part="a tag that nobody has is an empty answer")
def test_a_tag_that_nobody_has_leaves_nothing(duck: DuckEngine, tmp_path: Path) -> None:
    lake = a_lake(tmp_path, [a_line()])

    found = lake.ask(duck, Question(OCTOBER, by=(SERVICE,), filters=(Filter(TEAM, ("web",)),)))

    assert (found.totals, found.groups) == ({}, ())


@pytest.mark.req("ING-30", part="period comparison")
def test_groups_say_what_they_cost_before(duck: DuckEngine, tmp_path: Path) -> None:
    lake = a_lake(
        tmp_path,
        [
            a_line("5"),
            a_line("4", at="2026-09-30T23:59"),
            a_line("9", service="AmazonS3", at="2026-09-01T00:00"),
            a_line("100", at="2026-08-31T23:00"),
        ],
    )

    found = lake.ask(
        duck, Question(OCTOBER, by=(SERVICE,), granularity="day", against=OCTOBER.before(), top=1)
    )

    assert [(group.values, group.cost, group.before) for group in found.groups] == [
        (("AmazonEC2",), 5, 4)
    ]
    assert (found.totals, found.totals_before) == ({"USD": 5}, {"USD": 13})
    assert (found.rest, found.rest_before) == ({"USD": 0}, {"USD": 9})
    assert [(cell.start.day, cell.cost) for cell in found.cells if cell.start] == [(5, 5)]


@pytest.mark.req("ING-30", part="the days before, whole months for whole months")
@pytest.mark.parametrize(
    ("days", "before"),
    [
        (("2026-10-01", "2026-11-01"), ("2026-09-01", "2026-10-01")),
        (("2026-01-01", "2026-04-01"), ("2025-10-01", "2026-01-01")),
        (("2026-10-05", "2026-10-12"), ("2026-09-28", "2026-10-05")),
        (("2026-10-01", "2026-10-05"), ("2026-09-27", "2026-10-01")),
    ],
)
def test_what_comes_before_some_days(days: tuple[str, str], before: tuple[str, str]) -> None:
    asked, expected = (Days(*map(date.fromisoformat, each)) for each in (days, before))

    assert asked.before() == expected


def test_currencies_are_never_added_up(duck: DuckEngine, tmp_path: Path) -> None:
    lake = a_lake(tmp_path, [a_line("5"), a_line("7000", currency="KRW")])

    found = lake.ask(duck, Question(OCTOBER, by=(dimension_of("account"),)))

    assert found.totals == {"USD": 5, "KRW": 7000}
    assert [(g.currency, g.share) for g in found.groups] == [("KRW", 1), ("USD", 1)]


def test_the_last_day_asked_for_is_not_in_it(duck: DuckEngine, tmp_path: Path) -> None:
    lake = a_lake(tmp_path, [a_line("1", at="2026-11-01T00:00")])

    assert lake.ask(duck, Question(OCTOBER)).totals == {}


def test_sums_are_exact_where_they_have_more_digits_than_pythons_decimals(
    duck: DuckEngine, tmp_path: Path
) -> None:
    large, small = "999999999999999.000000000001", "0.000000000001"
    lake = a_lake(tmp_path, [a_line(large)] * 99 + [a_line(small, service="AmazonS3")])

    found = lake.ask(duck, Question(OCTOBER, by=(SERVICE,)))

    assert str(found.totals["USD"]) == "98999999999999901.000000000100"


def test_shares_of_next_to_nothing_are_numbers_too() -> None:
    huge, least = Decimal(999999999999999), Decimal("0.000000000001")

    assert share_of(huge, least) == huge / least
    assert percent_of(-huge, least) == -huge / least * 100
    assert percent_of(Decimal(1), Decimal(-4)) == 25
    assert percent_of(Decimal(1), Decimal(0)) is None


def test_what_does_not_fit_into_memory_is_refused(tmp_path: Path) -> None:
    lake = a_lake(tmp_path, [a_line(resource_id=f"i-{number}") for number in range(20_000)])
    small = DuckEngine(memory_mb=1, threads=1)

    with closing(small), pytest.raises(TooMuchError):
        lake.ask(small, Question(OCTOBER, by=(dimension_of("resource"),)))


def test_questions_asked_at_once_see_their_own_bills(duck: DuckEngine, tmp_path: Path) -> None:
    lakes = []
    for cost in range(1, 9):
        folder = tmp_path / str(cost)
        folder.mkdir()
        lakes.append(a_lake(folder, [a_line(str(cost))]))

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda lake: lake.ask(duck, Question(OCTOBER)), lakes * 3))

    assert [each.totals["USD"] for each in found] == [*range(1, 9)] * 3
