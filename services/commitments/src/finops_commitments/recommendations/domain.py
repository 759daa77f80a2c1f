"""Sizing one Compute Savings Plan exactly against past hours (COM-40).

Inside an hour a plan takes the usage with the highest discount first, so the on-demand
cost it replaces is concave in the commitment, and the total cost of all hours convex and
piecewise linear: one of its sorted breakpoints is the exact optimum.

The search runs on float64; every published sum is a decimal sum of hourly values rounded
to twelve places, at the amount that is recommended.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import numpy as np
from numpy.typing import NDArray

from finops_commitments.figures.domain import EXACT, percent, ratio
from finops_commitments.recommendations.offers import Terms

Floats = NDArray[np.float64]

MONTH_HOURS = 730
STEP = Decimal("0.00001")
SMALLEST = Decimal("0.001")
LARGEST = Decimal(1_000_000)
"""The amounts per hour AWS accepts, and how fine they are."""

USAGE_FALLS = (20, 40)
MINIMUM_SAVING = Decimal("0.002")
"""Of what is paid on demand: less is not worth a purchase."""
RUNGS = tuple(Decimal(tenths) / 10 for tenths in range(1, 10))
"""Parts of the best amount that are weighed beside it."""

LEFT_OUT = (
    "usage is taken as in the look-back, with planned changes; no trend or season",
    "other commitment types as alternatives",
    "negotiated discounts: on-demand is at public price",
    "when to buy, return deadline and resale",
)

_SCALE = Decimal("1e-12")
_FEW = 50_000
_PUBLISHED = Decimal("1e-6")


@dataclass(frozen=True, slots=True)
class Rung:
    """What a smaller plan than the recommended one would do; figures as in `Sizing`."""

    hourly_commitment: Decimal
    monthly_savings: Decimal
    coverage_after_percent: Decimal | None
    utilization_percent: Decimal | None


@dataclass(frozen=True, slots=True)
class Sizing:
    """One recommended Compute Savings Plan; money in the currency of the demand.

    A month is 730 hours. Savings are rounded down and costs up (six places), so a plan
    never turns out worse than stated. None is "does not exist", such as the utilization
    of no plan. `monthly_savings_if_usage_falls` is by percent and may be negative. `smaller`
    goes from a tenth of the amount to nine tenths: who wants to be surer buys less.
    """

    hourly_commitment: Decimal
    terms: Terms
    hours: int
    monthly_savings: Decimal
    monthly_on_demand_before: Decimal
    coverage_before_percent: Decimal | None
    coverage_after_percent: Decimal | None
    utilization_percent: Decimal | None
    savings_rate_percent: Decimal | None
    roi_percent: Decimal | None
    break_even_months: Decimal | None
    break_even_utilization_percent: Decimal | None
    upfront: Decimal
    total_commitment: Decimal
    net_present_value: Decimal | None
    monthly_savings_if_usage_falls: dict[int, Decimal]
    smaller: tuple[Rung, ...]
    left_out: tuple[str, ...]

    @property
    def pays(self) -> bool:
        """Whether it saves enough of what is paid on demand to be worth the bother (COM-42)."""
        return self.monthly_savings >= MINIMUM_SAVING * self.monthly_on_demand_before


def size_compute_savings_plan(
    demand: Floats,
    ratios: Floats,
    terms: Terms,
    covered_before: Decimal = Decimal(0),
    cost_of_capital: Decimal | None = None,
    left_out: Sequence[str] = (),
    most: Decimal | None = None,
    not_offered: Decimal = Decimal(0),
) -> Sizing:
    """The hourly commitment with the lowest total cost over the given hours.

    Args:
        demand: on-demand cost not covered yet, money per hour, [class, hour].
        ratios: committed rate / on-demand rate, [class]; 1 is a class without discount.
        terms: what is bought; the ratios are those of these terms.
        covered_before: on-demand equivalent the owned plans covered in the same hours.
        cost_of_capital: yearly rate for the net present value (0.08 is 8 %).
        left_out: what the caller could not take into account, added to the list.
        most: no more than this is recommended.
        not_offered: on-demand cost of the same hours that nothing on offer covers.

    Raises:
        ValueError: shapes do not fit, there is no hour, or a value is negative, zero as a
            ratio, or not finite.
    """
    _check(demand, ratios)
    waterfall = _Waterfall(demand, ratios)
    amount = _on_grid(waterfall, most)
    applied = waterfall.apply(amount)
    all_demand = EXACT.add(EXACT.add(covered_before, not_offered), applied.demand)
    flow = _cash_flow(applied, terms)
    return Sizing(
        hourly_commitment=amount,
        terms=terms,
        hours=applied.hours,
        monthly_savings=_monthly(applied.savings, applied),
        monthly_on_demand_before=_monthly(
            EXACT.add(applied.demand, not_offered), applied, ROUND_CEILING
        ),
        coverage_before_percent=percent(covered_before, all_demand),
        coverage_after_percent=percent(EXACT.add(covered_before, applied.covered), all_demand),
        utilization_percent=percent(applied.used, applied.committed),
        savings_rate_percent=percent(applied.savings, applied.demand),
        roi_percent=percent(applied.savings, applied.committed),
        break_even_months=flow.break_even_months(),
        break_even_utilization_percent=percent(applied.used, applied.covered),
        upfront=flow.upfront.quantize(_PUBLISHED, ROUND_CEILING),
        total_commitment=amount * terms.hours,
        net_present_value=None if cost_of_capital is None else flow.present_value(cost_of_capital),
        monthly_savings_if_usage_falls=_falls(waterfall, applied),
        smaller=_smaller(waterfall, amount, covered_before, all_demand),
        left_out=(*LEFT_OUT, *left_out),
    )


@dataclass(frozen=True, slots=True)
class _Applied:
    """What one commitment does over all hours; exact sums of the hours."""

    amount: Decimal
    hours: int
    demand: Decimal
    covered: Decimal
    used: Decimal

    @property
    def committed(self) -> Decimal:
        return self.amount * self.hours

    @property
    def savings(self) -> Decimal:
        return EXACT.subtract(self.covered, self.committed)


class _Waterfall:
    """Hours filled by one plan, highest discount first; classes of one ratio are one.

    Until an hour's `ends` of a class, each unit of commitment replaces `gains` of
    on-demand cost; past it, `lost` less.
    """

    def __init__(self, demand: Floats, ratios: Floats) -> None:
        order = np.argsort(ratios, kind="stable")
        self._ratios, first = np.unique(ratios[order], return_index=True)
        spend: Floats = np.add.reduceat(demand[order], first, axis=0)
        self._hourly_demand: Floats = spend.sum(axis=0)
        spend *= self._ratios[:, None]
        self._spend = spend
        self._ends: Floats = np.cumsum(spend, axis=0)
        self._gains: Floats = 1 / self._ratios
        self._lost: Floats = self._gains - np.append(self._gains[1:], 0.0)
        self.hours = int(demand.shape[1])

    def optimum(self) -> float:
        """The smallest commitment at which one more unit replaces no more than it costs.

        It is a breakpoint: halving narrows them down, the rest are sorted and searched.
        """
        # Rounding must not carry the answer over a flat stretch to its dearer end.
        surplus = self.hours * (self._gains[0] - 1) * (1 - 1e-12)
        if self._lost_at(0.0) >= surplus:
            return 0.0
        low, high = 0.0, float(self._ends.max())
        while np.count_nonzero(between := (self._ends > low) & (self._ends <= high)) > _FEW:
            middle = (low + high) / 2
            if not low < middle < high:
                break
            low, high = (low, middle) if self._lost_at(middle) >= surplus else (middle, high)
        breakpoints = np.unique(self._ends[between]).tolist()
        return float(breakpoints[bisect_left(breakpoints, surplus, key=self._lost_at)])

    def apply(self, amount: Decimal, usage: Decimal = Decimal(1)) -> _Applied:
        """The exact sums at one commitment, with usage multiplied by `usage`.

        Less usage under the same amount is as a larger amount over all of it, scaled.
        """
        scale = float(usage)
        level = float(amount) / scale
        filled = level - self._ends
        filled += self._spend
        np.clip(filled, 0, self._spend, out=filled)
        return _Applied(
            amount=amount,
            hours=self.hours,
            demand=_exact_sum(self._hourly_demand * scale),
            covered=_exact_sum((self._gains @ filled) * scale),
            used=_exact_sum(np.minimum(self._ends[-1], level) * scale),
        )

    def _lost_at(self, amount: float) -> float:
        return float(np.count_nonzero(self._ends <= amount, axis=1) @ self._lost)


@dataclass(frozen=True, slots=True)
class _CashFlow:
    """An upfront payment, then the same gain every month of the term."""

    upfront: Decimal
    monthly_gain: Decimal
    months: int

    def break_even_months(self) -> Decimal | None:
        """Months until the gains have paid the upfront; None if they never do."""
        return ratio(self.upfront, self.monthly_gain) if self.monthly_gain > 0 else None

    def present_value(self, cost_of_capital: Decimal) -> Decimal:
        """The value today, gains falling due at the end of each month; rounded down."""
        growth = EXACT.power(1 + cost_of_capital, EXACT.divide(Decimal(1), Decimal(12)))
        factors = (EXACT.power(growth, -month) for month in range(1, self.months + 1))
        gains = EXACT.multiply(self.monthly_gain, sum(factors, Decimal(0)))
        return EXACT.subtract(gains, self.upfront).quantize(_PUBLISHED, ROUND_FLOOR)


def _falls(waterfall: _Waterfall, bought: _Applied) -> dict[int, Decimal]:
    usage = {share: Decimal(100 - share) / 100 for share in USAGE_FALLS}
    return {
        share: _monthly(waterfall.apply(bought.amount, left).savings, bought)
        for share, left in usage.items()
    }


def _smaller(
    waterfall: _Waterfall, best: Decimal, covered_before: Decimal, all_demand: Decimal
) -> tuple[Rung, ...]:
    amounts = ((best * part).quantize(STEP, ROUND_FLOOR) for part in RUNGS)
    return tuple(
        Rung(
            each.amount,
            _monthly(each.savings, each),
            percent(EXACT.add(covered_before, each.covered), all_demand),
            percent(each.used, each.committed),
        )
        for each in (waterfall.apply(amount) for amount in amounts if amount >= SMALLEST)
    )


def _cash_flow(applied: _Applied, terms: Terms) -> _CashFlow:
    share = terms.payment_option.upfront_share
    replaced = EXACT.divide(applied.covered, Decimal(applied.hours))
    recurring = applied.amount * (1 - share)
    return _CashFlow(
        upfront=applied.amount * terms.hours * share,
        monthly_gain=EXACT.multiply(EXACT.subtract(replaced, recurring), Decimal(MONTH_HOURS)),
        months=terms.years * 12,
    )


def best_amount(demand: Floats, ratios: Floats) -> Decimal:
    """The hourly commitment of `size_compute_savings_plan` alone; raises as that does."""
    _check(demand, ratios)
    return _on_grid(_Waterfall(demand, ratios), None)


def _on_grid(waterfall: _Waterfall, most: Decimal | None) -> Decimal:
    """The best amount AWS accepts: by convexity a neighbour of the optimum, or none."""
    if most is not None and most < SMALLEST:
        return Decimal(0)
    optimum = Decimal(waterfall.optimum())
    if most is not None:
        optimum = min(optimum, most.quantize(STEP, ROUND_FLOOR))
    near = (optimum.quantize(STEP, ROUND_FLOOR), optimum.quantize(STEP, ROUND_CEILING))
    allowed = {min(max(each, SMALLEST), LARGEST) for each in near}
    applied = [waterfall.apply(each) for each in sorted(allowed)]
    best = max(applied, key=lambda each: each.savings)
    return best.amount if best.savings > 0 else Decimal(0)


def _monthly(over_all_hours: Decimal, applied: _Applied, rounding: str = ROUND_FLOOR) -> Decimal:
    hourly = EXACT.divide(over_all_hours, Decimal(applied.hours))
    return EXACT.multiply(hourly, Decimal(MONTH_HOURS)).quantize(_PUBLISHED, rounding)


def _exact_sum(hourly: Floats) -> Decimal:
    return sum(
        (Decimal(value).quantize(_SCALE, context=EXACT) for value in hourly.tolist()), Decimal(0)
    )


def _check(demand: Floats, ratios: Floats) -> None:
    fits = ratios.ndim == 1 and demand.shape == (*ratios.shape, *demand.shape[-1:])
    if not fits or 0 in demand.shape:
        raise ValueError(f"demand {demand.shape} is not [class, hour] of ratios {ratios.shape}")
    if not (np.isfinite(demand).all() and (demand >= 0).all()):
        raise ValueError("demand must be finite and not negative")
    if not (np.isfinite(ratios).all() and (ratios > 0).all()):
        raise ValueError("ratios must be finite and above zero")
