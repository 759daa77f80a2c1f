"""What is left of a commitment, and how much of it will be used: worked cases and laws."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_commitments.inventory.domain import Commitment, Kind
from finops_commitments.remaining.domain import Remaining, forecast, remaining, seen_days

START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2027, 1, 1, tzinfo=UTC)
AT = datetime(2026, 12, 2, tzinfo=UTC)  # 30 days before
SHARES = st.lists(st.decimals(0, 100, places=4), max_size=30)


def a_plan(**known: Any) -> Commitment:  # noqa: ANN401 - the model's own types
    facts: dict[str, Any] = {
        "id": "plan",
        "provider": "AWS",
        "kind": Kind.SPEND,
        "hourly_amount": Decimal("0.5"),
        "recurring_hourly": Decimal("0.25"),
        "upfront": Decimal(2190),
        "currency": "USD",
        "starts_at": START,
        "ends_at": END,
    }
    return Commitment(**facts | known)


def left(commitment: Commitment, *used: str, at: datetime = AT) -> Remaining:
    return remaining(commitment, END, at, [Decimal(each) for each in used])


@pytest.mark.req("COM-20", part="remaining money and days")
def test_what_is_left_is_the_hours_to_come() -> None:
    found = left(a_plan(), "6", at=datetime(2026, 12, 2, 18, tzinfo=UTC))

    assert found.days_left == 29
    assert found.remaining == Decimal("0.5") * (29 * 24 + 6)
    assert found.remaining_to_pay == Decimal("0.25") * (29 * 24 + 6)
    half = datetime(2026, 7, 2, 12, tzinfo=UTC)
    assert left(a_plan(), at=half).term_elapsed_percent == 50


@pytest.mark.req("COM-20", part="remaining money: upfront is spread over the term")
def test_capacity_costs_its_fee_and_its_part_of_the_upfront() -> None:
    reserved = a_plan(kind=Kind.CAPACITY, hourly_amount=None, upfront=Decimal(8760))

    found = left(reserved, "15", "45")

    assert found.hourly_amortised == Decimal("1.25")
    assert found.remaining == Decimal("1.25") * 720
    assert found.forecast.utilization_percent == 75  # 15 and 30 of 30 a day; more is all of it
    # An upfront that nobody has told may be anything; without one the fee is all there is.
    assert left(a_plan(kind=Kind.CAPACITY, upfront=None), "1").remaining is None
    none = a_plan(kind=Kind.CAPACITY, upfront=None, payment_option="No Upfront")
    assert left(none, "1").hourly_amortised == none.recurring_hourly


@pytest.mark.req("COM-20", part="forecast to the end of the term: few days go on as they are")
def test_few_days_go_on_as_they_are() -> None:
    found = left(a_plan(), "12", "6", "9")

    assert [found.forecast.days_seen, found.forecast.trend_percent_a_day] == [3, None]
    assert found.forecast.forecast_utilization_percent == 75
    assert found.forecast_used == Decimal("0.75") * 360
    assert found.forecast_unused == Decimal("0.25") * 360


@pytest.mark.req(
    "COM-20", part="forecast to the end of the term: a trend goes on, then stays level"
)
def test_a_trend_goes_on_for_as_long_as_it_was_seen() -> None:
    falling = [Decimal(90 - day) for day in range(20)]  # 90 % down to 71 %

    soon, late = forecast(falling, 10), forecast(falling, 40)

    assert soon.trend_percent_a_day == -1
    assert soon.forecast_utilization_percent == Decimal("65.5")  # 70 down to 61
    # 70 down to 51 in twenty days, then twenty days of 51.
    assert late.forecast_utilization_percent == (Decimal("60.5") + 51) / 2
    down = forecast([Decimal(max(0, 40 - 2 * day)) for day in range(20)], 20)
    assert down.forecast_utilization_percent == 0


@pytest.mark.req("COM-20", part="forecast to the end of the term: nothing seen, nothing said")
def test_nothing_seen_is_nothing_said() -> None:
    found = left(a_plan())

    assert found.forecast.forecast_utilization_percent is None
    assert found.forecast_used is None
    assert found.forecast_unused is None


@given(SHARES, st.integers(1, 1100))
def test_a_forecast_is_a_utilization(shares: list[Decimal], days: int) -> None:
    found = forecast(shares, days).forecast_utilization_percent

    assert (found is None) == (not shares)
    assert found is None or 0 <= found <= 100


@given(st.decimals(0, 100, places=4), st.integers(1, 30), st.integers(1, 1100))
def test_what_is_steady_stays_so(share: Decimal, count: int, days: int) -> None:
    assert forecast([share] * count, days).forecast_utilization_percent == share


def test_days_are_seen_from_the_first_whole_one() -> None:
    as_of = datetime(2026, 12, 2, 7, tzinfo=UTC)
    day = timedelta(days=1)
    midnight = datetime(2026, 12, 2, tzinfo=UTC)

    long = midnight - 99 * day

    assert seen_days(a_plan(), long, as_of) == (midnight - 30 * day, midnight)
    afternoon = a_plan(starts_at=midnight - 5 * day + timedelta(hours=13))
    assert seen_days(afternoon, long, as_of) == (midnight - 4 * day, midnight)
    begun = a_plan(starts_at=midnight - 5 * day)
    assert seen_days(begun, long, as_of) == (midnight - 5 * day, midnight)
    assert seen_days(begun, midnight - 3 * day, as_of) == (midnight - 3 * day, midnight)
    assert seen_days(a_plan(starts_at=as_of), long, as_of) == (midnight, midnight)
