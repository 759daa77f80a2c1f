"""What charts show of commitments: stacks by period, what ends by window, alternatives."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from finops_commitments.figures.domain import EXACT, Figures
from finops_commitments.recommendations.variants import Variant
from finops_common.pictures.domain import Row, Stack

MOST_COLUMNS = 366
MOST_ROWS = 30
Series = tuple[str, Callable[[Figures], Decimal | None]]
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Ending:
    """What ends in the 30 days from `start` on, as amounts of 30 days in one currency.

    `cost` is what the commitments cost, `saving` what they save, negative where they do not;
    both together are the on-demand price of what they cover.
    """

    start: date
    cost: Decimal
    saving: Decimal


def stacks_of(
    cells: Iterable[Figures],
    periods: Sequence[datetime],
    series: Sequence[Series],
    rest: int | None,
) -> list[Stack]:
    """A stack for each series that is something in some period; the one numbered `rest` is grey.

    What is not known is left out, period by period.
    """
    by_period = {cell.cell.period_start: cell for cell in cells}
    found = (
        (number, name, tuple(_known(by_period.get(each), value) for each in periods))
        for number, (name, value) in enumerate(series)
    )
    return [
        Stack(name, amounts, is_rest=number == rest)
        for number, name, amounts in found
        if any(amounts)
    ]


def unknown_in(cells: Iterable[Figures], series: Sequence[Series]) -> int:
    """In how many periods some series is not known."""
    return sum(any(value(cell) is None for _, value in series) for cell in cells)


def endings_stacks(endings: Sequence[Ending], cost: str, saving: str) -> list[Stack]:
    """What ends as cost and saving, on each other; nothing where nothing ends."""
    stacks = [
        Stack(cost, tuple(each.cost for each in endings)),
        Stack(saving, tuple(each.saving for each in endings)),
    ]
    return [each for each in stacks if any(each.amounts)]


def alternatives(variants: Sequence[Variant], name: Callable[[Variant], str]) -> list[Row]:
    """A bar for each variant worth buying, by payer the one that saves most first."""
    saving = sorted(variants, key=lambda each: each.sizing.monthly_savings, reverse=True)
    ordered = sorted(saving, key=lambda each: each.family.payer_account_id)
    return [
        Row(name(each), _NOTHING, each.sizing.monthly_savings, "group")
        for each in ordered
        if each.sizing.hourly_commitment
    ]


def covered(endings: Iterable[Ending]) -> Decimal:
    """The on-demand price, in 30 days, of all that ends."""
    total = _NOTHING
    for each in endings:
        total = EXACT.add(total, EXACT.add(each.cost, each.saving))
    return total


def _known(cell: Figures | None, value: Callable[[Figures], Decimal | None]) -> Decimal:
    return (value(cell) or _NOTHING) if cell else _NOTHING
