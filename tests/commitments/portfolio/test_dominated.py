"""Which offers the search may leave out, and that leaving them out costs nothing."""

from collections.abc import Mapping
from decimal import Decimal

import numpy as np
import pytest
from tests.commitments.portfolio.market_builders import THREE_YEARS, a_market, an_offer, families
from tests.commitments.portfolio.whole_programme import cheapest

from finops_commitments.offers.domain import Kind
from finops_commitments.portfolio.dominated import needed
from finops_commitments.portfolio.limits import Limits
from finops_commitments.portfolio.market import Market, hourly_cost
from finops_commitments.portfolio.optimum import best_portfolio

LATER, NOW = an_offer("later"), an_offer("now", terms=THREE_YEARS)


def left(market: Market, limits: Limits | None = None) -> list[str]:
    limits = limits or Limits()
    costs = np.array([float(hourly_cost(each, limits.cost_of_capital)) for each in market.offers])
    kept = needed(market, limits, costs)
    return [each.name for each, keep in zip(market.offers, kept, strict=True) if keep]


@pytest.mark.req("COM-41", part="what is dearer in every way is not searched")
@pytest.mark.parametrize(
    ("limits", "names"),
    [
        ({}, ["now"]),
        ({"cash": Decimal(10)}, ["later", "now"]),
        ({"lock_in": Decimal(10)}, ["later", "now"]),
        ({"cost_of_capital": Decimal("0.5")}, ["later"]),
        ({"shares": {Kind.COMPUTE_SAVINGS_PLAN: Decimal(1)}}, ["later", "now"]),
    ],
)
def test_the_dearer_offer_stays_where_a_limit_could_favour_it(
    limits: Mapping[str, object], names: list[str]
) -> None:
    market = a_market([[1.0], [2.0]], [[0.8, 0.6], [0.7, 0.5]], [LATER, NOW])

    assert left(market, Limits(**limits)) == names  # type: ignore[arg-type] # of one parameter each


@pytest.mark.req("COM-41", part="what is dearer in every way is not searched")
def test_what_is_cheaper_for_some_usage_or_covers_other_usage_stays() -> None:
    crossed = a_market([[1.0], [2.0]], [[0.8, 0.6], [0.4, 0.5]], [LATER, NOW])
    apart = a_market([[1.0], [2.0]], [[0.8, 0.6], [0.7, np.inf]], [LATER, NOW])
    whole = a_market([[1.0]], [[0.8, 0.6]], [LATER, an_offer("whole", unit="1")])
    kinds = [LATER, an_offer("family", Kind.EC2_INSTANCE_SAVINGS_PLAN)]
    other_kind = a_market([[1.0]], [[0.8, 0.6]], kinds)

    assert left(crossed) == left(apart) == ["later", "now"]
    assert left(whole) == ["later", "whole"]
    assert left(other_kind) == ["later", "family"]


def test_of_two_that_are_equal_one_stays() -> None:
    market = a_market([[1.0]], [[0.8, 0.8]], [LATER, an_offer("twin")])

    assert len(left(market)) == 1


@pytest.mark.req("COM-41", part="what is dearer in every way is not searched")
@pytest.mark.parametrize("seed", range(3))
def test_the_answer_is_the_one_of_all_offers(seed: int) -> None:
    market = families(seed, count=2, hours=30, unit="0.25")
    dearer = market.ratios * 1.1
    offers = tuple(
        an_offer(f"dear {each.name}", each.kind, unit=str(each.unit) if each.unit else None)
        for each in market.offers
    )
    both = a_market(market.demand, np.hstack([dearer, market.ratios]), [*offers, *market.offers])

    found = best_portfolio(both)

    assert set(found.amounts) <= set(market.offers)
    optimum = cheapest(both)
    assert float(found.bound) <= optimum * (1 + 1e-9)
    assert float(found.cost) <= optimum * 1.005
