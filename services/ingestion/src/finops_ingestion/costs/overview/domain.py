"""What the month costs and will cost.

The forecast takes for each day that bills do not know yet the median of the same weekday in
the last eight weeks, and adds what the month has cost before. Medians are not moved by fees
that come once a month; those that have come are in what the month has cost. The band is the
interval that holds the month's cost four times in five if days stray from their medians as
they did, each for itself, and the level is only known as well as so many days tell it.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Literal
from uuid import UUID

from finops_ingestion.costs.domain import WIDE, Days

HISTORY_DAYS = 56
LEAST_DAYS = 14
"""Each weekday twice: fewer say nothing of how days stray."""
STALE = timedelta(days=7)
"""Bills that know nothing of so long do not say how things are."""
CONFIDENCE = Decimal("0.8")
_DEVIATIONS = 1.2816
"""Of a normal distribution, holding CONFIDENCE."""
_CENT = Decimal("0.01")
NoForecast = Literal["no-bills", "bills-too-old", "too-little-history"]


@dataclass(frozen=True)
class Forecast:
    """A month's expected cost, with the band that holds it with CONFIDENCE."""

    cost: Decimal
    low: Decimal
    high: Decimal
    history: Days


@dataclass(frozen=True)
class Month:
    """One currency's costs; `forecast` says why where there is none."""

    currency: str
    to_date: Decimal
    last_month: Decimal
    forecast: Forecast | NoForecast


@dataclass(frozen=True)
class Count:
    """How many accounts of a provider are in these states."""

    provider: str
    connection: str
    collection: str | None
    accounts: int


@dataclass(frozen=True)
class Overview:
    """What an organization sees first; days are None where there are no bills."""

    today: date
    accounts: tuple[Count, ...]
    first_day: date | None
    last_day: date | None
    as_of: datetime | None
    months: tuple[Month, ...]


def month_of(day: date) -> Days:
    """The days of the day's month."""
    first = day.replace(day=1)
    return Days(first, (first + timedelta(days=31)).replace(day=1))


def known_before(newest: Mapping[UUID, datetime], now: datetime) -> date | NoForecast:
    """The first day that some live source does not know whole; `newest` instant by source.

    A source that has been silent for long has ended: it must not hold the others up.
    """
    live = [instant for instant in newest.values() if now - instant <= STALE]
    if not live:
        return "bills-too-old" if newest else "no-bills"
    return min(*live, now).date()


def month_from(
    currency: str, days: Mapping[date, Decimal], today: date, until: date | NoForecast
) -> Month:
    """This month and the last from costs by day; bills know all days before `until`."""
    month = month_of(today)
    return Month(
        currency=currency,
        to_date=_sum(days, Days(month.start, today + timedelta(days=1))),
        last_month=_sum(days, month.before()),
        forecast=until if isinstance(until, str) else forecast(days, today, until),
    )


def forecast(days: Mapping[date, Decimal], today: date, until: date) -> Forecast | NoForecast:
    """The month's cost to its end, as the module tells.

    Never less than it has cost so far, unless costs are negative on some days.
    """
    history = _history(days, until)
    if history.count < LEAST_DAYS:
        return "too-little-history"
    usual = _medians(days, history)
    month = month_of(today)
    first = min(max(until, month.start), month.end)
    ahead = _days(Days(first, month.end))
    # A day that bills know in part costs at least that part.
    expected = [_at_least(days, day, today, usual[day.weekday()]) for day in ahead]
    cost = _added([_sum(days, Days(month.start, first)), *expected])
    band = _band(_strayed(days, history, usual), len(ahead), history.count)
    low = WIDE.subtract(cost, band)
    if min(days.values()) >= 0:
        low = max(low, _sum(days, Days(month.start, today + timedelta(days=1))))
    return Forecast(cost, low, WIDE.add(cost, band), history)


def _history(days: Mapping[date, Decimal], until: date) -> Days:
    earliest = until - timedelta(days=HISTORY_DAYS)
    return Days(max(earliest, min(days, default=until)), until)


def _days(days: Days) -> Sequence[date]:
    return [days.start + timedelta(days=number) for number in range(days.count)]


def _sum(days: Mapping[date, Decimal], of: Days) -> Decimal:
    return _added([cost for day, cost in days.items() if of.start <= day < of.end])


def _added(costs: Sequence[Decimal]) -> Decimal:
    total = Decimal(0)
    for cost in costs:
        total = WIDE.add(total, cost)
    return total


def _medians(days: Mapping[date, Decimal], history: Days) -> dict[int, Decimal]:
    """By weekday, to the cent; a day without lines cost nothing."""
    found: dict[int, list[Decimal]] = defaultdict(list)
    for day in _days(history):
        found[day.weekday()].append(days.get(day, Decimal(0)))
    return {
        weekday: median(costs).quantize(_CENT, context=WIDE) for weekday, costs in found.items()
    }


def _at_least(days: Mapping[date, Decimal], day: date, today: date, usual: Decimal) -> Decimal:
    return max(usual, days.get(day, usual)) if day <= today else usual


def _strayed(days: Mapping[date, Decimal], history: Days, usual: Mapping[int, Decimal]) -> float:
    """The standard deviation of days from their weekday's median, seven of them estimated."""
    away = [float(days.get(d, Decimal(0)) - usual[d.weekday()]) for d in _days(history)]
    return math.sqrt(math.fsum(each * each for each in away) / (len(away) - 7))


def _band(deviation: float, ahead: int, known: int) -> Decimal:
    """Half of it: the days' own straying, and the level's, which is the same error each day."""
    width = _DEVIATIONS * deviation * math.sqrt(ahead + ahead**2 / known)
    return Decimal(width).quantize(_CENT, context=WIDE)
