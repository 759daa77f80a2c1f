"""Exchange rates, and which of them holds when.

A rate holds from its day, UTC, until the next of the same two currencies. Nothing is derived:
neither the other direction nor a rate over a third currency, since both would be rounded.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby, pairwise


@dataclass(frozen=True)
class Pair:
    """What a rate is of, and the day from which it holds."""

    from_currency: str
    to_currency: str
    since: date

    def __str__(self) -> str:
        return f"{self.from_currency}/{self.to_currency} {self.since}"


@dataclass(frozen=True)
class Rate:
    """One unit of the pair's first currency is `rate` of its second; `source` says who says so."""

    of: Pair
    rate: Decimal
    source: str


@dataclass(frozen=True)
class Held:
    """A rate and the days on which it is applied, from `start` until before `end`."""

    rate: Rate
    start: date
    end: date


@dataclass(frozen=True)
class Conversion:
    """The currency to answer in, and the rates into it that hold on the days asked for."""

    currency: str
    held: tuple[Held, ...] = ()


def held_in(rates: Iterable[Rate], start: date, end: date) -> tuple[Held, ...]:
    """The rates that hold on days from `start` until before `end`, each with those days.

    `rates` are all into one currency.
    """
    ordered = sorted(rates, key=lambda each: (each.of.from_currency, each.of.since))
    found: list[Held] = []
    for _, some in groupby(ordered, key=lambda each: each.of.from_currency):
        found += _in_turn(list(some), start, end)
    return tuple(found)


def _in_turn(rates: Sequence[Rate], start: date, end: date) -> list[Held]:
    ends = [after.of.since for _, after in pairwise(rates)] + [end]
    spans = (
        Held(rate, max(rate.of.since, start), min(last, end))
        for rate, last in zip(rates, ends, strict=True)
    )
    return [each for each in spans if each.start < each.end]
