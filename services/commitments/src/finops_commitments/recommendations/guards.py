"""What keeps advice from buying for what may not last (COM-42), as the backtested policy does.

Aimed at is a part of what was best, in the look-back and in its last 30 days, whichever is
less. A spike is not bought for, in a fall nothing is, and nothing for next to no saving.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from finops_commitments.backtest.policies import DAY, OURS
from finops_commitments.figures.records import OF_PLANS, Filters, HourlyRecords
from finops_commitments.portfolio.limits import Limits
from finops_commitments.portfolio.market import Market
from finops_commitments.portfolio.optimum import best_portfolio
from finops_commitments.recommendations.demand import usage_by_hour
from finops_commitments.recommendations.domain import MINIMUM_SAVING, Floats

USUAL_DAYS, SPIKE_DAYS, FALL_DAYS, RECENT_DAYS = 90, 14, 7, 30
PART = Decimal(str(OURS.part))

Kind = Literal["baseline", "spike", "fall", "minimum_saving"]


@dataclass(frozen=True, slots=True)
class Guard:
    """One that held something back, and its threshold.

    `recent_hourly_usage` stands against `usual_hourly_usage`: on-demand equivalents of one
    hour on average; None where no usage is compared.
    """

    guard: Kind
    percent: Decimal
    recent_hourly_usage: Decimal | None = None
    usual_hourly_usage: Decimal | None = None


BASELINE = Guard("baseline", PART * 100)
TOO_LITTLE = Guard("minimum_saving", MINIMUM_SAVING * 100)


@dataclass(frozen=True, slots=True)
class Signals:
    """Whether usage spikes or falls; None is no."""

    spike: Guard | None = None
    fall: Guard | None = None

    @property
    def guards(self) -> Iterator[Guard]:
        return (each for each in (BASELINE, self.spike, self.fall) if each is not None)

    def beside(self, other: "Signals") -> "Signals":
        """What either shows: the steady half of the usage must not hide the other's fall."""
        return Signals(self.spike or other.spike, self.fall or other.fall)


NO_SIGNALS = Signals()


def signals(
    records: HourlyRecords, until: datetime, filters: Filters, of: str = OF_PLANS
) -> Signals:
    """What usage did in the 90 days before `until`, or what is known; that of plans by default."""
    usage = usage_by_hour(records, until - timedelta(days=USUAL_DAYS), until, filters, of)
    spike, usual = usage[-SPIKE_DAYS * DAY :].mean(), usage.mean()
    fall, before = usage[-FALL_DAYS * DAY :].mean(), usage[-RECENT_DAYS * DAY :].mean()
    spikes, falls = spike > OURS.spike * usual, fall < OURS.fall * before
    return Signals(
        _guard("spike", OURS.spike - 1, spike, usual) if spikes else None,
        _guard("fall", 1 - OURS.fall, fall, before) if falls else None,
    )


def windows(hours: int, found: Signals) -> list[slice]:
    """Which hours of a look-back are weighed, each by itself; none where nothing is to be bought.

    Hours of a spike are left out, though nothing be left.
    """
    known = hours - (SPIKE_DAYS * DAY if found.spike else 0)
    if found.fall or known <= 0:
        return []
    recent = slice(max(known - RECENT_DAYS * DAY, 0), known)
    return [slice(0, known), *([recent] if recent.start else [])]


def most_of(
    market: Market, limits: Limits, found: Signals, plan_of: Callable[[str], object]
) -> Mapping[frozenset[str], Decimal]:
    """The most to buy of each plan, over all its terms: as `Limits.most`."""
    plans: dict[object, set[str]] = {}
    for offer in market.offers:
        if offer.for_sale:
            plans.setdefault(plan_of(offer.name), set()).add(offer.name)
    names = [frozenset(each) for each in plans.values()]
    most: dict[frozenset[str], Decimal] | None = None
    for each in lasting(market, found):
        # Within what was best before: two windows may choose different plans for the same usage.
        best = best_portfolio(each, replace(limits, most=most or {})).amounts
        most = {
            plan: sum((m for o, m in best.items() if o.name in plan), Decimal(0)) for plan in names
        }
    return dict.fromkeys(names, Decimal(0)) if most is None else most


def lasting(market: Market, found: Signals) -> Iterator[Market]:
    """The markets of which each allows no more than is best in it; none: buy nothing."""
    for hours in windows(market.hours, found):
        # With a part of the usage, what is owned counts against that part of the whole.
        demand, owned = market.demand[:, hours], market.owned[:, hours]
        yield replace(market, demand=demand * OURS.part, owned=owned)


def _guard(kind: Kind, threshold: float, recent: Floats, usual: Floats) -> Guard:
    step = Decimal("1e-6")
    return Guard(
        kind,
        Decimal(round(threshold * 100)),
        Decimal(float(recent)).quantize(step),
        Decimal(float(usual)).quantize(step),
    )
