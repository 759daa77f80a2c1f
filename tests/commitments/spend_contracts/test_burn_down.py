"""How a promised spend burns down: what counts, what is missing, what saving does to it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from finops_commitments.spend_contracts.domain import BurnDown, Term, burn_down

START, END, TODAY = date(2026, 11, 1), date(2026, 12, 31), date(2026, 12, 1)
"""Sixty days, thirty of them known."""


def a_term(**parts: Any) -> Term:  # noqa: ANN401 - the field's own types
    facts: dict[str, Any] = {"starts_on": START, "ends_on": END, "committed": Decimal(600)}
    return Term(**facts | parts)


def exact(*amounts: int) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, amounts))


def days(since: date, until: date, cost: str) -> dict[date, Decimal]:
    return {since + timedelta(days=at): Decimal(cost) for at in range((until - since).days)}


def a_burn_down(spent: str = "8", ahead: str = "8", **parts: Any) -> BurnDown:  # noqa: ANN401
    # A day more at each end than the term has.
    known = days(START - timedelta(days=1), TODAY + timedelta(days=1), spent)
    later = days(TODAY, END + timedelta(days=1), ahead)
    return burn_down(a_term(**parts), known, later, TODAY)


@pytest.mark.req("COM-34", part="burn-down and shortfall forecast")
def test_what_is_spent_and_expected_within_the_term_is_held_against_the_promise() -> None:
    found = a_burn_down()

    assert (found.spent, found.expected, found.total) == exact(240, 240, 480)
    assert (found.left, found.shortfall) == exact(360, 120)
    assert (found.days_left, found.needed_a_day) == (30, Decimal(12))
    assert found.met_on is None
    assert [(each.month, each.spent, each.expected, each.total) for each in found.months] == [
        (date(2026, 11, 1), *exact(240, 0, 240)),
        (date(2026, 12, 1), *exact(0, 240, 480)),
    ]


@pytest.mark.req("COM-34", part="when the promise is kept")
def test_a_promise_is_kept_on_the_day_that_reaches_it() -> None:
    found = a_burn_down(ahead="12")

    assert (found.shortfall, found.met_on) == (Decimal(0), date(2026, 12, 30))
    assert a_burn_down(ahead="11.99").met_on is None
    assert a_burn_down(spent="20").met_on == date(2026, 11, 30)
    assert a_burn_down(spent="25").left == 0


@pytest.mark.req("COM-34", part="when the promise is kept")
def test_a_refund_may_take_back_what_was_kept() -> None:
    known = days(START, TODAY, "20") | {date(2026, 11, 30): Decimal(-100)}

    found = burn_down(a_term(), known, days(TODAY, END, "0"), TODAY)
    later = burn_down(a_term(), known, days(TODAY, END, "10"), TODAY)

    assert (found.shortfall, found.met_on) == (Decimal(120), None)
    assert later.met_on == date(2026, 12, 12)


@pytest.mark.req("COM-34", part="spend before the records begin")
def test_what_the_provider_counted_stands_for_the_days_before() -> None:
    found = a_burn_down(counted=Decimal(500), counted_until=date(2026, 11, 21))

    assert found.spent == 500 + 10 * 8
    assert found.months[0].total == 580
    assert found.met_on == date(2026, 12, 3)
    over = a_burn_down(counted=Decimal(600), counted_until=date(2026, 11, 21))
    assert over.met_on == date(2026, 11, 20)


@pytest.mark.req("COM-34", part="terms that are over or not begun")
def test_a_term_that_is_over_expects_nothing_and_a_later_one_only_expects() -> None:
    known, later = days(START, TODAY, "8"), days(TODAY, END, "8")
    over = burn_down(a_term(ends_on=TODAY), known, later, TODAY)
    ahead = burn_down(a_term(starts_on=date(2026, 12, 21)), known, later, TODAY)

    assert (over.expected, over.shortfall) == exact(0, 360)
    assert (over.days_left, over.needed_a_day) == (0, None)
    assert over.with_savings(Decimal(730)).saved == 0
    assert (ahead.spent, ahead.expected) == exact(0, 80)
    assert ahead.days_left == 10


@pytest.mark.req("COM-34", part="what a recommendation does to them")
@pytest.mark.parametrize(
    ("ahead", "monthly", "saved", "caused"),
    [
        ("8", "73", 72, 72),  # 2.4 a day, all of it missing in the end
        ("15", "73", 72, 0),  # 690 are expected: 90 more than promised
        ("13", "73", 72, 42),  # 630: thirty of them to spare
        ("8", "7300", 240, 240),  # no more is saved than is spent
        ("8", "0", 0, 0),
    ],
)
def test_savings_are_worth_less_by_the_shortfall_they_cause(
    ahead: str, monthly: str, saved: int, caused: int
) -> None:
    found = a_burn_down(ahead=ahead)
    after = found.with_savings(Decimal(monthly))

    assert round(after.saved, 9) == saved
    assert round(after.shortfall_caused, 9) == caused
    assert after.shortfall == found.shortfall + after.shortfall_caused
    assert round(after.net, 9) == saved - caused
