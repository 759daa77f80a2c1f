"""The expiry cliff, the liability curve and weighted months left; pure (COM-32)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from finops_commitments.figures.domain import EXACT, Period, percent
from finops_commitments.figures.measures import end_of
from finops_commitments.inventory.domain import OVER, Commitment, DailyUse, Uses, use_of
from finops_commitments.offers.domain import MONTH_HOURS
from finops_commitments.remaining.domain import amortised_an_hour

WINDOW = timedelta(days=30)
"""Of a month in estimates (cloud-facts.md)."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A commitment that ends; money of an average day, None where its use is not known."""

    commitment_id: str
    ends_at: datetime
    covered_a_day: Decimal | None
    saved_a_day: Decimal | None


@dataclass(frozen=True, slots=True)
class Window:
    """What ends in (since, until]. Sums are of what is known; `unknown` others end here too.

    `coverage_points` is what ends in percent of all eligible usage: points of coverage lost.
    """

    since: datetime
    until: datetime
    covered_a_day: Decimal
    coverage_points: Decimal | None
    saved_a_day: Decimal
    unknown: int
    ending: tuple[Ending, ...]


@dataclass(frozen=True, slots=True)
class Liability:
    """Committed cash that falls due in a calendar month (UTC), from now on."""

    month: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Expiries:
    """All of one currency. What cannot be told of a commitment leaves it out, by name."""

    currency: str | None
    windows: tuple[Window, ...]
    liabilities: tuple[Liability, ...]
    months_left: Decimal | None
    without_end: tuple[str, ...]
    without_cost: tuple[str, ...]


def expiries(
    commitments: Iterable[Commitment],
    uses: Uses,
    eligible_a_day: Mapping[str, Decimal | None],
    at: datetime,
    windows: int,
) -> list[Expiries]:
    """What ends in each of the next `windows` times 30 days, by currency.

    `uses` is what each commitment does on an average day; `eligible_a_day` the usage that
    commitments cover or could, at on-demand price, by currency.
    """
    running = [
        each
        for each in commitments
        if (each.ends_at is None or each.ends_at > at) and each.state not in OVER
    ]
    currencies = sorted({each.currency for each in running}, key=lambda name: name or "")
    return [
        _expiries(
            currency,
            [each for each in running if each.currency == currency],
            uses,
            eligible_a_day.get(currency or ""),
            at,
            windows,
        )
        for currency in currencies
    ]


def liability_curve(commitments: Iterable[Commitment], at: datetime) -> list[Liability]:
    """Cash still to be paid by month: fees by the hour, and upfronts of what is yet to begin.

    An upfront that was paid is not ahead. Months without any up to the last are zero.
    """
    due: dict[date, Decimal] = {}
    for commitment in commitments:
        for month, amount in _due(commitment, at):
            due[month] = EXACT.add(due.get(month, Decimal(0)), amount)
    months = _months(at, max(due, default=None))
    return [Liability(month, due.get(month, Decimal(0))) for month in months]


def months_left(commitments: Iterable[Commitment], at: datetime) -> Decimal | None:
    """Months of 730 hours until the ends, weighted by cost an hour; None without any cost."""
    weighted = total = Decimal(0)
    for each in commitments:
        cost = amortised_an_hour(each)
        if each.ends_at is not None and cost is not None:
            weighted = EXACT.add(weighted, EXACT.multiply(cost, _hours(at, each.ends_at)))
            total = EXACT.add(total, cost)
    return EXACT.divide(weighted, EXACT.multiply(total, Decimal(MONTH_HOURS))) if total else None


def _expiries(
    currency: str | None,
    running: Sequence[Commitment],
    uses: Uses,
    eligible_a_day: Decimal | None,
    at: datetime,
    windows: int,
) -> Expiries:
    starts = (at + WINDOW * number for number in range(windows))
    return Expiries(
        currency=currency,
        windows=tuple(_window(running, uses, eligible_a_day, start) for start in starts),
        liabilities=tuple(liability_curve(running, at)),
        months_left=months_left(running, at),
        without_end=tuple(each.id for each in running if each.ends_at is None),
        without_cost=tuple(each.id for each in running if each.recurring_hourly is None),
    )


def _window(
    running: Iterable[Commitment],
    uses: Uses,
    eligible_a_day: Decimal | None,
    since: datetime,
) -> Window:
    until = since + WINDOW
    ending = [
        _ending(each.id, each.ends_at, use_of(each, uses))
        for each in running
        if each.ends_at is not None and since < each.ends_at <= until
    ]
    covered = sum((each.covered_a_day or Decimal(0) for each in ending), Decimal(0))
    return Window(
        since=since,
        until=until,
        covered_a_day=covered,
        coverage_points=percent(covered, eligible_a_day),
        saved_a_day=sum((each.saved_a_day or Decimal(0) for each in ending), Decimal(0)),
        unknown=sum(each.covered_a_day is None for each in ending),
        ending=tuple(sorted(ending, key=lambda each: (each.ends_at, each.commitment_id))),
    )


def _ending(commitment_id: str, ends_at: datetime, use: DailyUse | None) -> Ending:
    covered, saved = (use.covered, use.extra_cost) if use else (None, None)
    return Ending(commitment_id, ends_at, covered, saved)


def _due(commitment: Commitment, at: datetime) -> Iterator[tuple[date, Decimal]]:
    begins = max(at, commitment.starts_at or at)
    if commitment.starts_at is not None and commitment.starts_at > at and commitment.upfront:
        yield _month(begins), commitment.upfront
    if commitment.ends_at is None or not commitment.recurring_hourly:
        return
    while begins < commitment.ends_at:
        until = min(_next_month(begins), commitment.ends_at)
        yield _month(begins), EXACT.multiply(commitment.recurring_hourly, _hours(begins, until))
        begins = until


def _months(at: datetime, last: date | None) -> Iterator[date]:
    while last is not None and _month(at) <= last:
        yield _month(at)
        at = _next_month(at)


def _month(instant: datetime) -> date:
    return instant.date().replace(day=1)


def _next_month(instant: datetime) -> datetime:
    midnight = instant.replace(hour=0, minute=0, second=0, microsecond=0)
    return end_of(Period.MONTH, midnight)


def _hours(since: datetime, until: datetime) -> Decimal:
    return EXACT.divide(Decimal((until - since) // timedelta(seconds=1)), Decimal(3600))
