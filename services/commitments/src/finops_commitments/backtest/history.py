"""Past demand as policies and their judge see it: what one commitment could cover, by the hour.

Inside an hour a commitment takes the usage with the highest discount first, so what it saves
is concave in its amount. Search and sums run on float64.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from finops_commitments.recommendations.domain import Floats


@dataclass(frozen=True, eq=False)
class History:
    """Hourly on-demand cost no other commitment covers.

    Args:
        demand: money per hour, [class, hour].
        ratios: committed rate / on-demand rate, [class].

    Raises:
        ValueError: shapes do not fit, or a value is negative, zero as a ratio, or not finite.
    """

    demand: Floats
    ratios: Floats

    def __post_init__(self) -> None:
        if self.demand.shape != (*self.ratios.shape, *self.demand.shape[-1:]):
            raise ValueError(f"demand {self.demand.shape} does not fit ratios {self.ratios.shape}")
        if not (np.isfinite(self.demand).all() and (self.demand >= 0).all()):
            raise ValueError("demand must be finite and not negative")
        if not (np.isfinite(self.ratios).all() and (self.ratios > 0).all()):
            raise ValueError("ratios must be finite and above zero")

    @property
    def hours(self) -> int:
        return int(self.demand.shape[1])

    @cached_property
    def total(self) -> Floats:
        """On-demand cost, money per hour, [hour]."""
        total: Floats = self.demand.sum(axis=0)
        return total

    def mean(self, since: int, until: int) -> float:
        """Mean on-demand cost of the hours [since, until); zero where there are none."""
        within = self.total[max(since, 0) : until]
        return float(within.mean()) if within.size else 0.0

    def best_amount(self, since: int, until: int) -> float:
        """The constant commitment that saves the most over the hours [since, until).

        It is the smallest at which one more unit replaces no more than it costs: with one
        class, a quantile of the usage at committed rates. Zero without hours or saving.
        """
        ends = self._ends[:, max(since, 0) : until]
        surplus = ends.shape[1] * (self._gains[0] - 1) if len(self._gains) else 0.0
        if surplus <= 0:
            return 0.0
        lost = self._gains - np.append(self._gains[1:], 0.0)
        levels = ends.ravel()
        order = np.argsort(levels)
        given_up = np.cumsum(np.repeat(lost, ends.shape[1])[order])
        # Rounding must not carry the answer over a flat stretch to its dearer end.
        return float(levels[order[np.searchsorted(given_up, surplus * (1 - 1e-12))]])

    def savings(self, committed: Floats, since: int = 0) -> Floats:
        """On-demand cost replaced minus the commitment's own, money per hour, [hour].

        Args:
            committed: money per hour, [hour].
            since: the hour the first of them is for.
        """
        hours = slice(since, since + len(committed))
        filled = committed - self._ends[:, hours]
        filled += self._spend[:, hours]
        np.clip(filled, 0, self._spend[:, hours], out=filled)
        saved: Floats = self._gains @ filled - committed
        return saved

    @cached_property
    def _order(self) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        return np.argsort(self.ratios, kind="stable")

    @cached_property
    def _gains(self) -> Floats:
        return 1 / self.ratios[self._order]

    @cached_property
    def _spend(self) -> Floats:
        spend: Floats = self.demand[self._order] * self.ratios[self._order][:, None]
        return spend

    @cached_property
    def _ends(self) -> Floats:
        return np.cumsum(self._spend, axis=0)
