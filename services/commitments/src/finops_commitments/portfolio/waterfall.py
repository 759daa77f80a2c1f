"""How commitments fill each hour in the provider's order, and what one more of each would be worth.

Types apply one after the other; within a type the plan with the lowest rates goes first, and
inside a plan the usage with the highest discount. Of every hour a dual solution is read off:
the prices of the commitments. Any prices give a lower bound of what any portfolio costs, so
what is derived from them is proven, whether or not the order is the cheapest assignment.
"""

from dataclasses import dataclass

import numpy as np

from finops_commitments.portfolio.duals import effort, tightened
from finops_commitments.portfolio.market import Floats, Indexes, Market

BLOCK_HOURS = 672
"""Hours filled at a time: few enough that a block stays in the processor's cache."""
GROUP_HOURS = 42
"""Hours that share a cut: for a fifth of a year 33 rounds found what 120 did not with 168."""
MOST_EFFORT = 30_000_000
"""Values sorted to tighten all hours once: two to three seconds of work."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What one portfolio leaves to on-demand; money per hour, [hour] and [offer, hour].

    `bounds` and `slopes` are cuts: in each group of hours the on-demand cost of ANY amounts
    x is at least `bounds + slopes @ x`, [group] and [group, offer].
    """

    on_demand: Floats
    used: Floats
    bounds: Floats
    slopes: Floats


@dataclass(frozen=True, slots=True)
class _Pool:
    offer: int
    classes: Indexes
    ratios: Floats


class Waterfall:
    """The hours of one market, ready to be filled again and again."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._pools = _pools(market)
        self.groups = -(-market.hours // GROUP_HOURS)
        self.tight = False

    def tighten(self, amounts: Floats) -> bool:
        """Let cuts be the best there are from now on, where that takes seconds at most.

        `amounts` are near those that will be filled.
        """
        pools = int((self._market.owned.any(axis=1) | (amounts > 0)).sum())
        self.tight = self._market.demand.size * effort(pools) <= MOST_EFFORT
        return self.tight

    def fill(self, amounts: Floats) -> Filled:
        """Fill all hours with what is owned and `amounts`, money per hour, [offer]."""
        market = self._market
        on_demand: Floats = np.empty(market.hours)
        used: Floats = np.zeros((len(amounts), market.hours))
        bounds: Floats = np.zeros(self.groups)
        slopes: Floats = np.zeros((self.groups, len(amounts)))
        for start in range(0, market.hours, BLOCK_HOURS):
            block = slice(start, min(start + BLOCK_HOURS, market.hours))
            demand, owned = market.demand[:, block], market.owned[:, block]
            left, marginal = self._apply(demand, owned + amounts[:, None], used[:, block])
            on_demand[block] = left.sum(axis=0)
            unit_cost, prices = self._prices(marginal, demand.shape)
            if self.tight:
                capacity = owned + amounts[:, None]
                unit_cost, prices = tightened(prices, demand, capacity, market.ratios)
            least = (demand * unit_cost).sum(axis=0) - (prices * owned).sum(axis=0)
            group = np.arange(start, block.stop) // GROUP_HOURS
            np.add.at(bounds, group, least)
            np.add.at(slopes, group, -prices.T)
        return Filled(on_demand, used, bounds, slopes)

    def left(self) -> Floats:
        """What the owned commitments leave to on-demand, money, [class, hour]."""
        market = self._market
        found: Floats = np.empty(market.demand.shape)
        for start in range(0, market.hours, BLOCK_HOURS):
            block = slice(start, min(start + BLOCK_HOURS, market.hours))
            owned = market.owned[:, block]
            found[:, block] = self._apply(market.demand[:, block], owned, np.zeros(owned.shape))[0]
        return found

    def _apply(
        self, demand: Floats, capacity: Floats, used: Floats
    ) -> tuple[Floats, list[Indexes]]:
        """What is left, and of each pool which of its classes the next unit would cover."""
        left = demand.copy()
        marginal = []
        for pool in self._pools:
            rows = left[pool.classes]
            have = capacity[pool.offer]
            if not have.any():
                found = rows > 0
                marginal.append(np.where(found.any(axis=0), found.argmax(axis=0), len(rows)))
                continue
            rows *= pool.ratios[:, None]
            ends = np.cumsum(rows, axis=0)
            marginal.append(np.count_nonzero(ends <= have, axis=0))
            used[pool.offer] = np.minimum(ends[-1], have)
            ends -= have
            # What lies past the capacity stays: at least nothing, at most all of a class.
            np.clip(ends, 0, rows, out=ends)
            ends /= pool.ratios[:, None]
            left[pool.classes] = ends
        return left, marginal

    def _prices(self, marginal: list[Indexes], shape: tuple[int, ...]) -> tuple[Floats, Floats]:
        """What a unit of each class costs, and what a unit of each offer is worth.

        From the last to be applied to the first: a unit of an earlier plan frees what later
        ones would have spent on the same usage.
        """
        unit_cost: Floats = np.ones(shape)
        prices: Floats = np.zeros((len(self._market.offers), shape[1]))
        hours = np.arange(shape[1])
        for pool, at in zip(reversed(self._pools), reversed(marginal), strict=True):
            last = np.minimum(at, len(pool.classes) - 1)
            worth = unit_cost[pool.classes[last], hours] / pool.ratios[last]
            price = np.where(at < len(pool.classes), worth, 0.0)
            prices[pool.offer] = price
            costs = pool.ratios[:, None] * price
            unit_cost[pool.classes] = np.minimum(unit_cost[pool.classes], costs)
        return unit_cost, prices


def _pools(market: Market) -> list[_Pool]:
    pools = []
    for number in range(len(market.offers)):
        covered = np.flatnonzero(np.isfinite(market.ratios[:, number]))
        ratios = market.ratios[covered, number]
        order = np.argsort(ratios, kind="stable")
        if len(covered):
            pools.append(_Pool(number, covered[order], ratios[order]))
    return sorted(pools, key=lambda pool: (market.offers[pool.offer].turn, pool.ratios.mean()))
