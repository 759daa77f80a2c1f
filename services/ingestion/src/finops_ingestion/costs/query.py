"""The one statement that answers a question, and the answer read from its rows.

It sums by time and dimensions, ranks the groups of each currency over all their time, and
folds those beyond the wanted number into one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    FromClause,
    Numeric,
    Select,
    Subquery,
    Text,
    case,
    cast,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
)

from finops_ingestion.costs.currencies.domain import Conversion, Held
from finops_ingestion.costs.domain import (
    COST_OF,
    GROUPED,
    WIDE,
    Cell,
    Costs,
    Dimension,
    Filter,
    Group,
    Question,
    share_of,
)
from finops_ingestion.costs.lake import (
    MONEY,
    Rows,
    bucket,
    group_of,
    kept,
    midnight,
    nothing,
    within,
)

RATE, CONVERTED = Numeric(22, 10), Numeric(38, 22)
"""Of rates and of costs times rates: all places of both, so nothing is rounded. What does not
fit, from 10^16 on, is refused by the engine."""
_VALUES = ("first", "second")
"""The names of a statement's dimensions, whatever they are."""


def costs_statement(question: Question) -> Select[Any]:
    """Rows of currency, place among its currency's groups, start, values, cost, cost before.

    Place, and so the values, are null for all groups that are not shown; starts are null
    where only totals are asked for, costs where a span of time has no lines.
    """
    shown = _shown(_ranked(_sized(_cells(question), question), question), question)
    keys = [shown.c[name] for name in ("currency", "place", "start", *_names(question))]
    return select(*keys, func.sum(shown.c.cost), func.sum(shown.c.before)).group_by(*keys)


def _names(question: Question) -> tuple[str, ...]:
    return _VALUES[: len(question.by)]


def _cells(question: Question) -> Subquery:
    """What each group cost in each span of time; of one group there may be several."""
    sorting = question.sorting
    if sorting is None or question.granularity == "hour" or _by_resource(sorting):
        by = dict(zip(_VALUES, question.by, strict=False))
        return _summed(question, by, question.filters).subquery("cells")
    return _sorted(question, sorting).subquery("cells")


def _by_resource(sorting: Dimension) -> bool:
    """Whether there are about as many values to sort as lines."""
    return any(each.kind == "resource" for each in sorting.facts)


def _sorted(question: Question, sorting: Dimension) -> Select[Any]:
    """Sums by all that rules look at, then sorted into cost groups: far fewer than the lines."""
    plain = (each for each in question.by if each.kind != GROUPED)
    names = {each: f"fact_{n}" for n, each in enumerate(dict.fromkeys((*plain, *sorting.facts)))}
    others = [each for each in question.filters if each.dimension.kind != GROUPED]
    by = {name: each for each, name in names.items()}
    summed = _summed(question, by, others).subquery("summed")
    group = group_of(sorting, lambda each: summed.c[names[each]])
    found = select(summed, group.label(GROUPED)).subquery("found")
    values = [found.c[names.get(each, GROUPED)] for each in question.by]
    told = [value.label(name) for name, value in zip(_VALUES, values, strict=False)]
    wanted = [each for each in question.filters if each.dimension.kind == GROUPED]
    cells = select(found.c.currency, found.c.start, *told, found.c.cost, found.c.before)
    return cells.where(*(kept(found, each) for each in wanted))


def _summed(
    question: Question, by: Mapping[str, Dimension], filters: Sequence[Filter]
) -> Select[Any]:
    """Costs by currency, time, and the dimensions under their names; converted, if wanted."""
    rows = Rows(by.values(), filters)
    of = rows.table
    values = {name: rows.value(each) for name, each in by.items()}
    start, month = _start(question, of), _one_month(question)
    same = null() if month is None else literal(midnight(month), DateTime())
    spans = (question.days,) if question.against is None else (question.days, question.against)
    found = select(
        of.c.currency,
        (same if start is None else start).label("start"),
        *(value.label(name) for name, value in values.items()),
        *_costs(question, of),
    )
    found = found.select_from(rows.source).where(or_(*(within(of, days) for days in spans)))
    found = found.where(*(kept(of, each) for each in filters))
    if question.currency:
        found = found.where(of.c.currency == question.currency)
    keys = [of.c.currency, *values.values()]
    if start is not None:
        keys.append(start)
    if question.conversion is None:
        return found.group_by(*keys)
    day = bucket(literal_column("'day'"), of.c.hour)
    daily = found.add_columns(day.label("day")).group_by(*keys, day)
    return _converted(daily.subquery("daily"), question.conversion, by)


def _converted(daily: Subquery, into: Conversion, names: Iterable[str]) -> Select[Any]:
    """Daily sums times the rate of their day, exact; without a rate they stay as they are."""
    whens = [
        (daily.c.currency == currency, _rate_of(daily.c.day, list(held)))
        for currency, held in groupby(into.held, key=lambda each: each.rate.of.from_currency)
    ]
    rate = case(*whens, else_=null()) if whens else cast(null(), RATE)
    rated = select(daily, rate.label("rate")).subquery("rated")
    # By one, so that they have as many places as what is converted.
    factor = func.coalesce(rated.c.rate, cast(1, RATE))
    costs = ((rated.c[name] * factor).label(name) for name in ("cost", "before"))
    currency = case(
        (rated.c.rate.is_not(None), literal(into.currency, Text())), else_=rated.c.currency
    )
    told = (rated.c[name] for name in ("start", *names))
    return select(currency.label("currency"), *told, *costs)


def _rate_of(day: ColumnElement[Any], held: Sequence[Held]) -> ColumnElement[Any]:
    """One currency's rate on a day: they hold one after another until the last day asked for."""
    rates = [cast(literal(each.rate.rate, RATE), RATE) for each in held]
    ends = [
        (day < midnight(each.end), rate) for each, rate in zip(held[:-1], rates[:-1], strict=True)
    ]
    return case((day < midnight(held[0].start), null()), *ends, else_=rates[-1])


def _start(question: Question, of: FromClause) -> ColumnElement[Any] | None:
    """The beginning of a row's span of time; None where all rows have the same."""
    if question.granularity == "total" or _one_month(question):
        return None
    return bucket(literal_column(f"'{question.granularity}'"), of.c.hour)


def _one_month(question: Question) -> date | None:
    """The month of all rows, where months are asked for and there is but one."""
    first = question.span.start.replace(day=1)
    last = (question.span.end - timedelta(days=1)).replace(day=1)
    return first if question.granularity == "month" and first == last else None


def _costs(question: Question, of: FromClause) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Of the days and of those compared with; null where there are no lines.

    A line whose figure is unknown counts as nothing.
    """
    known = func.coalesce(of.c[COST_OF[question.metric]], nothing())
    if question.against is None:
        return func.sum(known).label("cost"), nothing().label("before")
    cost, before = (
        func.sum(case((within(of, days), known))) for days in (question.days, question.against)
    )
    return cost.label("cost"), before.label("before")


def _sized(cells: Subquery, question: Question) -> Subquery:
    """The cells with what their group costs over all its time."""
    group = [cells.c.currency, *(cells.c[name] for name in _names(question))]
    # Engines would cut places to mix amounts of other widths.
    amounts = CONVERTED if question.conversion else MONEY
    sizes = (
        func.coalesce(func.sum(cells.c[name]).over(partition_by=group), nothing(amounts)).label(
            label
        )
        for name, label in (("cost", "size"), ("before", "size_before"))
    )
    return select(cells, *sizes).subquery("sized")


def _ranked(sized: Subquery, question: Question) -> Subquery:
    """The cells with their group's place, from 1, in its currency."""
    order = [sized.c.size.desc(), sized.c.size_before.desc()]
    order += [sized.c[name].asc().nulls_first() for name in _names(question)]
    place = func.dense_rank().over(partition_by=[sized.c.currency], order_by=order)
    return select(sized, place.label("place")).subquery("ranked")


def _shown(ranked: Subquery, question: Question) -> Subquery:
    """The cells, those of groups beyond the top without place and values."""
    fits = ranked.c.place <= question.top
    told = [case((fits, ranked.c[name])).label(name) for name in ("place", *_names(question))]
    plain = [ranked.c[name] for name in ("currency", "start", "cost", "before")]
    return select(*plain, *told).subquery("shown")


@dataclass(frozen=True, slots=True)
class _Row:
    currency: str
    place: int | None
    start: datetime | None
    values: tuple[str | None, ...]
    cost: Decimal | None
    before: Decimal | None


def costs_of(question: Question, rows: Iterable[Sequence[Any]]) -> Costs:
    """The answer that the statement's rows give."""
    found = [_Row(row[0], row[1], row[2], tuple(row[3:-2]), row[-2], row[-1]) for row in rows]
    hidden = [row for row in found if row.place is None]
    groups = _groups(question, found) if question.by else {}
    compared = question.against is not None
    return Costs(
        totals=_sums(found, "cost"),
        groups=tuple(groups.values()),
        rest=_sums(hidden, "cost"),
        cells=tuple(_times(found, groups)) if question.granularity != "total" else (),
        totals_before=_sums(found, "before") if compared else {},
        rest_before=_sums(hidden, "before") if compared else {},
    )


def _sums(rows: Iterable[_Row], name: str) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        sums[row.currency] = WIDE.add(sums[row.currency], getattr(row, name) or Decimal(0))
    return dict(sums)


def _groups(question: Question, rows: Sequence[_Row]) -> dict[tuple[str, int], Group]:
    """By currency and place, in this order."""
    totals = _sums(rows, "cost")
    together: dict[tuple[str, int], list[_Row]] = defaultdict(list)
    for row in rows:
        if row.place is not None:
            together[row.currency, row.place].append(row)
    return {key: _group(question, together[key], totals) for key in sorted(together)}


def _group(question: Question, rows: Sequence[_Row], totals: Mapping[str, Decimal]) -> Group:
    currency = rows[0].currency
    cost = _sums(rows, "cost")[currency]
    return Group(
        values=rows[0].values,
        currency=currency,
        cost=cost,
        share=share_of(cost, totals[currency]),
        before=_sums(rows, "before")[currency] if question.against else None,
    )


def _times(rows: Sequence[_Row], groups: Mapping[tuple[str, int], Group]) -> Iterator[Cell]:
    """What has lines in the days asked for, by time, then currency, then place; the rest last."""
    told = [row for row in rows if row.cost is not None and row.start is not None]
    told.sort(key=lambda row: (row.start, row.currency, row.place is None, row.place))
    for row in told:
        group = None if row.place is None else groups.get((row.currency, row.place))
        start = row.start.replace(tzinfo=UTC) if row.start else None
        yield Cell(start, group, row.currency, row.cost or Decimal(0))
