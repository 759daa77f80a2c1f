"""What a scenario comes to, exact, and its wire form: decimals as text."""

from collections.abc import Iterable, Sequence
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from finops_commitments.simulation.hour import Exact, Held, Hour
from finops_commitments.simulation.scenario import Scenario
from finops_common.money import plain

PLACES = 12
"""Of what has no finite decimal form, such as a third; half to even."""

PERCENT_PLACES = 8

_LONGEST = 60
_WIDE = Context(prec=400)


def simulated(scenario: Scenario) -> dict[str, Any]:
    """The answer to a scenario; null is what a missing price leaves unknown."""
    hour = scenario.hour
    usage = _column([each.quantity for each in hour.used])
    filled = hour.order.apply(usage, _column([each.amount for each in hour.held]))
    left = filled.left[:, 0].tolist()
    drawn = [*zip(hour.held, filled.used[:, 0].tolist(), strict=True)]
    return {
        "usage": [
            {
                "label": each.label,
                **{
                    f"covered_by_{kind}": decimal_text(covered[at, 0])
                    for kind, covered in zip(hour.kinds, filled.covered, strict=True)
                },
                "on_demand": decimal_text(left[at]),
                "on_demand_cost": decimal_text(_cost(left[at], each.price)),
            }
            for at, each in enumerate(hour.used)
        ],
        **{
            kind: [_drawn(each, used) for each, used in drawn if each.kind == kind]
            for kind in hour.kinds
        },
        "totals": _totals(hour, left),
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


def _drawn(held: Held, used: Fraction) -> dict[str, Any]:
    left = held.amount - used
    return {"id": held.id, "used": decimal_text(used), "unused": decimal_text(left)}


def _totals(hour: Hour, left: Sequence[Fraction]) -> dict[str, Any]:
    prices = [each.price for each in hour.used]
    on_demand = _sum(map(_cost, left, prices))
    equivalent = _sum(_cost(each.quantity, each.price) for each in hour.used)
    amortised = _sum(each.cost for each in hour.held)
    covered = _sum([equivalent, _negative(on_demand)])
    savings = _sum([covered, _negative(amortised)])
    at_list = _sum(map(_cost, left, [each.list_price for each in hour.used]))
    discount = _sum([at_list, _negative(on_demand)])
    return {
        "on_demand_cost": decimal_text(on_demand),
        **({hour.discount: decimal_text(discount)} if hour.discount else {}),
        "on_demand_equivalent": decimal_text(equivalent),
        "amortised_cost": decimal_text(amortised),
        "net_savings": decimal_text(savings),
        "coverage_percent": _percent(covered, equivalent),
        "effective_savings_rate_percent": _percent(savings, equivalent),
    }


def _cost(quantity: Fraction, price: Exact) -> Exact:
    if price is None:
        return None if quantity else Fraction(0)
    return quantity * price


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
