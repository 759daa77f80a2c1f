"""Converted costs: each day by its own rate, exact, the same on two engines."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal, localcontext
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ingestion.costs.clickhouse import ClickHouseEngine
from tests.ingestion.costs.small_lake import SmallLake, a_lake, a_line
from tests.ingestion.costs.test_laws import LINES, OCTOBER, ask, nonzero

from finops_common.money import WIDE
from finops_ingestion.costs.currencies.domain import Conversion, Pair, Rate, held_in
from finops_ingestion.costs.domain import Days, Filter, Question, Rule, dimension_of
from finops_ingestion.costs.engine import DuckEngine, TooMuchError

SERVICE, TEAM = dimension_of("service"), dimension_of("tag:team")
GROUP = replace(
    dimension_of("cost_group"), rules=(Rule("web", (Filter(TEAM, ("web",)),)), Rule("rest"))
)
AUTUMN = Days(date(2026, 10, 1), date(2026, 12, 1))
MID = date(2026, 10, 15)
RATES = (
    Rate(Pair("USD", "KRW", date(2026, 9, 1)), Decimal("1387.1234567891"), "ECB"),
    Rate(Pair("USD", "KRW", MID), Decimal("1402.5"), "ECB"),
    Rate(Pair("JPY", "KRW", date(2026, 10, 20)), Decimal("0.0000000001"), "bank"),
)


def into_krw(days: Days, rates: tuple[Rate, ...] = RATES) -> Conversion:
    return Conversion("KRW", held_in(rates, days.start, days.end))


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> SmallLake:
    october = [
        a_line("2", tags={"team": "web"}),
        a_line("0.000000000001", at="2026-10-14T23:59:59.999999"),
        a_line("2", service="AmazonS3", at="2026-10-15T00:00"),
        a_line("7000", service="AmazonS3", currency="KRW"),
        a_line("3", currency="JPY", tags={"team": "web"}),
        a_line("3", currency="JPY", at="2026-10-20T00:00"),
        a_line("9", currency="EUR"),
    ]
    november = [a_line("-1.5", at="2026-11-02T00:00"), a_line("1", at="2026-11-30T23:30")]
    return a_lake(tmp_path_factory.mktemp("lake"), october, november)


QUESTIONS = {
    "totals": Question(AUTUMN, granularity="total"),
    "by day and service": Question(AUTUMN, granularity="day", by=(SERVICE,), top=1),
    "by hour": Question(Days(MID - timedelta(days=5), MID), granularity="hour"),
    "by tag": Question(AUTUMN, by=(TEAM,)),
    "by cost group": Question(AUTUMN, by=(GROUP,)),
    "one currency": Question(AUTUMN, by=(SERVICE,), currency="USD"),
    "compared": Question(
        Days(MID, date(2026, 12, 1)), by=(SERVICE,), against=Days(date(2026, 10, 1), MID)
    ),
}


@pytest.mark.req("ING-16", part="converted by the rate of the day, exactly")
@pytest.mark.req("ING-30", part="currency of choice")
def test_each_day_is_converted_by_its_rate_and_what_has_none_stays(
    lake: SmallLake, duck: DuckEngine
) -> None:
    question = Question(AUTUMN, granularity="total", conversion=into_krw(AUTUMN))

    totals = lake.ask(duck, question).totals

    early, late = (each.rate for each in RATES[:2])
    usd = (2 + Decimal("1e-12")) * early + (2 - Decimal("1.5") + 1) * late
    assert totals == {
        "KRW": 7000 + usd + 3 * Decimal("1e-10"),
        "JPY": 3,  # of the days before there is a rate
        "EUR": 9,
    }


@pytest.mark.req("ING-16", part="converted alike on another engine")
@pytest.mark.parametrize("name", QUESTIONS)
def test_engines_convert_alike(
    name: str, lake: SmallLake, duck: DuckEngine, clickhouse: ClickHouseEngine
) -> None:
    question = replace(QUESTIONS[name], conversion=into_krw(QUESTIONS[name].span))

    ours, theirs = lake.ask(duck, question), lake.ask(clickhouse, question)

    assert ours == theirs
    assert "KRW" in ours.totals


@settings(max_examples=40, deadline=None)
@given(
    lines=LINES,
    rates=st.lists(
        st.decimals("0.0000000001", "2000", places=10), min_size=1, max_size=4, unique=True
    ),
    by=st.sampled_from([(), (SERVICE,), (TEAM,), (GROUP,)]),
)
def test_converted_sums_are_the_days_times_their_rates(
    lines: list[dict[str, object]],
    rates: list[Decimal],
    by: tuple,  # type: ignore[type-arg]
    duck: DuckEngine,
) -> None:
    stated = tuple(
        Rate(Pair("USD", "KRW", date(2026, 9, 28) + timedelta(days=9 * place)), rate, "bank")
        for place, rate in enumerate(rates)
    )
    question = Question(OCTOBER, by=by, top=1, conversion=into_krw(OCTOBER, stated))

    found = ask(duck, lines, question)

    # Python's own context would round sums at 28 digits.
    with localcontext(WIDE):
        expected: dict[str, Decimal] = defaultdict(Decimal)
        for line in lines:
            day = line["charge_start"].date()  # type: ignore[attr-defined]
            if not OCTOBER.start <= day < OCTOBER.end:
                continue
            rate = next(
                (each.rate for each in reversed(stated) if each.of.since <= day), Decimal(1)
            )
            rated = line["currency"] == "KRW" or any(each.of.since <= day for each in stated)
            factor = rate if line["currency"] == "USD" else Decimal(1)
            expected["KRW" if rated else "USD"] += line["effective_cost"] * factor  # type: ignore[operator]
        assert nonzero(dict(found.totals)) == nonzero(expected)
        shown = sum(group.cost for group in found.groups) + sum(found.rest.values())
        assert not by or shown == sum(found.totals.values())


def test_amounts_beyond_the_digits_are_refused_not_cut(tmp_path: Path, duck: DuckEngine) -> None:
    lake = a_lake(tmp_path, [a_line("99999999999999")])
    question = Question(AUTUMN, conversion=into_krw(AUTUMN))

    with pytest.raises(TooMuchError):
        lake.ask(duck, question)
