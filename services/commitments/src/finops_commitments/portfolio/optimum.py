"""The cheapest portfolio inside the customer's limits, priced exactly (COM-41).

The search runs on float64 over merged classes; what is published is a decimal sum of hourly
values rounded to twelve places, at the amounts that are recommended and on unmerged demand.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import numpy as np

from finops_commitments.figures.domain import EXACT
from finops_commitments.offers.domain import SMALLEST, STEP
from finops_commitments.portfolio.apart import apart
from finops_commitments.portfolio.bundle import Bundle, Found
from finops_commitments.portfolio.dominated import Bools, needed
from finops_commitments.portfolio.integers import whole_units
from finops_commitments.portfolio.limits import Limits
from finops_commitments.portfolio.market import (
    Floats,
    Indexes,
    Market,
    Offer,
    exact_sum,
    hourly_cost,
    merged,
)
from finops_commitments.portfolio.waterfall import Waterfall

"""The amounts per hour AWS accepts of a Savings Plan, and how fine they are."""

TOLERANCE = 0.0003
"""The gap at which the search stops; what merging may add to it stays below the promised 0.001."""
_LOST = 1e-9


@dataclass(frozen=True, slots=True)
class Portfolio:
    """What to buy beside what is owned; money over all hours of the look-back.

    `cost` is on-demand plus the new commitments, counted when they are paid at the cost of
    capital; `bound` is proven to be no more than any portfolio's, so `gap` is the most by
    which a better one could be cheaper, as a part of `cost`. The bound is that of the cheapest
    assignment of usage to plans: where AWS's order is dearer, that is part of the gap.
    """

    amounts: dict[Offer, Decimal]
    on_demand_before: Decimal
    on_demand_after: Decimal
    committed: Decimal
    cost: Decimal
    bound: Decimal
    rounds: int

    @property
    def gap(self) -> Decimal:
        missing = max(EXACT.subtract(self.cost, self.bound), Decimal(0))
        return EXACT.divide(missing, self.cost) if self.cost else Decimal(0)

    @property
    def savings(self) -> Decimal:
        """Of the look-back, against keeping only what is owned."""
        return EXACT.subtract(self.on_demand_before, self.cost)


def best_portfolio(
    market: Market, limits: Limits | None = None, tolerance: float = TOLERANCE
) -> Portfolio:
    """Solve all offers together; buys nothing where nothing saves.

    Args:
        market: what could be covered, and what is owned. Unmerged: that is done here.
        limits: what the customer allows; none by default.
        tolerance: the gap at which the search for amounts stops, as a part of the cost.

    Raises:
        MasterError: the solver failed.
    """
    limits = limits or Limits()
    rate = limits.cost_of_capital
    costs: Floats = np.array([float(hourly_cost(each, rate)) for each in market.offers])
    kept = needed(market, limits, costs)
    amounts: Floats = np.zeros(len(costs))
    # What no offer covers costs what it does.
    bound, rounds = float(market.demand.sum()), 0
    for classes, offers in apart(_only(market, kept), limits):
        numbers = np.flatnonzero(kept)[offers]
        part = _only(
            replace(market, demand=market.demand[classes], ratios=market.ratios[classes]), numbers
        )
        found = _searched(part, costs[numbers], limits, tolerance)
        amounts[numbers] = found.amounts
        bound += found.bound - float(part.demand.sum())
        rounds += found.rounds
    # An amount is often a step itself but for what floats lose: it is not a step too low then.
    bought = _sellable(market.offers, amounts + _LOST)
    if not limits.keeps(market.offers, bought):
        bought = _sharing(market.offers, _sellable(market.offers, amounts), limits)
    best = priced(market, bought, limits, bound, rounds)
    if best.cost > best.on_demand_before:
        return priced(market, [Decimal(0)] * len(bought), limits, bound, rounds)
    return best


def _searched(market: Market, costs: Floats, limits: Limits, tolerance: float) -> Found:
    small = merged(market)
    bundle = Bundle(small, Waterfall(small), costs, limits.rows(small.offers))
    found = bundle.search(np.zeros(len(small.offers)), tolerance)
    if any(each.unit is not None for each in small.offers):
        found = whole_units(bundle, found, small.offers, limits, tolerance)
    return found


def _only(market: Market, kept: Bools | Indexes) -> Market:
    offers = tuple(market.offers[at] for at in np.arange(len(market.offers))[kept])
    return Market(market.demand, market.ratios[:, kept], offers, market.owned[kept])


def priced(
    market: Market, bought: Sequence[Decimal], limits: Limits, bound: float, rounds: int = 0
) -> Portfolio:
    """What these amounts do, money per hour, [offer]; exact, whoever has chosen them."""
    waterfall = Waterfall(market)
    before = exact_sum(waterfall.fill(np.zeros(len(bought))).on_demand)
    after = exact_sum(waterfall.fill(np.array([float(each) for each in bought])).on_demand)
    costs = (hourly_cost(each, limits.cost_of_capital) for each in market.offers)
    hourly = sum((cost * each for cost, each in zip(costs, bought, strict=True)), Decimal(0))
    return Portfolio(
        amounts={o: each for o, each in zip(market.offers, bought, strict=True) if each},
        on_demand_before=before,
        on_demand_after=after,
        committed=sum(bought, Decimal(0)) * market.hours,
        cost=EXACT.add(after, EXACT.multiply(hourly, Decimal(market.hours))),
        bound=Decimal(bound),
        rounds=rounds,
    )


def _sellable(offers: Sequence[Offer], amounts: Floats) -> list[Decimal]:
    """The amounts as the provider sells them; never above, so that limits still hold."""
    found = []
    for offer, amount in zip(offers, amounts.tolist(), strict=True):
        if offer.unit is not None:
            found.append(offer.unit * round(amount / float(offer.unit)))
            continue
        down = Decimal(amount).quantize(STEP, ROUND_FLOOR)
        found.append(down if down >= SMALLEST else Decimal(0))
    return found


def _sharing(offers: Sequence[Offer], bought: list[Decimal], limits: Limits) -> list[Decimal]:
    """The same with plans made smaller where rounding down has raised a share over its limit."""
    for kind, share in limits.shares.items():
        over = sum((m for o, m in zip(offers, bought, strict=True) if o.kind == kind), Decimal(0))
        over -= share * sum(bought, Decimal(0))
        plans = [at for at, each in enumerate(offers) if each.kind == kind and each.unit is None]
        if over > 0 and share < 1 and plans:
            largest = max(plans, key=lambda at: bought[at])
            less = EXACT.divide(over, 1 - share).quantize(STEP, ROUND_CEILING)
            left = bought[largest] - less
            bought[largest] = left if left >= SMALLEST else Decimal(0)
    return bought
