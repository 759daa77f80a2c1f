"""Better prices of the hours in which the order AWS applies plans in is not the cheapest.

There the prices read off the order prove less than could be proven. Those of the pools that
hold something are raised here, some of them by one factor at a time, each time to the best
factor: for two pools that ends at the best prices there are, for more it comes near.
"""

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from finops_commitments.portfolio.market import Floats

MOST_POOLS = 4
"""Up to so many pools all sets of them are scaled; of more, each one and all together."""
PASSES = 3


def tightened(
    prices: Floats, demand: Floats, capacity: Floats, ratios: Floats
) -> tuple[Floats, Floats]:
    """What a unit of each class costs [class, hour] and of each offer is worth [offer, hour].

    Args:
        prices: where to begin, [offer, hour].
        demand: money per hour, [class, hour].
        capacity: money per hour committed on each offer, [offer, hour].
        ratios: [class, offer]; infinite where an offer does not cover a class.
    """
    held = np.flatnonzero((capacity > 0).any(axis=1))
    at, room = prices[held], capacity[held]
    reach: Floats = ratios[:, held]
    for _ in range(PASSES):
        for chosen in _sets(len(held)):
            at[chosen] = _scaled(at, chosen, demand, room, reach)
    unit_cost = np.minimum(1.0, _least(at, reach))
    found = _worth(unit_cost, ratios)
    found[held] = at
    return unit_cost, found


def effort(pools: int) -> int:
    """How often each hour is gone through, for so many pools that hold something."""
    return PASSES * sum(1 for _ in _sets(pools))


def _sets(pools: int) -> Iterator[list[int]]:
    sizes = range(1, pools + 1) if pools <= MOST_POOLS else (1, pools)
    for size in sizes:
        for chosen in combinations(range(pools), size):
            yield list(chosen)


def _scaled(
    prices: Floats, chosen: list[int], demand: Floats, room: Floats, reach: Floats
) -> Floats:
    """The prices of the chosen pools times the factor that proves most, by hour."""
    others = [each for each in range(len(prices)) if each not in chosen]
    most = np.minimum(1.0, _least(prices[others], reach[:, others]))
    # Of one alone whatever it was: it may have been nothing.
    start = prices[chosen] if len(chosen) > 1 else np.ones((1, prices.shape[1]))
    own = _least(start, reach[:, chosen])
    with np.errstate(invalid="ignore", divide="ignore"):
        ends = np.where(np.isfinite(own) & (own > 0), most / own, 0.0)
    spent = np.where(ends > 0, demand * np.where(np.isfinite(own), own, 0.0), 0.0)
    order = np.argsort(-ends, axis=0, kind="stable")
    filled = np.cumsum(np.take_along_axis(spent, order, axis=0), axis=0)
    last = (filled <= (start * room[chosen]).sum(axis=0)).sum(axis=0)
    sorted_ends = np.take_along_axis(ends, order, axis=0)
    hours = np.arange(prices.shape[1])
    factor = np.where(last < len(ends), sorted_ends[np.minimum(last, len(ends) - 1), hours], 0.0)
    scaled: Floats = start * factor
    return scaled


def _least(prices: Floats, reach: Floats) -> Floats:
    """The lowest cost of a unit of each class under these pools, [class, hour]."""
    least: Floats = np.full((len(reach), prices.shape[1]), np.inf)
    for price, ratio in zip(prices, reach.T, strict=True):
        covered = np.isfinite(ratio)
        least[covered] = np.minimum(least[covered], ratio[covered, None] * price)
    return least


def _worth(unit_cost: Floats, ratios: Floats) -> Floats:
    """What a first unit of each offer is worth, [offer, hour]: that of its dearest class."""
    worth: Floats = np.zeros((ratios.shape[1], unit_cost.shape[1]))
    for number, ratio in enumerate(ratios.T):
        covered = np.isfinite(ratio)
        if covered.any():
            worth[number] = (unit_cost[covered] / ratio[covered, None]).max(axis=0)
    return worth
