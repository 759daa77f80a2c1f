"""Sizing one commitment exactly against past hours (COM-40).

Inside an hour it takes the usage with the highest discount first, so the on-demand
cost it replaces is concave in the commitment, and the total cost of all hours convex and
piecewise linear: one of its sorted breakpoints is the exact optimum. Of what is sold in whole
units it is one of the two beside that.

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
from finops_commitments.offers.domain import LARGEST, MONTH_HOURS, SMALLEST, STEP, Terms
from finops_commitments.portfolio.market import Offer, exact_sum

Floats = NDArray[np.float64]

USAGE_FALLS = (20, 40)
MINIMUM_SAVING = Decimal("0.002")
"""Of what is paid on demand: less is not worth a purchase."""
RUNGS = tuple(Decimal(tenths) / 10 for tenths in range(1, 10))
"""Parts of the best amount that are weighed beside it."""

LEFT_OUT = (
    "usage is taken as in the look-back, with planned changes; no trend or season",
    "other commitment types as alternatives",
    "negotiated discounts: on-demand is at public price",
)

_SCALE = Decimal("1e-12")
_FEW = 50_000
_PUBLISHED = Decimal("1e-6")
_LOST = Decimal("1e-9")
"""What floats, and divisions by the hours of a term, may have lost of a step."""


@dataclass(frozen=True, slots=True)
class Rung:
    """What less than is recommended would do; figures as in `Sizing`."""

    hourly_commitment: Decimal
    monthly_savings: Decimal
    coverage_after_percent: Decimal | None
    utilization_percent: Decimal | None


@dataclass(frozen=True, slots=True)
class Sizing:
    """One recommended commitment; money in the currency of the demand.

    A month is 730 hours. Savings are rounded down and costs up (six places), so it
    never turns out worse than stated. None is "does not exist", such as the utilization
    of nothing. `monthly_savings_if_usage_falls` is by percent and may be negative. `smaller`
    goes from a tenth of the amount to nine tenths: who wants to be surer buys less. `count` is
    how many units it is, of what is sold so; `best_start` the hour ahead from which on it
    saves the most, 0 being now.
    """

    hourly_commitment: Decimal
    count: int | None
    best_start: int
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


def size_commitment(
    demand: Floats,
    ratios: Floats,
    offer: Offer,
    covered_before: Decimal = Decimal(0),
    cost_of_capital: Decimal | None = None,
    left_out: Sequence[str] = (),
    most: Decimal | None = None,
    not_offered: Decimal = Decimal(0),
    starts: Sequence[int] = (),
) -> Sizing:
    """The hourly commitment with the lowest total cost over the given hours.

    Args:
        demand: on-demand cost not covered yet, money per hour, [class, hour].
        ratios: committed rate / on-demand rate, [class]; 1 is a class without discount.
        offer: what is bought; the ratios are those of its terms.
        covered_before: on-demand equivalent the owned plans covered in the same hours.
        cost_of_capital: yearly rate for the net present value (0.08 is 8 %).
        left_out: what the caller could not take into account, added to the list.
        most: no more than this is recommended.
        not_offered: on-demand cost of the same hours that nothing on offer covers.
        starts: hours ahead from which on it may be bought instead of now.

    Raises:
        ValueError: shapes do not fit, there is no hour, or a value is negative, zero as a
            ratio, or not finite.
    """
    _check(demand, ratios)
    waterfall = _Waterfall(demand, ratios)
    amount = _on_grid(waterfall, offer, most)
    applied = waterfall.apply(amount)
    all_demand = EXACT.add(EXACT.add(covered_before, not_offered), applied.demand)
    flow = _cash_flow(applied, offer)
    return Sizing(
        hourly_commitment=amount,
        count=None if offer.unit is None else int(_steps(amount, offer.unit, ROUND_FLOOR)),
        best_start=_best_start(waterfall, amount, starts),
        terms=offer.terms,
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
        upfront=payable(flow.upfront),
        total_commitment=payable(EXACT.multiply(amount, Decimal(offer.terms.hours))),
        net_present_value=None if cost_of_capital is None else flow.present_value(cost_of_capital),
        monthly_savings_if_usage_falls=_falls(waterfall, applied),
        smaller=_smaller(waterfall, amount, offer, covered_before, all_demand),
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
        return EXACT.multiply(self.amount, Decimal(self.hours))

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
        filled = self._filled(level)
        return _Applied(
            amount=amount,
            hours=self.hours,
            demand=exact_sum(self._hourly_demand * scale),
            covered=exact_sum((self._gains @ filled) * scale),
            used=exact_sum(np.minimum(self._ends[-1], level) * scale),
        )

    def saved(self, amount: Decimal) -> Floats:
        """What that commitment saves in each hour, [hour]; negative where it is not used enough."""
        saved: Floats = self._gains @ self._filled(float(amount)) - float(amount)
        return saved

    def _filled(self, level: float) -> Floats:
        filled: Floats = level - self._ends
        filled += self._spend
        np.clip(filled, 0, self._spend, out=filled)
        return filled

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
    waterfall: _Waterfall, best: Decimal, offer: Offer, covered_before: Decimal, all_demand: Decimal
) -> tuple[Rung, ...]:
    step, smallest = _grid(offer)
    parts = (EXACT.multiply(best, part) for part in RUNGS)
    amounts = {EXACT.multiply(step, _steps(each, step, ROUND_FLOOR)) for each in parts}
    return tuple(
        Rung(
            each.amount,
            _monthly(each.savings, each),
            percent(EXACT.add(covered_before, each.covered), all_demand),
            percent(each.used, each.committed),
        )
        for each in (waterfall.apply(amount) for amount in sorted(amounts) if amount >= smallest)
    )


def _cash_flow(applied: _Applied, offer: Offer) -> _CashFlow:
    replaced = EXACT.divide(applied.covered, Decimal(applied.hours))
    recurring = EXACT.multiply(applied.amount, 1 - offer.upfront_share)
    return _CashFlow(
        upfront=EXACT.multiply(applied.amount, offer.upfront),
        monthly_gain=EXACT.multiply(EXACT.subtract(replaced, recurring), Decimal(MONTH_HOURS)),
        months=offer.months,
    )


def best_amount(demand: Floats, ratios: Floats, offer: Offer) -> Decimal:
    """The hourly commitment of `size_commitment` alone; raises as that does."""
    _check(demand, ratios)
    return _on_grid(_Waterfall(demand, ratios), offer, None)


def payable(amount: Decimal) -> Decimal:
    """Rounded up, but for what division by the hours of a term has lost."""
    return amount.quantize(_SCALE, context=EXACT).quantize(_PUBLISHED, ROUND_CEILING, EXACT)


def _on_grid(waterfall: _Waterfall, offer: Offer, most: Decimal | None) -> Decimal:
    """The best amount that is sold: by convexity a neighbour of the optimum, or none."""
    step, smallest = _grid(offer)
    least, top = (int(_steps(each, step, ROUND_CEILING)) for each in (smallest, LARGEST))
    if most is not None:
        top = int(_steps(most, step, ROUND_FLOOR))
    if top < least:
        return Decimal(0)
    optimum = Decimal(waterfall.optimum())
    near = {int(_steps(optimum, step, rounding)) for rounding in (ROUND_FLOOR, ROUND_CEILING)}
    allowed = sorted({min(max(each, least), top) for each in near})
    applied = [waterfall.apply(EXACT.multiply(step, Decimal(each))) for each in allowed]
    best = max(applied, key=lambda each: each.savings)
    return best.amount if best.savings > 0 else Decimal(0)


def _grid(offer: Offer) -> tuple[Decimal, Decimal]:
    """How fine the amounts of an offer are, and the smallest: of AWS's plans, or whole units."""
    return (STEP, SMALLEST) if offer.unit is None else (offer.unit, offer.unit)


def _steps(amount: Decimal, step: Decimal, rounding: str) -> Decimal:
    return EXACT.divide(amount, step).quantize(_LOST, context=EXACT).to_integral_value(rounding)


def _best_start(waterfall: _Waterfall, amount: Decimal, starts: Sequence[int]) -> int:
    """Later than now only where that saves more than sums of floats differ by."""
    saved = waterfall.saved(amount)
    later = {each: float(saved[each:].sum()) for each in starts if 0 < each < waterfall.hours}
    best = max(later, key=lambda each: later[each], default=0)
    now = float(saved.sum())
    return best if later and later[best] > now + 1e-9 * abs(now) else 0


def _monthly(over_all_hours: Decimal, applied: _Applied, rounding: str = ROUND_FLOOR) -> Decimal:
    hourly = EXACT.divide(over_all_hours, Decimal(applied.hours))
    return EXACT.multiply(hourly, Decimal(MONTH_HOURS)).quantize(_PUBLISHED, rounding)


def _check(demand: Floats, ratios: Floats) -> None:
    fits = ratios.ndim == 1 and demand.shape == (*ratios.shape, *demand.shape[-1:])
    if not fits or 0 in demand.shape:
        raise ValueError(f"demand {demand.shape} is not [class, hour] of ratios {ratios.shape}")
    if not (np.isfinite(demand).all() and (demand >= 0).all()):
        raise ValueError("demand must be finite and not negative")
    if not (np.isfinite(ratios).all() and (ratios > 0).all()):
        raise ValueError("ratios must be finite and above zero")
