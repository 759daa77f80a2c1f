"""How much of a recommendation to buy this week, in which slices, and when. Pure."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal

from finops_autosavings.plans.domain import Limit
from finops_autosavings.policies.domain import Blackout, Caps, Policy
from finops_common.contracts.commitments_queries import Recommendation

STEP = Decimal("0.00001")
SMALLEST = Decimal("0.001")
"""Money per hour: how finely AWS sells Savings Plans, and the least of one."""

RETURN_DAYS = 7
"""A plan can be returned for so long, within its UTC calendar month (cloud-facts 1.4)."""

EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Room:
    """What a plan may still take before a cap is met; None: no limit."""

    total_commitment: Decimal | None
    upfront: Decimal | None

    def without(self, total_commitment: Decimal, upfront: Decimal) -> "Room":
        """What is left after an item."""
        return Room(
            None if self.total_commitment is None else self.total_commitment - total_commitment,
            None if self.upfront is None else self.upfront - upfront,
        )


def room(caps: Caps) -> Room:
    """The caps while nothing has been bought: the tightest on commitment counts."""
    limits = [
        each for each in (caps.per_purchase, caps.per_month, caps.outstanding) if each is not None
    ]
    return Room(min(limits, default=None), caps.upfront)


def sure_enough(advice: Recommendation, minimum: Decimal) -> Recommendation | None:
    """The advice, or the largest smaller plan it lists, whose utilization is at least `minimum`.

    Of a smaller plan what follows from its amount is scaled: cost exactly, savings after a
    fall of usage downwards, as less of a plan saves more per unit. None where none is sure.
    """
    if advice.utilization_percent is None or advice.utilization_percent >= minimum:
        return advice
    sure = [each for each in advice.smaller if (each.utilization_percent or 0) >= minimum]
    if not sure:
        return None
    rung = max(sure, key=lambda each: each.hourly_commitment)
    amount = rung.hourly_commitment
    falls = advice.monthly_savings_if_usage_falls.items()
    return advice.model_copy(
        update={
            **dict(rung),
            "upfront": part(advice.upfront, amount, advice),
            "total_commitment": part(advice.total_commitment, amount, advice),
            "monthly_savings_if_usage_falls": {
                percent: part(saving, amount, advice) for percent, saving in falls
            },
        }
    )


def this_week(advice: Recommendation, policy: Policy, left: Room) -> tuple[Decimal, Limit]:
    """The amount per hour to buy now, on AWS's grid, and what keeps it from being more.

    The gap is what is missing to the target coverage. Coverage grows at least in
    proportion to the amount, so the target may be passed by a little, never missed.
    """
    gap = EXACT.multiply(advice.hourly_commitment, _to_target(advice, policy))
    share = EXACT.divide(policy.weekly_share_percent, Decimal(100))
    limits: list[tuple[Decimal, Limit]] = [(EXACT.multiply(gap, share), "weekly_share")]
    if left.total_commitment is not None and advice.total_commitment:
        limits.append((_fits(left.total_commitment, advice.total_commitment, advice), "cap"))
    if left.upfront is not None and advice.upfront:
        limits.append((_fits(left.upfront, advice.upfront, advice), "upfront_cap"))
    amount, limit = min(limits, key=lambda each: each[0])
    return max(amount, Decimal(0)).quantize(STEP, ROUND_FLOOR, EXACT), limit


def slices(amount: Decimal, largest: Decimal) -> tuple[Decimal, ...]:
    """`amount` cut into parts of at most `largest`; a rest too small to be sold is left out."""
    whole = int(amount // largest)
    rest = amount - whole * largest
    return (largest,) * whole + ((rest,) if rest >= SMALLEST else ())


def part(whole: Decimal, amount: Decimal, advice: Recommendation) -> Decimal:
    """The share of a figure of the advice that `amount` of its hourly commitment stands for."""
    return EXACT.divide(EXACT.multiply(whole, amount), advice.hourly_commitment)


def when_to_buy(now: datetime, policy: Policy) -> datetime:
    """The first full hour after the cool-off that is early in a UTC month and not blacked out."""
    hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    moment = hour + timedelta(hours=policy.cool_off_hours)
    while True:
        later = _after_blackouts(_early_in_month(moment), policy.blackouts)
        if later == moment:
            return moment
        moment = later


def _to_target(advice: Recommendation, policy: Policy) -> Decimal:
    before, after = advice.coverage_before_percent, advice.coverage_after_percent
    if before is None or after is None or after <= policy.target_coverage_percent:
        return Decimal(1)
    return EXACT.divide(policy.target_coverage_percent - before, after - before)


def _fits(left: Decimal, of_advice: Decimal, advice: Recommendation) -> Decimal:
    return EXACT.divide(EXACT.multiply(left, advice.hourly_commitment), of_advice)


def _early_in_month(moment: datetime) -> datetime:
    days = calendar.monthrange(moment.year, moment.month)[1]
    if moment.day + RETURN_DAYS <= days:
        return moment
    first = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)


def _after_blackouts(moment: datetime, blackouts: Sequence[Blackout]) -> datetime:
    within = [each.until for each in blackouts if each.since <= moment < each.until]
    return max(within, default=moment)
