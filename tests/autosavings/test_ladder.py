"""How much is bought this week, in which slices, and when."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.autosavings.builders import advice, an_account

from finops_autosavings.plans.ladder import room, slices, this_week, when_to_buy
from finops_autosavings.plans.proposal import propose
from finops_autosavings.policies.domain import Blackout, Caps, Policy, PolicyVersion

NOW = datetime(2026, 11, 9, 6, 20, tzinfo=UTC)
amounts = st.decimals(Decimal("0.001"), Decimal(5000), places=5)
caps = st.none() | st.decimals(Decimal(0), Decimal(10_000_000), places=2)


@pytest.mark.req("AUTO-11", part="slices")
@given(amount=amounts, largest=st.decimals(Decimal("0.5"), Decimal(100), places=3))
def test_slices_are_small_enough_to_be_returned_and_lose_at_most_a_crumb(
    amount: Decimal, largest: Decimal
) -> None:
    parts = slices(amount, largest)

    assert all(Decimal("0.001") <= each <= largest <= 100 for each in parts)
    assert 0 <= amount - sum(parts, Decimal(0)) < Decimal("0.001")


@pytest.mark.req("AUTO-11", part="a share of the gap per week")
@given(hourly=amounts, share=st.decimals(Decimal(0), Decimal(100), places=2))
def test_a_week_buys_at_most_its_share_of_the_gap(hourly: Decimal, share: Decimal) -> None:
    policy = Policy(weekly_share_percent=share)

    amount, limit = this_week(advice(str(hourly)), policy, room(Caps()))

    assert limit == "weekly_share"
    assert 0 <= hourly * share / 100 - amount < Decimal("0.00001")


@pytest.mark.req("AUTO-11", part="caps count the sum of a plan")
@given(
    hourly=st.lists(amounts, min_size=1, max_size=4),
    purchase=caps,
    month=caps,
    outstanding=caps,
    upfront=caps,
)
def test_the_sum_of_a_plan_stays_within_every_cap(
    hourly: list[Decimal],
    purchase: Decimal | None,
    month: Decimal | None,
    outstanding: Decimal | None,
    upfront: Decimal | None,
) -> None:
    limits = Caps(purchase, month, outstanding, upfront)
    policy = PolicyVersion(1, Policy(caps=limits, weekly_share_percent=Decimal(100)))
    accounts = [an_account(payer_account_id=f"{n:012}", data_until=NOW) for n in range(len(hourly))]
    given_advice = [
        advice(
            str(each),
            payer_account_id=f"{n:012}",
            upfront=each * 4380,
            payment_option="Partial Upfront",
            offer_rate_date=NOW.date(),
        )
        for n, each in enumerate(hourly)
    ]
    active = {each.id for each in accounts}

    content = propose(accounts[0].id, active, accounts, given_advice, policy, NOW)

    total = sum((item.total_commitment for item in content.items), Decimal(0))
    cash = sum((item.upfront for item in content.items), Decimal(0))
    assert all(cap is None or total <= cap for cap in (purchase, month, outstanding))
    assert upfront is None or cash <= upfront
    for item in content.items:
        assert sum(item.slices, Decimal(0)) == item.hourly_commitment
        assert item.monthly_savings <= item.advice.monthly_savings


@pytest.mark.req("AUTO-2", part="target coverage")
def test_the_gap_ends_at_the_target_coverage() -> None:
    policy = Policy(target_coverage_percent=Decimal("43.75"), weekly_share_percent=Decimal(100))

    amount, _ = this_week(advice("10"), policy, room(Caps()))

    assert amount == 5


@pytest.mark.req("AUTO-11", part="early in the UTC month")
@given(
    now=st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - made UTC below
    cool_off=st.integers(0, 168),
)
def test_what_is_bought_can_be_returned_within_its_month(now: datetime, cool_off: int) -> None:
    now = now.replace(tzinfo=UTC)

    moment = when_to_buy(now, Policy(cool_off_hours=cool_off))

    assert moment - now > timedelta(hours=cool_off)
    assert moment.month == (moment + timedelta(days=7)).month


@pytest.mark.req("AUTO-2", part="blackout windows and cool-off in plans")
def test_nothing_is_bought_in_a_blackout() -> None:
    freeze = Blackout(NOW, NOW + timedelta(days=10))

    moment = when_to_buy(NOW, Policy(blackouts=(freeze,), cool_off_hours=24))

    assert moment == NOW + timedelta(days=10)
    assert when_to_buy(NOW, Policy(cool_off_hours=24)) == datetime(2026, 11, 10, 7, tzinfo=UTC)


@pytest.mark.req("AUTO-2", part="blackout windows and cool-off in plans")
def test_a_blackout_to_the_end_of_a_month_moves_the_purchase_into_the_next() -> None:
    freeze = Blackout(NOW, datetime(2026, 11, 27, tzinfo=UTC))

    moment = when_to_buy(NOW, Policy(blackouts=(freeze,)))

    assert moment == datetime(2026, 12, 1, tzinfo=UTC)
