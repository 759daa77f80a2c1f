"""What a portfolio does, in the figures people read; a month is 730 hours."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import numpy as np

from finops_commitments.figures.domain import EXACT, percent, ratio
from finops_commitments.offers.domain import MONTH_HOURS
from finops_commitments.portfolio.limits import Limits
from finops_commitments.portfolio.market import Market, Offer, exact_sum
from finops_commitments.portfolio.optimum import Portfolio, priced
from finops_commitments.portfolio.waterfall import Waterfall
from finops_commitments.recommendations.domain import USAGE_FALLS, payable

_PUBLISHED = Decimal("1e-6")


@dataclass(frozen=True, slots=True)
class Bought:
    """One offer and how much of it, money per hour; `utilization_percent` of the hours ahead.

    `count` is how many reservations that is; None for a plan.
    """

    offer: Offer
    count: int | None
    hourly_commitment: Decimal
    upfront: Decimal
    total_commitment: Decimal
    utilization_percent: Decimal | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures of one portfolio beside what is owned; money in the market's currency.

    Savings are rounded down and costs up (six places), and are what is left after the cost
    of capital. `monthly_savings_bound` is proven: no portfolio
    within the limits saves more, bought at once and with no part larger than what it can cover.
    `gap_percent` is the most by which a better one could be cheaper, of this one's cost.
    """

    bought: tuple[Bought, ...]
    hours: int
    monthly_usage: Decimal
    monthly_on_demand_before: Decimal
    monthly_on_demand_after: Decimal
    monthly_commitment: Decimal
    monthly_savings: Decimal
    monthly_savings_bound: Decimal
    gap_percent: Decimal
    monthly_savings_if_usage_falls: dict[int, Decimal]
    coverage_before_percent: Decimal | None
    coverage_after_percent: Decimal | None
    utilization_percent: Decimal | None
    savings_rate_percent: Decimal | None
    roi_percent: Decimal | None
    break_even_months: Decimal | None
    upfront: Decimal
    total_commitment: Decimal
    lock_in: Decimal
    keeps_limits: bool


def outcome(market: Market, portfolio: Portfolio, limits: Limits) -> Outcome:
    """The figures of a portfolio of that market."""
    amounts = [portfolio.amounts.get(each, Decimal(0)) for each in market.offers]
    used = Waterfall(market).fill(np.array([float(each) for each in amounts])).used
    usage, before = exact_sum(market.demand.sum(axis=0)), portfolio.on_demand_before
    uses = {at: exact_sum(used[at]) for at, amount in enumerate(amounts) if amount}
    bought = tuple(
        _bought(market.offers[at], amounts[at], each, market.hours) for at, each in uses.items()
    )
    possible = EXACT.subtract(before, portfolio.bound)
    return Outcome(
        bought=bought,
        hours=market.hours,
        monthly_usage=_monthly(usage, market, ROUND_CEILING),
        monthly_on_demand_before=_monthly(before, market, ROUND_CEILING),
        monthly_on_demand_after=_monthly(portfolio.on_demand_after, market, ROUND_CEILING),
        monthly_commitment=_monthly(portfolio.committed, market, ROUND_CEILING),
        monthly_savings=_monthly(portfolio.savings, market),
        monthly_savings_bound=_monthly(max(possible, portfolio.savings), market, ROUND_CEILING),
        gap_percent=portfolio.gap * 100,
        monthly_savings_if_usage_falls=_falls(market, amounts, limits),
        coverage_before_percent=percent(EXACT.subtract(usage, before), usage),
        coverage_after_percent=percent(EXACT.subtract(usage, portfolio.on_demand_after), usage),
        utilization_percent=percent(sum(uses.values(), Decimal(0)), portfolio.committed),
        savings_rate_percent=percent(portfolio.savings, before),
        roi_percent=percent(portfolio.savings, portfolio.committed),
        break_even_months=_break_even(market, portfolio, bought),
        upfront=sum((each.upfront for each in bought), Decimal(0)),
        total_commitment=sum((each.total_commitment for each in bought), Decimal(0)),
        lock_in=sum((each.offer.months * each.hourly_commitment for each in bought), Decimal(0))
        * MONTH_HOURS,
        keeps_limits=limits.keeps(market.offers, amounts),
    )


def _bought(offer: Offer, amount: Decimal, used: Decimal, hours: int) -> Bought:
    return Bought(
        offer=offer,
        hourly_commitment=amount,
        count=None if offer.unit is None else round(amount / offer.unit),
        upfront=payable(amount * offer.upfront),
        total_commitment=payable(amount * offer.terms.hours),
        utilization_percent=percent(used, amount * hours),
    )


def _falls(market: Market, amounts: Sequence[Decimal], limits: Limits) -> dict[int, Decimal]:
    found = {}
    for share in USAGE_FALLS:
        left = replace(market, demand=market.demand * (100 - share) / 100)
        found[share] = _monthly(priced(left, amounts, limits, 0.0).savings, market)
    return found


def _break_even(market: Market, portfolio: Portfolio, bought: Sequence[Bought]) -> Decimal | None:
    """Months until what is no longer paid on demand has paid the upfront; None: never."""
    replaced = EXACT.subtract(portfolio.on_demand_before, portfolio.on_demand_after)
    recurring = sum(
        (each.hourly_commitment * (1 - each.offer.upfront_share) for each in bought),
        Decimal(0),
    )
    gain = EXACT.subtract(EXACT.divide(replaced, Decimal(market.hours)), recurring)
    upfront = sum((each.upfront for each in bought), Decimal(0))
    return ratio(upfront, gain * MONTH_HOURS) if gain > 0 else None


def _monthly(over_all_hours: Decimal, market: Market, rounding: str = ROUND_FLOOR) -> Decimal:
    hourly = EXACT.divide(over_all_hours, Decimal(market.hours))
    return EXACT.multiply(hourly, Decimal(MONTH_HOURS)).quantize(_PUBLISHED, rounding)
