"""The month's forecast: what holds for any costs, and what it says of plain ones."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_ingestion.costs.domain import Days
from finops_ingestion.costs.overview.domain import Forecast, forecast, known_before, month_from

TODAY = date(2026, 11, 22)
COSTS = st.decimals("0", "100000", places=12)


def daily(start: date, end: date, cost: str = "10") -> dict[date, Decimal]:
    return {start + timedelta(days=n): Decimal(cost) for n in range((end - start).days)}


@pytest.mark.req("ING-32", part="forecast to month end with band")
def test_even_days_go_on_as_they_were_without_a_band() -> None:
    found = forecast(daily(date(2026, 9, 1), TODAY), TODAY, TODAY)

    assert found == Forecast(
        Decimal(300), Decimal(300), Decimal(300), Days(date(2026, 9, 27), TODAY)
    )


@pytest.mark.req("ING-32", part="forecast by weekday")
def test_quiet_weekends_stay_quiet() -> None:
    days = {
        day: Decimal(1) if day.weekday() > 4 else cost
        for day, cost in daily(date(2026, 9, 1), TODAY).items()
    }

    found = forecast(days, TODAY, TODAY)

    # From Sunday the 22nd on: three days of weekends, six others.
    assert isinstance(found, Forecast)
    so_far = sum(cost for day, cost in days.items() if day.month == 11)
    assert found.cost == so_far + 3 * 1 + 6 * 10


def test_a_fee_once_a_month_is_counted_once() -> None:
    days = daily(date(2026, 9, 1), TODAY) | {date(2026, 11, 1): Decimal(1010)}

    found = forecast(days, TODAY, TODAY)

    assert isinstance(found, Forecast)
    assert found.cost == 1300
    assert found.low < found.cost < found.high


def test_a_day_known_in_part_costs_what_is_usual_or_more() -> None:
    before = daily(date(2026, 9, 1), TODAY)

    little = forecast(before | {TODAY: Decimal(3)}, TODAY, TODAY)
    much = forecast(before | {TODAY: Decimal(30)}, TODAY, TODAY)

    assert isinstance(little, Forecast)
    assert isinstance(much, Forecast)
    assert (little.cost, much.cost) == (300, 320)


def test_bills_that_lag_leave_more_days_to_expect() -> None:
    found = forecast(daily(date(2026, 9, 1), date(2026, 10, 30)), TODAY, date(2026, 10, 30))

    assert isinstance(found, Forecast)
    assert found.cost == 300


@pytest.mark.req("ING-32", part="no forecast from too little, and why")
@pytest.mark.parametrize("history", [0, 1, 13])
def test_two_weeks_are_the_least(history: int) -> None:
    days = daily(TODAY - timedelta(days=history), TODAY)

    assert forecast(days, TODAY, TODAY) == "too-little-history"


@pytest.mark.req("ING-32", part="a forecast is never less than the cost so far")
@given(
    st.lists(COSTS, min_size=14, max_size=80),
    st.integers(0, 5),
    st.dates(date(2026, 1, 1), date(2026, 12, 31)),
)
def test_without_credits_a_month_costs_at_least_what_it_has_cost(
    costs: list[Decimal], lag: int, today: date
) -> None:
    days = {today - timedelta(days=n): cost for n, cost in enumerate(costs)}

    month = month_from("USD", days, today, today - timedelta(days=lag))

    if isinstance(month.forecast, Forecast):
        assert month.to_date <= month.forecast.low <= month.forecast.cost <= month.forecast.high
    else:
        assert len(costs) - lag - 1 < 14


@given(
    st.lists(st.decimals("-1000", "1000", places=12), min_size=14, max_size=80), st.integers(1, 9)
)
def test_twice_the_costs_are_twice_the_forecast(costs: list[Decimal], times: int) -> None:
    days = {TODAY - timedelta(days=n): cost.quantize(Decimal(1)) for n, cost in enumerate(costs)}
    more = {day: cost * times for day, cost in days.items()}

    one, many = forecast(days, TODAY, TODAY), forecast(more, TODAY, TODAY)

    assert isinstance(one, Forecast) is isinstance(many, Forecast)
    if isinstance(one, Forecast) and isinstance(many, Forecast) and min(costs) >= 0:
        assert abs(many.cost - one.cost * times) < 1


@pytest.mark.req("ING-32", part="cost this month and last")
def test_a_month_is_counted_until_today_and_the_last_one_whole() -> None:
    days = daily(date(2026, 10, 1), date(2026, 12, 1), "2")

    month = month_from("USD", days, TODAY, "bills-too-old")

    assert (month.to_date, month.last_month, month.forecast) == (44, 62, "bills-too-old")


def test_a_silent_source_holds_no_other_up() -> None:
    now = datetime(2026, 11, 22, 6, tzinfo=UTC)
    ended, behind, prompt = (uuid4() for _ in range(3))
    newest: dict[UUID, datetime] = {
        ended: now - timedelta(days=40),
        behind: now - timedelta(days=2),
        prompt: now - timedelta(hours=2),
    }

    assert known_before(newest, now) == date(2026, 11, 20)
    assert known_before({ended: newest[ended]}, now) == "bills-too-old"
    assert known_before({}, now) == "no-bills"
