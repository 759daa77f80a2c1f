"""Which of the orders AWS leaves open a bill shows: the plan named on each covered line tells."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from finops_commitments.simulation.aws import Orders, PayerFamily
from finops_commitments.simulation.aws_order import order_of
from finops_commitments.simulation.domain import Numbers

CANDIDATES = tuple(
    Orders(shared_instance_plans_first=first, newest_first=newest)
    for first, newest in product((True, False), (False, True))
)

INDISTINCT = 1e-6
"""The share of covered usage that the rounding of a bill may misplace."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How well an order explains a bill: the share of covered usage it ascribes otherwise.

    Zero explains every line, one none of them. Usage counts in money at on-demand prices.
    """

    orders: Orders
    misplaced: float


@dataclass(frozen=True, slots=True)
class Inferred:
    """What a bill says about the two open orders; None where it shows neither way.

    `fits` are all candidates, the best first.
    """

    shared_instance_plans_first: bool | None
    newest_first: bool | None
    fits: Sequence[Fit]


def infer_orders(family: PayerFamily, usage: Numbers, held: Numbers, billed: Numbers) -> Inferred:
    """Find the orders under which the simulator ascribes usage as the bill does.

    Args:
        family: who uses and holds what; its own orders do not matter. Equal commitments need
            their start to tell the older from the newer.
        usage: [line, hour], float64.
        held: [commitment, hour], reservations, then plans.
        billed: [commitment, line, hour]: usage that the bill shows under each commitment; a
            few busy days tell as much as a month.
    """
    prices = np.array([float(line.on_demand_rate or 1) for line in family.lines]).reshape(-1, 1)
    whole = float((billed * prices).sum()) or 1.0
    fits = [
        Fit(orders, _misplaced(replace(family, orders=orders), usage, held, billed, prices) / whole)
        for orders in CANDIDATES
    ]
    fits.sort(key=lambda fit: fit.misplaced)
    likely = [fit.orders for fit in fits if fit.misplaced <= fits[0].misplaced + INDISTINCT]
    return Inferred(
        _agreed([each.shared_instance_plans_first for each in likely]),
        _agreed([each.newest_first for each in likely]),
        fits,
    )


def _misplaced(
    family: PayerFamily, usage: Numbers, held: Numbers, billed: Numbers, prices: Numbers
) -> float:
    """What the bill has under other commitments than this order, in money."""
    shares = order_of(family).apply(usage, held, shares=True).shares
    if shares is None:
        raise AssertionError("shares were asked for")
    return float((np.maximum(billed - shares, 0) * prices).sum())


def _agreed(values: Sequence[bool]) -> bool | None:
    return values[0] if len(set(values)) == 1 else None
