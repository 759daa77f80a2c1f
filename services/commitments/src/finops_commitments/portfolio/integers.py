"""Reservations come in whole units: rounded, then moved by one while the hours get cheaper."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import numpy as np

from finops_commitments.portfolio.bundle import Bundle, Found
from finops_commitments.portfolio.limits import Limits
from finops_commitments.portfolio.market import Floats, Offer
from finops_commitments.portfolio.master import MasterError

ROUNDS = 40
"""Of the searches around whole reservations: they begin with the cuts of the one before."""
EVALUATIONS = 60
"""How often the search may fill all hours; the gap says what it may have missed."""


def whole_units(
    bundle: Bundle, found: Found, offers: Sequence[Offer], limits: Limits, tolerance: float
) -> Found:
    """The amounts with whole reservations; plans are solved anew around them.

    The cuts found on the way make the bound tighter, which is still one of all portfolios.

    Plans alone where that costs no more than the tolerance: at the same price they cover more
    than a reservation does. Else rounded down first, which keeps cash and lock-in, then each
    reservation is raised by one, or lowered, where that is allowed and cheaper.
    """
    whole = np.array([each.unit is not None for each in offers])
    plans = bundle.search(_around(bundle, whole, np.zeros(len(offers))), tolerance, ROUNDS)
    best = plans
    if plans.cost - found.bound > tolerance * plans.cost:
        amounts = _moved(bundle, found, offers, limits)
        mixed = bundle.search(_around(bundle, whole, amounts), tolerance, ROUNDS)
        best = plans if plans.cost <= mixed.cost * (1 + tolerance) else mixed
    bundle.master.free()
    return replace(best, bound=max(found.bound, bundle.master.solve()[1]), rounds=found.rounds)


def _moved(bundle: Bundle, found: Found, offers: Sequence[Offer], limits: Limits) -> Floats:
    """Whole reservations beside the plans that were found, moved by one while that is cheaper."""
    whole = np.array([each.unit is not None for each in offers])
    units = np.array([float(each.unit or 1) for each in offers])
    amounts = np.where(whole, np.floor(found.amounts / units + 1e-9) * units, found.amounts)
    tries = EVALUATIONS
    cost = bundle.cost(amounts)
    moved = True
    # The most uncertain first: what rounding has cut off most of.
    order = np.argsort(amounts / units - found.amounts / units, kind="stable")
    while moved and tries > 0:
        moved = False
        for number in order[whole[order]]:
            for step in (units[number], -units[number]):
                trial = amounts.copy()
                trial[number] += step
                if tries <= 0 or trial[number] < 0 or not _allowed(offers, trial, limits):
                    continue
                tries -= 1
                if (priced := bundle.cost(trial)) < cost:
                    amounts, cost, moved = trial, priced, True
                    break
    return amounts


def _around(bundle: Bundle, whole: Floats, amounts: Floats) -> Floats:
    """Plans that keep the limits beside these reservations; without any where none do.

    Fewer reservations are a smaller whole, of which the plans found before may be too much.
    """
    bundle.master.fix(whole, amounts)
    try:
        return bundle.master.solve()[0]
    except MasterError:
        bundle.master.fix(whole, np.zeros(len(amounts)))
        return bundle.master.solve()[0]


def _allowed(offers: Sequence[Offer], amounts: Floats, limits: Limits) -> bool:
    exact = [
        each.unit * round(amount / float(each.unit)) if each.unit else Decimal(amount)
        for each, amount in zip(offers, amounts.tolist(), strict=True)
    ]
    return limits.keeps(offers, exact)
