"""What a scenario comes to, exact, and its wire form: decimals as text."""

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from finops_commitments.simulation.aws_order import PLANS, RESERVED, order_of
from finops_commitments.simulation.scenario import Scenario
from finops_common.money import plain

Exact = Fraction | None
"""None is unknown: a price is missing."""

PLACES = 12
"""Of what has no finite decimal form, such as a third; half to even."""

PERCENT_PLACES = 8

_LONGEST = 60
_WIDE = Context(prec=400)


def simulated(scenario: Scenario) -> dict[str, Any]:
    """The answer to a scenario; null is what a missing price leaves unknown."""
    usage, held = _column(scenario.quantities), _column(scenario.held)
    filled = order_of(scenario.family).apply(usage, held)
    reserved, plans = filled.covered[RESERVED][:, 0], filled.covered[PLANS][:, 0]
    left, used = filled.left[:, 0], filled.used[:, 0]
    wire = scenario.wire
    number = len(wire.reserved_instances)
    return {
        "usage": [
            {
                "label": each.label,
                "covered_by_reserved_instances": decimal_text(reserved[at]),
                "covered_by_savings_plans": decimal_text(plans[at]),
                "on_demand": decimal_text(left[at]),
                "on_demand_cost": decimal_text(_cost(left[at], each.on_demand_rate)),
            }
            for at, each in enumerate(wire.usage)
        ],
        "reserved_instances": [
            _drawn(each.id, used[at], held[at, 0])
            for at, each in enumerate(wire.reserved_instances)
        ],
        "savings_plans": [
            _drawn(each.id, used[at], held[at, 0])
            for at, each in enumerate(wire.savings_plans, start=number)
        ],
        "totals": _totals(scenario, left.tolist()),
    }


def decimal_text(value: Exact, places: int = PLACES) -> str | None:
    """The number in full where its decimal form ends, else rounded to `places`."""
    if value is None:
        return None
    ending = _decimal_places(value.denominator)
    if ending is None or ending > _LONGEST:
        ending = places
    return plain(Decimal(round(value * 10**ending)).scaleb(-ending, _WIDE))


def _decimal_places(denominator: int) -> int | None:
    """Places after the point of fractions over this; None where they never end."""
    counts = []
    for prime in (2, 5):
        counts.append(0)
        while denominator % prime == 0:
            denominator //= prime
            counts[-1] += 1
    return max(counts) if denominator == 1 else None


def _column(values: Sequence[Fraction]) -> Any:  # noqa: ANN401 -- an array of Fractions
    return np.array(values, dtype=object).reshape(-1, 1)


def _drawn(name: str | None, used: Fraction, held: Fraction) -> dict[str, Any]:
    return {"id": name, "used": decimal_text(used), "unused": decimal_text(held - used)}


def _totals(scenario: Scenario, left: Sequence[Fraction]) -> dict[str, Any]:
    wire = scenario.wire
    rates = [each.on_demand_rate for each in wire.usage]
    on_demand = _sum(map(_cost, left, rates))
    equivalent = _sum(map(_cost, scenario.quantities, rates))
    amortised = _sum(
        [
            *(_cost(Fraction(each.count), each.hourly_rate) for each in wire.reserved_instances),
            *(Fraction(each.hourly_commitment) for each in wire.savings_plans),
        ]
    )
    covered = _sum([equivalent, _negative(on_demand)])
    savings = _sum([covered, _negative(amortised)])
    return {
        "on_demand_cost": decimal_text(on_demand),
        "on_demand_equivalent": decimal_text(equivalent),
        "amortised_cost": decimal_text(amortised),
        "net_savings": decimal_text(savings),
        "coverage_percent": _percent(covered, equivalent),
        "effective_savings_rate_percent": _percent(savings, equivalent),
    }


def _cost(quantity: Fraction, rate: Decimal | None) -> Exact:
    if rate is None:
        return None if quantity else Fraction(0)
    return quantity * Fraction(rate)


def _sum(parts: Iterable[Exact]) -> Exact:
    total = Fraction(0)
    for part in parts:
        if part is None:
            return None
        total += part
    return total


def _negative(value: Exact) -> Exact:
    return None if value is None else -value


def _percent(part: Exact, whole: Exact) -> str | None:
    if part is None or not whole:
        return None
    rounded = Decimal(round(100 * part / whole * 10**PERCENT_PLACES))
    return plain(rounded.scaleb(-PERCENT_PLACES, _WIDE))
