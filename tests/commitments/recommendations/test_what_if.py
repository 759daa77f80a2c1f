"""The portfolio under other usage, terms and amounts."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest
from tests.commitments.portfolio.market_builders import THREE_YEARS, a_market, an_offer

from finops_commitments.offers.domain import UsageClass
from finops_commitments.portfolio.limits import Limits
from finops_commitments.problems import OfferUnknown
from finops_commitments.recommendations.advice import Family
from finops_commitments.recommendations.ahead import Ahead
from finops_commitments.recommendations.guards import Signals
from finops_commitments.recommendations.outcome import Outcome
from finops_commitments.recommendations.owned import Owned
from finops_commitments.recommendations.portfolios import Wanted, solve
from finops_commitments.recommendations.what_if import Changes, UsageChange, what_if

ONE, THREE = an_offer("one"), an_offer("three", terms=THREE_YEARS)
AHEAD = Ahead(
    family=Family("111111111111", "USD"),
    market=a_market([[1.0] * 10, [2.0] * 10], [[0.6, 0.5], [0.6, 0.5]], [ONE, THREE]),
    classes=(
        UsageClass("AmazonEC2", "m5", "us-east-1"),
        UsageClass("AWSLambda", "gb", "eu-west-1"),
    ),
    plans={},
    owned=Owned({}, {}, {}, {}),
    until=datetime(2026, 11, 1, tzinfo=UTC),
    listed_at=datetime(2026, 11, 1, tzinfo=UTC),
    left_out=(),
    signals=Signals(),
    changes=(),
    compute=np.array([True, True]),
    compute_not_offered=Decimal(0),
)


def if_so(changes: Changes, limits: Limits | None = None) -> Outcome:
    return what_if(AHEAD, Wanted(90, limits or Limits(), robust=False), changes).outcome


def bought(figures: Outcome) -> Mapping[str, Decimal]:
    return {each.offer.name: each.hourly_commitment for each in figures.bought}


@pytest.mark.req("COM-45", part="usage")
@pytest.mark.parametrize(
    ("change", "amount"),
    [
        (UsageChange(Decimal("0.5")), "0.9"),
        (UsageChange(Decimal(2), service="AmazonEC2"), "2.4"),
        (UsageChange(Decimal(0), region="eu-west-1"), "0.6"),
        (UsageChange(Decimal(2), service="AmazonEC2", region="eu-west-1"), "1.8"),
    ],
)
def test_changed_usage_changes_what_is_bought(change: UsageChange, amount: str) -> None:
    assert bought(if_so(Changes(usage=(change,)))) == {"one": Decimal(amount)}


def test_changes_that_overlap_multiply() -> None:
    twice = (UsageChange(Decimal(2)), UsageChange(Decimal(2), service="AmazonEC2"))

    assert bought(if_so(Changes(usage=twice))) == {"one": Decimal("4.8")}


@pytest.mark.req("COM-45", part="terms")
def test_other_terms_are_bought_when_they_are_allowed() -> None:
    assert bought(if_so(Changes(longest_term_years=3))) == {"three": Decimal("1.5")}
    none_of_it = Changes(payment_options=frozenset({THREE_YEARS.payment_option}))
    assert bought(if_so(none_of_it)) == {}


@pytest.mark.req("COM-45", part="amounts")
def test_given_amounts_are_priced_as_they_are_beside_the_best() -> None:
    best = if_so(Changes())

    less = if_so(Changes(amounts={"one": Decimal("0.9")}))
    more = if_so(Changes(amounts={"one": Decimal("3.6")}), Limits(lock_in=Decimal(20_000)))

    assert [less.monthly_savings, best.monthly_savings] == [438, 876]
    assert less.monthly_savings_bound >= best.monthly_savings
    # 2.4 is paid an hour where 1.8 would do.
    assert abs(less.gap_percent - 25) < Decimal("0.001")
    assert [more.monthly_savings, more.keeps_limits] == [-438, False]
    assert less.keeps_limits


def test_an_amount_of_what_is_not_on_offer_is_refused() -> None:
    with pytest.raises(OfferUnknown):
        if_so(Changes(amounts={"three": Decimal(1)}))


def test_no_changes_change_nothing() -> None:
    assert if_so(Changes()) == solve(AHEAD, Wanted(90, robust=False)).outcome
