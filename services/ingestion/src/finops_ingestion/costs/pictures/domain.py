"""What pictures of costs show: stacks and bars of answers about costs."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal, localcontext
from itertools import accumulate

from finops_common.pictures.domain import Row, Stack
from finops_ingestion.costs.bridge.domain import EFFECTS, Bridge, Effect
from finops_ingestion.costs.domain import WIDE, Costs, Days

Values = tuple[str | None, ...]
NameOf = Callable[[Values], str]

MOST_DAYS = 366
"""Days of which one picture still shows each."""
MOST_STACKS = 7
"""Groups whose colours can be told apart."""
MOST_ROWS = 30
_TOO_SMALL = 5
"""How often a waterfall's changes go into its bars where they are cut."""
_NOTHING = Decimal(0)


def stacks_of(found: Costs, currency: str, days: Days, names: NameOf, rest: str) -> list[Stack]:
    """A stack for each group of the currency, the largest first; the rest last, if there is one.

    Without dimensions everything is the rest, and is named so.
    """
    whole = [days.start + timedelta(days=number) for number in range(days.count)]
    told: dict[Values | None, dict[date, Decimal]] = {
        each.values: {} for each in found.groups if each.currency == currency
    }
    for cell in found.cells:
        if cell.currency == currency and cell.start is not None:
            values = cell.group.values if cell.group else None
            told.setdefault(values, {})[cell.start.date()] = cell.cost
    return [
        Stack(
            rest if values is None else names(values),
            tuple(amounts.get(day, _NOTHING) for day in whole),
            is_rest=values is None,
        )
        for values, amounts in told.items()
    ]


def rows_of(found: Costs, currency: str, names: NameOf, rest: str) -> list[Row]:
    """A bar for each group of the currency, the largest first; the rest last, if there is one."""
    rows = [
        Row(names(each.values), _NOTHING, each.cost, "group")
        for each in found.groups
        if each.currency == currency
    ]
    if currency in found.rest:
        rows.append(Row(rest, _NOTHING, found.rest[currency], "rest"))
    return rows


def effects_of(bridge: Bridge, names: Mapping[Effect, str]) -> list[tuple[str, Decimal]]:
    """What the effects of all groups together changed, in their order; they sum to the change."""
    effects = bridge.total.effects
    return [(names[each], effects[each]) for each in EFFECTS if effects.get(each)]


def changes_of(bridge: Bridge, names: NameOf, rest: str) -> list[tuple[str, Decimal]]:
    """What each group changed, the one that changed most first; they sum to the change."""
    changes = [(names(values), step.change) for values, step in bridge.groups if step.change]
    if bridge.rest is not None and bridge.rest.change:
        changes.append((rest, bridge.rest.change))
    return changes


def waterfall(
    before: tuple[str, Decimal], changes: Sequence[tuple[str, Decimal]], after: str
) -> list[Row]:
    """From what was before, over each change where the last one ended, to what is after."""
    ends = list(accumulate((amount for _, amount in changes), WIDE.add, initial=before[1]))
    steps = [
        Row(name, start, end, "more" if amount > 0 else "less")
        for (name, amount), start, end in zip(changes, ends, ends[1:], strict=False)
    ]
    return [
        Row(before[0], _NOTHING, before[1], "total"),
        *steps,
        Row(after, _NOTHING, ends[-1], "total"),
    ]


def floor_of(rows: Sequence[Row]) -> Decimal:
    """A round amount to begin a waterfall at, where changes would be too small to be seen.

    Nothing where they are large enough, or where bars are on both sides of nothing.
    """
    ends = [each.end for each in rows]
    low, high = min(ends, default=_NOTHING), max(ends, default=_NOTHING)
    with localcontext(WIDE):
        span = high - low
        if not span or low < _TOO_SMALL * span:
            return _NOTHING
        unit = Decimal(1).scaleb(span.adjusted())
        return (low - span / 2) // unit * unit
