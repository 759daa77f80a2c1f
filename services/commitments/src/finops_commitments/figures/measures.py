"""The figures over hourly records: breakdowns, hot spots and explanations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import itemgetter

import pyarrow as pa

from finops_commitments.figures.domain import (
    FORMULAS,
    Amount,
    Cell,
    Figures,
    Group,
    Period,
)
from finops_commitments.figures.explanation import Contribution, Explanation, explained
from finops_commitments.figures.records import (
    ALL,
    Filters,
    HourlyRecords,
    SummedRows,
    condition,
    entering,
    group_key,
    in_utc,
    last_usage_hour,
    period_key,
    summed_rows,
)

_CELLS_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Page:
    """Which of many rows in order are wanted."""

    offset: int = 0
    limit: int | None = None

    @property
    def sql(self) -> str:
        limit = "" if self.limit is None else f" LIMIT {self.limit:d}"
        return f"{limit} OFFSET {self.offset:d}"


EVERYTHING = Page()


def figures(
    records: HourlyRecords,
    by: Period | None = None,
    group: Sequence[Group] = (),
    filters: Filters = ALL,
) -> list[Figures]:
    """The figures of each cell, by currency, period and group in order.

    Hours and days leave out what runs longer, such as the month fee of unused reserved
    capacity; months and the whole count it. Nothing is added up across currencies.
    """
    keys = ("currency", period_key(by), *map(group_key, group))
    where, parameters = condition(filters, by)
    return [_figures(by, group, row) for row in records.summed(keys, where, parameters)]


def totals_and_cells(
    records: HourlyRecords, by: Period | None, group: Sequence[Group], filters: Filters
) -> tuple[list[Figures], list[Figures]]:
    """`figures` of the whole and of each cell, in one pass where both are of the same records."""
    where, parameters = condition(filters, by)
    if (where, parameters) != condition(filters):
        return figures(records, filters=filters), figures(records, by, group, filters)
    keys = ("currency", period_key(by), *map(group_key, group))
    totals, cells = records.summed_with_totals(keys, where, parameters)
    whole = (replace(row, keys=(*row.keys, None)) for row in totals)
    return [_figures(None, (), row) for row in whole], [_figures(by, group, row) for row in cells]


def figure_batches(
    records: HourlyRecords, by: Period | None, group: Sequence[Group], filters: Filters, rows: int
) -> Iterator[pa.RecordBatch]:
    """What `figures` gives, for `figures_of`, in little memory however many periods there are."""
    keys = ("currency", period_key(by), *map(group_key, group))
    for part in _parts(records, by, group, filters):
        yield from records.summed_batches(keys, *condition(part, by), rows)


def figures_of(batch: pa.RecordBatch, by: Period | None, group: Sequence[Group]) -> list[Figures]:
    """The figures of one batch of `figure_batches`."""
    return [_figures(by, group, row) for row in summed_rows(batch)]


def commitment_figures(
    records: HourlyRecords, by: Period | None = None, filters: Filters = ALL
) -> list[Figures]:
    """The figures of each commitment, without usage that none covered."""
    cells = figures(records, by, (Group.COMMITMENT,), filters)
    return [cell for cell in cells if cell.cell.group(Group.COMMITMENT) is not None]


def hot_spots(
    records: HourlyRecords,
    filters: Filters = ALL,
    group: Sequence[Group] = (Group.ACCOUNT, Group.SERVICE),
) -> list[Figures]:
    """Where uncovered eligible usage is, dearest first."""
    cells = figures(records, None, group, filters)
    uncovered = [cell for cell in cells if cell.sums.on_demand != Amount()]
    return sorted(uncovered, key=lambda cell: cell.sums.on_demand.known, reverse=True)


def explain(
    records: HourlyRecords,
    figure: str,
    cell: Cell,
    filters: Filters = ALL,
    page: Page = EVERYTHING,
) -> Explanation:
    """How one figure of one cell is made, down to hours, commitments and line counts.

    Only lines that enter the figure's inputs are listed and counted.

    Raises:
        KeyError: there is no such figure.
    """
    inputs = FORMULAS[figure].inputs
    where, parameters = condition(_narrowed(filters, cell), cell.period)
    where = f"{where} AND ({entering(inputs)})"
    (whole,) = records.summed((), where, parameters)
    keys = ("hour", "charge_span", "commitment_id", "charge_kind")
    count = records.count(keys, where, parameters)
    found = records.summed(keys, where, parameters, page.sql)
    return explained(
        Figures(cell, whole.sums, whole.lines, whole.unit),
        figure,
        whole.records,
        [_contribution(row, inputs) for row in found],
        count,
    )


def unused_after_last_usage(
    records: HourlyRecords, filters: Filters = ALL
) -> tuple[datetime | None, Amount]:
    """The end of the last hour with usage, and the unused commitment standing after it.

    Fees of Savings Plans are written for hours still to come, which then read as unused.
    """
    last = last_usage_hour(records, filters)
    if last is None:
        return None, Amount()
    end = last + timedelta(hours=1)
    later = figures(records, Period.HOUR, (), replace(filters, since=end))
    return end, sum((cell.sums.unused for cell in later), Amount())


def _figures(by: Period | None, group: Sequence[Group], row: SummedRows) -> Figures:
    currency, start, *values = row.keys
    groups = tuple(zip(group, values, strict=True))
    return Figures(Cell(currency, by, in_utc(start), groups), row.sums, row.lines, row.unit)


def _parts(
    records: HourlyRecords, by: Period | None, group: Sequence[Group], filters: Filters
) -> Iterator[Filters]:
    """The same records in parts of about so many cells as are summed at once, in order."""
    parts = -(-count_cells(records, by, group, filters) // _CELLS_AT_ONCE)
    if by is None or parts < 2:  # noqa: PLR2004 -- one part is no parts
        yield filters
        return
    where, parameters = condition(filters, by)
    statement = (
        f"SELECT DISTINCT currency, {period_key(by)} FROM records WHERE {where} ORDER BY ALL"  # noqa: S608 -- own constants, values are bound
    )
    places = records.rows(statement, parameters)
    size = -(-len(places) // parts)
    for currency, of_currency in groupby(places, key=itemgetter(0)):
        starts = [start.replace(tzinfo=UTC) for _, start in of_currency]
        for first in range(0, len(starts), size):
            last = starts[min(first + size, len(starts)) - 1]
            since = max(filters.since or starts[first], starts[first])
            until = min(filters.until or end_of(by, last), end_of(by, last))
            yield replace(filters, currency=currency, since=since, until=until)


def _narrowed(filters: Filters, cell: Cell) -> Filters:
    narrowed = replace(filters, currency=cell.currency, groups=filters.groups + cell.groups)
    if cell.period is None or cell.period_start is None:
        return narrowed
    starts = [cell.period_start, *([] if filters.since is None else [filters.since])]
    ends = [
        end_of(cell.period, cell.period_start),
        *([] if filters.until is None else [filters.until]),
    ]
    return replace(narrowed, since=max(starts), until=min(ends))


def _contribution(row: SummedRows, inputs: Sequence[str]) -> Contribution:
    hour, charge_span, commitment_id, charge_kind = row.keys
    return Contribution(
        hour=hour.replace(tzinfo=UTC),
        charge_span=charge_span,
        commitment_id=commitment_id,
        charge_kind=charge_kind,
        inputs={name: getattr(row.sums, name) for name in inputs},
        records=row.records,
        lines=row.lines,
    )


def end_of(period: Period, start: datetime) -> datetime:
    """The instant the period that begins at `start` ends."""
    if period is Period.HOUR:
        return start + timedelta(hours=1)
    if period is Period.DAY:
        return start + timedelta(days=1)
    return (start.replace(day=1) + timedelta(days=32)).replace(day=1)


def count_cells(
    records: HourlyRecords,
    by: Period | None = None,
    group: Sequence[Group] = (),
    filters: Filters = ALL,
) -> int:
    """How many cells `figures` would give; cheap beside it."""
    keys = ("currency", period_key(by), *map(group_key, group))
    # No filter or group asks what could cover a record.
    return records.count(keys, *condition(filters, by), of="plain")
