"""What is proven where the order AWS applies plans in is not the cheapest."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.commitments.portfolio.market_builders import a_market, an_offer
from tests.commitments.portfolio.whole_programme import cheapest

from finops_commitments.portfolio import waterfall
from finops_commitments.portfolio.bundle import ROUNDS
from finops_commitments.portfolio.market import Floats, Market
from finops_commitments.portfolio.optimum import best_portfolio
from finops_commitments.portfolio.waterfall import Waterfall

PROMISED = 0.001


def unlike_plans(seed: int, pools: int = 1, hours: int = 40) -> Market:
    """A plan on offer and owned ones whose discounts do not go the way of its discounts."""
    random = np.random.default_rng(seed)
    demand = random.lognormal(0, 0.7, (6, 1)) * random.uniform(0.5, 1.5, (6, hours))
    offers = [an_offer(f"owned {at}") for at in range(pools)]
    offers = [an_offer("new"), *(replace(each, for_sale=False) for each in offers)]
    ratios = np.round(random.uniform(0.5, 0.95, (6, 1 + pools)), 3)
    held = np.full((pools, hours), demand.sum(axis=0).mean() / (4 * max(pools, 1)))
    return a_market(demand, ratios, offers, np.vstack([np.zeros((1, hours)), held]))


@pytest.mark.req("COM-41", part="the best bound beside an owned plan unlike those on offer")
@pytest.mark.parametrize("seed", range(8))
def test_the_bound_is_as_high_as_the_whole_programme(seed: int) -> None:
    market = unlike_plans(seed)

    found = best_portfolio(market)

    optimum = cheapest(market)
    assert optimum * (1 - PROMISED) <= float(found.bound) <= optimum * (1 + 1e-9)
    assert float(found.cost) >= optimum * (1 - 1e-9)


def test_without_better_prices_less_is_proven_and_the_search_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    market = unlike_plans(0)
    proven = best_portfolio(market)

    monkeypatch.setattr(waterfall, "MOST_EFFORT", 0)
    less = best_portfolio(market)

    assert less.bound < proven.bound
    assert less.cost <= proven.cost * Decimal("1.001")
    assert less.rounds < ROUNDS / 2


@given(
    st.integers(0, 10**6),
    st.integers(0, 6),
    st.lists(st.floats(0, 5), min_size=7, max_size=7),
)
@settings(max_examples=60)
def test_tight_cuts_are_below_the_cost_of_every_portfolio(
    seed: int, pools: int, other: list[float]
) -> None:
    market = unlike_plans(seed, pools, hours=20)
    filling = Waterfall(market)
    here = np.random.default_rng(seed + 1).uniform(0, 3, len(market.offers))
    there: Floats = np.array(other[: len(market.offers)])
    loose = filling.fill(here)

    filling.tight = True
    cuts = filling.fill(here)

    cost = filling.fill(there).on_demand
    per_group = [cost[each : each + waterfall.GROUP_HOURS].sum() for each in range(0, 20, 42)]
    assert (cuts.bounds + cuts.slopes @ there <= np.array(per_group) + 1e-9).all()
    assert cuts.bounds.sum() + cuts.slopes.sum(axis=0) @ here >= (
        loose.bounds.sum() + loose.slopes.sum(axis=0) @ here - 1e-9
    )
