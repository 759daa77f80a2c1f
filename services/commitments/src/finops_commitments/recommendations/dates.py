"""When to buy, until when it can be returned, and whether it can be sold again (COM-40).

The rights are the providers', as cloud-facts.md (1.4, 3) states them. Azure takes no savings
plan back, and of reservations refunds so much a year, whenever they were bought; Google takes
nothing back.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np

from finops_commitments.offers.domain import Kind
from finops_commitments.portfolio.limits import Limits
from finops_commitments.portfolio.market import Market, Offer, hourly_cost, merged
from finops_commitments.portfolio.optimum import Portfolio
from finops_commitments.portfolio.waterfall import Waterfall
from finops_commitments.simulation.instances import EC2, service_named

RETURN_WITHIN = timedelta(days=7)
RETURNABLE = Decimal(100)
"""The largest Savings Plan, money per hour, that may be returned."""
_RETURNED = frozenset(
    {
        Kind.EC2_INSTANCE_SAVINGS_PLAN,
        Kind.COMPUTE_SAVINGS_PLAN,
        Kind.DATABASE_SAVINGS_PLAN,
        Kind.SAGEMAKER_SAVINGS_PLAN,
    }
)
MOST_TRIES = 120
"""How often all hours may be filled to find the moments; the soonest ends are tried first."""
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Moment:
    """The hour ahead in which a part is best bought; with what ends then, None for now."""

    hour: int
    commitment_id: str | None = None


def moments(
    market: Market, portfolio: Portfolio, limits: Limits, ends: Sequence[tuple[int, str]]
) -> dict[Offer, Moment]:
    """For each part the cheapest moment, all others being bought now.

    `ends` are the hours ahead in which owned commitments end, with their ids, soonest first.
    """
    found = {}
    market = merged(market)
    tried = max(MOST_TRIES // max(len(portfolio.amounts), 1), 1)
    within = [each for each in ends if 0 < each[0] < market.hours][:tried]
    now: list[tuple[int, str | None]] = [(0, None)]
    for offer in portfolio.amounts:
        costs = [_cost(market, portfolio, limits, offer, hour) for hour, _ in [*now, *within]]
        # Later only where it is cheaper by more than sums of floats differ.
        best = int(np.argmin(costs)) if min(costs) < costs[0] * (1 - 1e-9) else 0
        found[offer] = Moment(*[*now, *within][best])
    return found


def return_until(kind: Kind, hourly: Decimal, bought_at: datetime) -> datetime | None:
    """The instant from which on it cannot be returned; None where it never can."""
    if kind not in _RETURNED or hourly > RETURNABLE:
        return None
    month = bought_at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    next_month = (month + timedelta(days=32)).replace(day=1)
    return min(bought_at + RETURN_WITHIN, next_month)


def is_resellable(kind: Kind, service: str | None) -> bool:
    """Whether it can be sold on the provider's marketplace at all: reservations of EC2 alone."""
    return kind is Kind.RESERVED_INSTANCE and service_named(service or "") == EC2


def is_refundable(kind: Kind) -> bool:
    """Whether its provider refunds it, up to a limit of a year for all of a customer's together."""
    return kind is Kind.AZURE_RESERVATION


def _cost(market: Market, portfolio: Portfolio, limits: Limits, late: Offer, hour: int) -> float:
    """Of all hours, were `late` bought in that hour."""
    owned = market.owned.copy()
    cost = 0.0
    for offer, amount in portfolio.amounts.items():
        begins = hour if offer == late else 0
        owned[market.offers.index(offer), begins:] += float(amount)
        hourly = float(hourly_cost(offer, limits.cost_of_capital) * amount)
        cost += hourly * (market.hours - begins)
    filled = Waterfall(replace(market, owned=owned)).fill(np.zeros(len(market.offers)))
    return cost + float(filled.on_demand.sum())
