"""What pictures show: columns and bars of exact amounts, and how amounts are written."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import Literal

from finops_common.money import MINOR_DIGITS, WIDE, plain

Format = Literal["svg", "png"]
Kind = Literal["group", "rest", "total", "more", "less"]

_NOTHING = Decimal(0)


@dataclass(frozen=True)
class Stack:
    """What a group cost on each day."""

    name: str
    amounts: tuple[Decimal, ...]
    is_rest: bool = False

    @property
    def total(self) -> Decimal:
        return _sum(self.amounts)


@dataclass(frozen=True)
class Row:
    """A bar from one amount to another; groups and totals begin at nothing."""

    name: str
    start: Decimal
    end: Decimal
    kind: Kind

    @property
    def amount(self) -> Decimal:
        return WIDE.subtract(self.end, self.start)


@dataclass(frozen=True)
class Heading:
    """The words of a picture; `empty` says why nothing is drawn where nothing is."""

    title: str
    subtitle: str
    empty: str


@dataclass(frozen=True)
class DaysPicture:
    """Columns of stacks, one a day or for what begins then."""

    heading: Heading
    currency: str
    days: tuple[date, ...]
    stacks: tuple[Stack, ...]
    sum_name: str
    date_format: str = "%m-%d"

    @property
    def is_empty(self) -> bool:
        return not self.stacks

    @property
    def is_grouped(self) -> bool:
        return not all(each.is_rest for each in self.stacks)

    @property
    def columns(self) -> list[tuple[Decimal, ...]]:
        """The amounts of each day, in the order of the stacks."""
        return list(zip(*(each.amounts for each in self.stacks), strict=True))

    @property
    def figures(self) -> list[tuple[str, str]]:
        """Names and amounts, as they are written."""
        return [(each.name, written(each.total, self.currency)) for each in self.stacks]

    @property
    def sums(self) -> dict[int, Decimal]:
        """By the number of each day that has both costs and credits, their sum."""
        columns = enumerate(self.columns)
        return {number: _sum(each) for number, each in columns if min(each) < 0 < max(each)}

    @property
    def legend(self) -> list[tuple[str, str]]:
        """The figures, and the sum where it does not show at the end of a column."""
        if not self.sums:
            return self.figures
        total = _sum(each.total for each in self.stacks)
        return [*self.figures, (self.sum_name, written(total, self.currency))]

    @property
    def reach(self) -> tuple[Decimal, Decimal]:
        """From the lowest to the highest end of a column; nothing is between them."""
        low = min((_sum(a for a in each if a < 0) for each in self.columns), default=_NOTHING)
        high = max((_sum(a for a in each if a > 0) for each in self.columns), default=_NOTHING)
        return low, high


@dataclass(frozen=True)
class RowsPicture:
    """Horizontal bars, one below the other; those from nothing are cut at `floor`, if there is one."""

    heading: Heading
    currency: str
    rows: tuple[Row, ...]
    floor: Decimal = _NOTHING

    @property
    def is_empty(self) -> bool:
        return not self.rows

    @property
    def figures(self) -> list[tuple[str, str]]:
        """Names and amounts, as they are written."""
        return [(each.name, self._written(each)) for each in self.rows]

    @property
    def reach(self) -> tuple[Decimal, Decimal]:
        """From the lowest to the highest end of a bar, with nothing or the floor between them."""
        if self.floor:
            return self.floor, max(each.end for each in self.rows)
        ends = [_NOTHING, *(end for each in self.rows for end in (each.start, each.end))]
        return min(ends), max(ends)

    def _written(self, row: Row) -> str:
        return written(row.amount, self.currency, signed=row.kind in {"more", "less"})


Picture = DaysPicture | RowsPicture


def written(amount: Decimal, currency: str, *, signed: bool = False) -> str:
    """To the minor unit, with commas between thousands; something never looks like nothing."""
    unit = Decimal(1).scaleb(-MINOR_DIGITS.get(currency, 2))
    rounded = WIDE.plus(amount.quantize(unit, ROUND_HALF_EVEN, WIDE))  # -0 becomes 0
    if amount and not rounded:
        return f"<{unit:f}" if amount > 0 else f">-{unit:f}"
    return f"{rounded:+,f}" if signed and rounded else f"{rounded:,f}"


def tenths(percent: Decimal) -> str:
    """To a tenth, half to even."""
    return plain(percent.quantize(Decimal("0.1"), ROUND_HALF_EVEN, WIDE))


def ticks(low: Decimal, high: Decimal, currency: str) -> list[tuple[Decimal, str]]:
    """Round amounts between two others, about five, no finer than the minor unit, and their text."""
    unit = Decimal(1).scaleb(-MINOR_DIGITS.get(currency, 2))
    with localcontext(WIDE):
        rough = max((high - low) / 5, unit)
        power = Decimal(1).scaleb(rough.adjusted())
        step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
        first, last = -int(-low // step), int(high // step)
        places = max(0, -step.adjusted())
        return [(step * n, f"{step * n:,.{places}f}") for n in range(first, last + 1)]


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    total = _NOTHING
    for amount in amounts:
        total = WIDE.add(total, amount)
    return total
