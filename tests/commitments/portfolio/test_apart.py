"""Markets that share no usage are searched one by one, and what limits the whole is kept."""

from decimal import Decimal

import numpy as np
import pytest
from tests.commitments.portfolio.market_builders import a_market, an_offer, families

from finops_commitments.offers.domain import Kind
from finops_commitments.portfolio.apart import apart
from finops_commitments.portfolio.limits import Limits
from finops_commitments.portfolio.market import Market
from finops_commitments.portfolio.optimum import best_portfolio

HOURS = 48
DISCOUNTED = 0.6


def many_nodes(count: int) -> Market:
    """Families of nodes that nothing but a reservation of their own covers, and usage of no offer."""
    random = np.random.default_rng(count)
    running = random.integers(2, 15, (count, HOURS)).astype(float)
    offers = [
        an_offer(f"node {at}", Kind.RESERVED_INSTANCE, unit=f"{DISCOUNTED}") for at in range(count)
    ]
    ratios = np.full((count + 1, count), np.inf)
    np.fill_diagonal(ratios, DISCOUNTED)
    return a_market(np.vstack([running, np.ones(HOURS)]), ratios, offers)


def parts(market: Market, limits: Limits | None = None) -> list[tuple[list[int], list[int]]]:
    found = apart(market, limits or Limits())
    return [
        (np.flatnonzero(classes).tolist(), np.flatnonzero(offers).tolist())
        for classes, offers in found
    ]


def test_what_an_offer_covers_stays_together_and_all_else_is_apart() -> None:
    x = np.inf
    ratios = [[0.6, x, x, 0.7], [x, 0.6, x, 0.7], [x, x, 0.6, x], [x, x, x, x]]
    market = a_market(np.ones((4, 2)), ratios, [an_offer(f"{at}") for at in range(4)])

    assert parts(market) == [([0, 1], [0, 1, 3]), ([2], [2])]


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (Limits(cash=Decimal(1)), [[0, 1, 2]]),
        (Limits(lock_in=Decimal(1)), [[0, 1, 2]]),
        (Limits(shares={Kind.RESERVED_INSTANCE: Decimal(1)}), [[0, 1, 2]]),
        (Limits(most={frozenset({"node 0", "node 2"}): Decimal(1)}), [[0, 2], [1]]),
        (Limits(most={frozenset({"node 1"}): Decimal(1)}), [[0], [1], [2]]),
    ],
)
def test_what_is_limited_together_is_weighed_together(
    limits: Limits, expected: list[list[int]]
) -> None:
    assert [offers for _, offers in parts(many_nodes(3), limits)] == expected


@pytest.mark.req("COM-41", part="gap with reservations of 150 families that share no usage")
def test_the_best_of_many_families_is_the_best_of_each() -> None:
    market = many_nodes(150)

    found = best_portfolio(market)

    # 60 % is reserved where it runs in more than that part of the hours.
    cheapest = HOURS + sum(
        min(
            DISCOUNTED * count * HOURS + np.maximum(running - count, 0).sum() for count in range(16)
        )
        for running in market.demand[:-1]
    )
    assert float(found.cost) == pytest.approx(cheapest, rel=5e-3)
    assert float(found.bound) <= cheapest * (1 + 1e-9)
    assert found.gap <= Decimal("0.005")
    assert found.on_demand_before == Decimal(market.demand.sum())


@pytest.mark.req("COM-41", part="limits over families that share no usage")
def test_a_limit_on_two_families_holds_for_both_together() -> None:
    market = many_nodes(3)
    free = best_portfolio(market)
    both = frozenset({"node 0", "node 2"})
    wanted = sum((m for o, m in free.amounts.items() if o.name in both), Decimal(0))

    most = wanted - Decimal(str(DISCOUNTED)) * 3
    found = best_portfolio(market, Limits(most={both: most}))

    bought = sum((m for o, m in found.amounts.items() if o.name in both), Decimal(0))
    assert bought == most
    assert float(found.bound) <= float(found.cost) * (1 + 1e-9)
    assert found.cost > free.cost


@pytest.mark.parametrize("seed", range(3))
def test_two_markets_in_one_cost_what_they_cost_alone(seed: int) -> None:
    first, second = families(seed, unit="0.05"), families(seed + 10)
    names = [*(f"a {o.name}" for o in first.offers), *(f"b {o.name}" for o in second.offers)]
    offers = [
        an_offer(name, each.kind, each.terms, None if each.unit is None else f"{each.unit}")
        for name, each in zip(names, (*first.offers, *second.offers), strict=True)
    ]
    x = np.full((len(first.demand), len(second.offers)), np.inf)
    y = np.full((len(second.demand), len(first.offers)), np.inf)
    ratios = np.block([[first.ratios, x], [y, second.ratios]])

    together = best_portfolio(a_market(np.vstack([first.demand, second.demand]), ratios, offers))

    alone = [best_portfolio(first), best_portfolio(second)]
    assert float(together.cost) == pytest.approx(float(sum(each.cost for each in alone)))
    assert float(together.bound) == pytest.approx(float(sum(each.bound for each in alone)))
