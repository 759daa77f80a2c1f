"""How a promised spend burns down and what will be missing at its end; pure (COM-34)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

_ZERO = Decimal(0)
_DAY = timedelta(days=1)
MONTH_DAYS = Decimal(730) / 24
"""A month of 730 hours, the one in which advice tells what it saves."""

DayCosts = Mapping[date, Decimal]


@dataclass(frozen=True, slots=True)
class Term:
    """Spend of `committed` is promised from `starts_on` up to, and without, `ends_on`.

    The provider says that `counted` was spent before `counted_until`; from then on the bill counts.
    """

    starts_on: date
    ends_on: date
    committed: Decimal
    counted: Decimal = _ZERO
    counted_until: date | None = None

    def holds(self, day: date) -> bool:
        """Whether the costs of a day count and are not in `counted` already."""
        return max(self.starts_on, self.counted_until or self.starts_on) <= day < self.ends_on


@dataclass(frozen=True, slots=True)
class MonthSpend:
    """Of one calendar month what counts: known, expected, and all from the term's start on.

    `counted` stands in no month, but in all sums.
    """

    month: date
    spent: Decimal
    expected: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True)
class Savings:
    """What saving this much a month from now on does to a term.

    What is saved is not spent: so much more is missing, and paid without use.
    """

    saved: Decimal
    shortfall: Decimal
    shortfall_caused: Decimal

    @property
    def net(self) -> Decimal:
        """What is left of the savings within the term."""
        return self.saved - self.shortfall_caused


@dataclass(frozen=True, slots=True)
class BurnDown:
    """One term, money in the contract's currency.

    `expected` is what will count from the first day no bill knows to the end.
    """

    term: Term
    spent: Decimal
    expected: Decimal
    months: tuple[MonthSpend, ...]
    days_left: int
    met_on: date | None
    """The day from which on the promise is, or will be, kept; None if it will not."""

    @property
    def left(self) -> Decimal:
        """Still to be spent; never below zero."""
        return max(_ZERO, self.term.committed - self.spent)

    @property
    def total(self) -> Decimal:
        return self.spent + self.expected

    @property
    def shortfall(self) -> Decimal:
        """Missing at the end: paid without use."""
        return max(_ZERO, self.term.committed - self.total)

    @property
    def needed_a_day(self) -> Decimal | None:
        """What must be spent on each day left; None when there is none left."""
        return self.left / self.days_left if self.days_left else None

    def with_savings(self, monthly: Decimal) -> Savings:
        """The same if `monthly` is saved from the first day no bill knows to the end.

        No more is saved than is expected to be spent.
        """
        saved = max(_ZERO, min(monthly * self.days_left / MONTH_DAYS, self.expected))
        shortfall = max(_ZERO, self.term.committed - self.total + saved)
        return Savings(saved, shortfall, shortfall - self.shortfall)


def burn_down(term: Term, spent: DayCosts, ahead: DayCosts, known_until: date) -> BurnDown:
    """A term from what counts by day: known before `known_until`, expected from then on.

    Days outside the term, and known ones from `known_until` on, do not count.
    """
    known = {day: cost for day, cost in spent.items() if term.holds(day) and day < known_until}
    later = {day: cost for day, cost in ahead.items() if term.holds(day) and day >= known_until}
    first = max(term.starts_on, term.counted_until or term.starts_on, known_until)
    return BurnDown(
        term=term,
        spent=term.counted + sum(known.values(), _ZERO),
        expected=sum(later.values(), _ZERO),
        months=tuple(_months(term, known, later)),
        days_left=max(0, (term.ends_on - first).days),
        met_on=_met_on(term, known | later),
    )


def _months(term: Term, known: DayCosts, later: DayCosts) -> Iterator[MonthSpend]:
    total = term.counted
    by_month: dict[date, list[Decimal]] = defaultdict(lambda: [_ZERO, _ZERO])
    for at, costs in enumerate((known, later)):
        for day, cost in costs.items():
            by_month[day.replace(day=1)][at] += cost
    for month, (spent, expected) in sorted(by_month.items()):
        total += spent + expected
        yield MonthSpend(month, spent, expected, total)


def _met_on(term: Term, costs: DayCosts) -> date | None:
    total = term.counted
    met = (term.counted_until or term.starts_on) - _DAY if total >= term.committed else None
    for day, cost in sorted(costs.items()):
        total += cost
        # A refund may take it back below.
        met = (met or day) if total >= term.committed else None
    return met
