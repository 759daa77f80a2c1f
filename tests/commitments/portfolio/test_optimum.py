"""The joint portfolio against the whole programme, brute force and what limits allow."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.commitments.portfolio.market_builders import THREE_YEARS, a_market, an_offer, families
from tests.commitments.portfolio.whole_programme import cheapest

from finops_commitments.offers.domain import Kind
from finops_commitments.portfolio import market as market_module
from finops_commitments.portfolio.limits import Limits
from finops_commitments.portfolio.market import Floats, merged
from finops_commitments.portfolio.optimum import best_portfolio
from finops_commitments.portfolio.waterfall import Waterfall

PROMISED = 0.001
PROMISED_OF_WHOLE_UNITS = 0.005


@pytest.mark.req("COM-41", part="gap without reservations")
@pytest.mark.parametrize("seed", range(4))
def test_the_portfolio_is_as_cheap_as_the_whole_programme(seed: int) -> None:
    market = families(seed)

    found = best_portfolio(market)

    optimum = cheapest(market)
    assert float(found.bound) <= optimum * (1 + 1e-9)
    assert float(found.cost) <= optimum * (1 + PROMISED)
    assert found.gap <= Decimal(str(PROMISED))
    assert found.savings > 0


@pytest.mark.req("COM-41", part="gap with reservations")
@pytest.mark.parametrize("seed", range(3))
def test_whole_reservations_cost_little_more_than_the_integer_optimum(seed: int) -> None:
    market = families(seed, count=2, hours=30, unit="0.25")

    found = best_portfolio(market)

    optimum = cheapest(market)
    assert float(found.bound) <= optimum * (1 + 1e-9)
    assert float(found.cost) <= optimum * (1 + PROMISED_OF_WHOLE_UNITS)
    reserved = [amount for offer, amount in found.amounts.items() if offer.unit]
    assert reserved
    assert all(amount % Decimal("0.25") == 0 for amount in reserved)


@pytest.mark.req("COM-41", part="gap with reservations")
def test_a_reservation_that_would_be_used_too_little_is_not_bought() -> None:
    reservation = an_offer("reservation", Kind.RESERVED_INSTANCE, unit="8")
    market = a_market([[16.0] * 24], [[0.8]], [reservation])

    found = best_portfolio(market)

    # 1.6 of them would be best; the second would cost 8 an hour for usage of 6.
    assert found.amounts == {reservation: Decimal(8)}


@pytest.mark.req("COM-41", part="limits hold with whole reservations")
@pytest.mark.parametrize("limited", [Kind.COMPUTE_SAVINGS_PLAN, Kind.RESERVED_INSTANCE])
@pytest.mark.parametrize("demand", [6.0, 16.0, 30.0])
def test_shares_hold_when_reservations_are_rounded(limited: Kind, demand: float) -> None:
    offers = [an_offer("reservation", Kind.RESERVED_INSTANCE, unit="8"), an_offer("compute")]
    market = a_market([[demand] * 24, [5.0] * 24], [[0.7, np.inf], [np.inf, 0.8]], offers)

    found = best_portfolio(market, Limits(shares={limited: Decimal("0.5")}))

    total = sum(found.amounts.values())
    of_kind = sum(each for offer, each in found.amounts.items() if offer.kind == limited)
    assert of_kind <= total * Decimal("0.5") + Decimal("0.00002")
    assert found.cost <= found.on_demand_before


@pytest.mark.req("COM-41", part="never dearer than what is owned")
def test_what_merging_makes_look_cheap_is_not_bought_at_a_loss() -> None:
    offers = [an_offer("compute", terms=THREE_YEARS)]
    # Both rates are merged to the lower one, at which paying early would still pay off.
    market = a_market([[1.0] * 24, [100.0] * 24], [[0.9996], [0.99995]], offers)

    found = best_portfolio(market, Limits(cost_of_capital=Decimal("0.0002")), tolerance=1e-9)

    assert found.savings >= 0


@pytest.mark.req("COM-41", part="gap without reservations")
def test_two_plans_cost_no_more_than_any_pair_of_amounts_tried() -> None:
    offers = [an_offer("family", Kind.EC2_INSTANCE_SAVINGS_PLAN), an_offer("compute")]
    first, second = np.array([3.0, 1, 4, 1, 5]), np.array([9.0, 2, 6, 5, 3])
    rates = [[0.6, 0.8], [np.inf, 0.75]]
    market = a_market(np.array([first, second]), rates, offers)

    found = best_portfolio(market, tolerance=1e-6)

    family, compute = np.meshgrid(*[np.arange(0, 12.01, 0.05)] * 2)
    cost = 5 * (family + compute)
    for one, two in zip(first, second, strict=True):
        one_left = one - np.minimum(one, family / 0.6)
        two_left = two - np.minimum(two, compute / 0.75)
        rest = compute - (two - two_left) * 0.75
        cost += two_left + one_left - np.minimum(one_left, rest / 0.8)
    assert float(found.cost) <= cost.min() * (1 + 1e-5)


@pytest.mark.req("COM-41", part="nothing counted twice")
def test_usage_under_an_owned_plan_is_not_bought_for_again() -> None:
    offers = [an_offer("family", Kind.EC2_INSTANCE_SAVINGS_PLAN), an_offer("compute")]
    owned = np.array([[7.0] * 10, [0.0] * 10])
    market = a_market([[10.0] * 10], [[0.7, 0.8]], offers, owned)

    found = best_portfolio(market)

    assert found.amounts == {}
    assert found.on_demand_before == 0


@pytest.mark.req("COM-41", part="what is owned and when it ends")
def test_an_owned_plan_that_ends_is_replaced() -> None:
    offers = [an_offer("compute")]
    owned = np.array([[8.0] * 2 + [0.0] * 18])
    market = a_market([[10.0] * 20], [[0.8]], offers, owned)

    found = best_portfolio(market, tolerance=1e-7)

    assert found.amounts[offers[0]] == pytest.approx(Decimal(8), abs=Decimal("0.0001"))


@pytest.mark.req("COM-41", part="cash")
def test_cash_is_never_overspent() -> None:
    offers = [an_offer("now", terms=THREE_YEARS), an_offer("later")]
    market = a_market([[10.0] * 24], [[0.5, 0.8]], offers)
    cash = THREE_YEARS.hours * Decimal("1.5")

    found = best_portfolio(market, Limits(cash=cash))

    spent = sum(offer.upfront * amount for offer, amount in found.amounts.items())
    assert cash * Decimal("0.99") < spent <= cash
    assert offers[1] in found.amounts


@pytest.mark.req("COM-41", part="lock-in")
def test_three_years_win_until_lock_in_is_limited() -> None:
    offers = [an_offer("three", terms=THREE_YEARS), an_offer("one")]
    market = a_market([[10.0] * 24], [[0.5, 0.8]], offers)

    free = best_portfolio(market)
    limited = best_portfolio(market, Limits(lock_in=Decimal(730 * 12 * 8)))

    assert set(free.amounts) == {offers[0]}
    assert offers[1] in limited.amounts or limited.amounts[offers[0]] < free.amounts[offers[0]]
    assert sum(o.months * 730 * a for o, a in limited.amounts.items()) <= 730 * 12 * 8


@pytest.mark.req("COM-41", part="share per type")
def test_no_type_takes_more_than_its_share() -> None:
    market = families(1)
    cap = Decimal("0.3")

    found = best_portfolio(market, Limits(shares={Kind.EC2_INSTANCE_SAVINGS_PLAN: cap}))

    kinds = {offer: offer.kind for offer in found.amounts}
    family = sum(a for o, a in found.amounts.items() if kinds[o] == Kind.EC2_INSTANCE_SAVINGS_PLAN)
    # Amounts are sold in steps of 0.00001.
    assert 0 < family <= cap * sum(found.amounts.values()) + Decimal("0.0001")


@pytest.mark.req("COM-41", part="cost of capital")
def test_dear_capital_makes_paying_later_the_cheaper_choice() -> None:
    offers = [an_offer("now", terms=THREE_YEARS), an_offer("later")]
    market = a_market([[10.0] * 24], [[0.78, 0.8]], offers)

    cheap = best_portfolio(market)
    dear = best_portfolio(market, Limits(cost_of_capital=Decimal("0.2")))

    assert set(cheap.amounts) == {offers[0]}
    assert set(dear.amounts) == {offers[1]}


def test_nothing_is_bought_where_nothing_saves() -> None:
    market = a_market([[1.0, 0.0, 0.0, 0.0]], [[0.9]], [an_offer()])

    found = best_portfolio(market)

    assert found.amounts == {}
    assert found.cost == found.on_demand_before == 1


@given(st.integers(0, 10_000), st.lists(st.floats(0, 4), min_size=5, max_size=5))
@settings(max_examples=30, deadline=None)
def test_a_cut_is_below_the_cost_of_every_portfolio(seed: int, other: list[float]) -> None:
    market = families(seed, hours=20)
    # Rates that do not hang together: the order is then not the cheapest assignment.
    rates = np.random.default_rng(seed).uniform(0.4, 1.0, market.ratios.shape)
    ratios: Floats = np.where(np.isfinite(market.ratios), rates, np.inf)
    market = a_market(market.demand, ratios, list(market.offers))
    waterfall = Waterfall(market)
    here = np.random.default_rng(seed + 1).uniform(0, 3, len(market.offers))

    cuts = waterfall.fill(here)

    there = waterfall.fill(np.array(other)).on_demand.sum()
    assert (cuts.bounds + cuts.slopes @ np.array(other)).sum() <= there + 1e-9


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_where_rates_hang_together_a_cut_touches_the_cost(seed: int) -> None:
    market = families(seed, hours=20)
    here = np.random.default_rng(seed).uniform(0, 2, len(market.offers))

    filled = Waterfall(market).fill(here)

    cut = (filled.bounds + filled.slopes @ here).sum()
    assert cut == pytest.approx(filled.on_demand.sum(), rel=1e-9, abs=1e-9)


def test_merged_classes_keep_the_demand_and_never_cost_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(market_module, "FEW_CLASSES", 0)
    market = a_market(
        [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]],
        [[0.7001], [0.7002], [0.8]],
        [an_offer()],
    )

    small = merged(market)

    assert small.demand.tolist() == [[4.0, 6.0], [5.0, 6.0]]
    assert small.ratios.tolist() == [[0.7001], [0.8]]


@pytest.mark.req("COM-41", part="plans where reservations save no more")
def test_a_reservation_at_a_plans_price_is_not_bought() -> None:
    reservation = an_offer("reservation", Kind.RESERVED_INSTANCE, unit="1")
    plan = an_offer("family", Kind.EC2_INSTANCE_SAVINGS_PLAN)
    market = a_market([[10.0] * 24, [4.0] * 24], [[0.6, 0.6], [np.inf, 0.7]], [reservation, plan])
    cheaper = a_market([[10.0] * 24, [4.0] * 24], [[0.5, 0.6], [np.inf, 0.7]], [reservation, plan])

    equal, better = best_portfolio(market), best_portfolio(cheaper)

    assert set(equal.amounts) == {plan}
    assert better.amounts[reservation] == 5


@pytest.mark.req("COM-41", part="plans where reservations save no more")
@pytest.mark.parametrize("seed", [51, 55])
def test_nor_is_it_where_the_search_leaves_a_gap(seed: int) -> None:
    random = np.random.default_rng(seed)
    offers = [
        an_offer("reservation", Kind.RESERVED_INSTANCE, unit="0.5"),
        an_offer("family", Kind.EC2_INSTANCE_SAVINGS_PLAN),
        an_offer("compute"),
    ]
    demand = random.uniform(2, 6, (2, 24))
    own, of_both, other = random.uniform(0.5, 0.9, 3)
    market = a_market(demand, [[own, own, of_both], [np.inf, np.inf, other]], offers)

    assert set(best_portfolio(market).amounts) == set(offers[1:])
