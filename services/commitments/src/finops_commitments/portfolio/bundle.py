"""Cutting planes with a trust region: the cheapest continuous amounts, and a proven bound.

Each round fills all hours once at a trial portfolio, which gives its exact cost and a cut for
every week. The master's optimum under all cuts is a lower bound; inside the trust region it is
the next trial.
"""

from dataclasses import dataclass

import numpy as np

from finops_commitments.portfolio.market import Floats, Market
from finops_commitments.portfolio.master import Master
from finops_commitments.portfolio.waterfall import Waterfall

ROUNDS = 120
PATIENCE = 8
"""Rounds in which nothing moved by a tenth of the tolerance, after which nothing will."""
FIRST_RADIUS = 0.25
"""Of an offer's largest useful amount."""
GOOD, POOR = 0.5, 0.1
"""Parts of the gain hoped for: from which the region grows, and below which it shrinks."""


@dataclass(frozen=True, slots=True)
class Found:
    """The best amounts seen, money per hour [offer], what they cost and the proven bound."""

    amounts: Floats
    cost: float
    bound: float
    rounds: int

    @property
    def gap(self) -> float:
        """How much dearer than the optimum it can be, as a part of its cost."""
        return max(self.cost - self.bound, 0.0) / self.cost if self.cost > 0 else 0.0


class Bundle:
    """One market's search; cuts once found serve every search that follows.

    Args:
        costs: of one unit of committed money in one hour, [offer]: above 1 where it is paid
            early and capital costs.
        limits: linear limits, as `Limits.rows` gives them.
    """

    def __init__(
        self,
        market: Market,
        waterfall: Waterfall,
        costs: Floats,
        limits: list[tuple[Floats, float]],
    ) -> None:
        self._waterfall = waterfall
        self._costs = costs * market.hours
        most = _largest(market)
        self._spread = most
        self.master = Master(self._costs, most, waterfall.groups, limits)

    def search(self, start: Floats, tolerance: float, rounds: int = ROUNDS) -> Found:
        """The cheapest amounts from `start` on, to within `tolerance` of their cost.

        Where that cannot be reached, for the order in which AWS applies plans costs more than
        any price of theirs can prove, it is the best found when nothing moves any more.
        """
        best = start
        cost = self.cost(start)
        radius, bound, still = FIRST_RADIUS, 0.0, 0
        gap = np.inf
        for number in range(1, rounds + 1):
            free, value = self.master.solve()
            bound = max(bound, value)
            if cost - bound <= tolerance * cost:
                return Found(best, cost, bound, number)
            moved = gap - (cost - bound) > tolerance * cost / 10
            gap, still = (cost - bound, 0) if moved else (gap, still + 1)
            if still > PATIENCE:
                if self._waterfall.tight or not self._waterfall.tighten(best):
                    return Found(best, cost, bound, number)
                radius, still = FIRST_RADIUS, 0
            trial, hoped = self.master.solve(best, radius * self._spread)
            if cost - hoped <= tolerance * cost / 4:
                trial, hoped, radius = free, value, min(radius * 4, 1.0)
            found = self.cost(trial)
            won = (cost - found) / (cost - hoped)
            if won > 0:
                best, cost = trial, found
            radius = min(radius * 2, 1.0) if won > GOOD else radius * (1 if won > POOR else 0.6)
        return Found(best, cost, bound, rounds)

    def cost(self, amounts: Floats) -> float:
        """What the portfolio costs over all hours, owned commitments apart; its cuts are kept."""
        filled = self._waterfall.fill(amounts)
        self.master.add(filled)
        return float(self._costs @ amounts + filled.on_demand.sum())


def _largest(market: Market) -> Floats:
    """More than this covers nothing in any hour; zero for what is not for sale."""
    return np.array(
        [
            float((market.ratios[rows, number] @ market.demand[rows]).max())
            if each.for_sale and (rows := np.isfinite(market.ratios[:, number])).any()
            else 0.0
            for number, each in enumerate(market.offers)
        ]
    )
