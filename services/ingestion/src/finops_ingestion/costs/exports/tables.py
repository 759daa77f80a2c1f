"""An answer about costs as one table."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyarrow as pa

from finops_common.exports.domain import Fact, Sheet
from finops_common.money import plain
from finops_ingestion.costs.domain import (
    WIDE,
    AskedCosts,
    Costs,
    Days,
    Filter,
    Group,
    Known,
    Question,
    percent_of,
)

_MONEY, _CONVERTED = pa.decimal128(38, 12), pa.decimal128(38, 22)
_SHARE, _PERCENT = pa.decimal128(38, 6), pa.decimal128(38, 2)
Row = dict[str, Any]


def costs_sheet(asked: AskedCosts, question: Question, found: Costs, known: Known) -> Sheet:
    """A row per span of time and group; of totals one per group, with share and comparison.

    All rows of a currency sum to its total. `row` is group, rest (all groups that are not shown)
    or all, where costs are not told apart.
    """
    schema = _schema(question)
    rows = _totals(question, found) if question.granularity == "total" else _times(question, found)
    batch = pa.RecordBatch.from_pylist(list(rows), schema=schema)
    about = (*_asked_facts(asked), *known_facts(known), *_rate_facts(question))
    return Sheet("Costs", schema, iter([batch]), about)


def _schema(question: Question) -> pa.Schema:
    money = _CONVERTED if question.conversion else _MONEY
    total = question.granularity == "total"
    named = [(str(each), pa.string()) for each in question.by]
    columns = [("row", pa.string()), *named, ("currency", pa.string()), ("cost", money)]
    if not total:
        columns.insert(0, ("start", pa.timestamp("us", "UTC")))
    else:
        columns.append(("share", _SHARE))
    if total and question.against:
        columns += [("before", money), ("change", money), ("percent", _PERCENT)]
    return pa.schema(columns)


def _times(question: Question, found: Costs) -> Iterator[Row]:
    for cell in found.cells:
        told = {"start": cell.start, "currency": cell.currency, "cost": cell.cost}
        yield told | _whose(question, cell.group)


def _totals(question: Question, found: Costs) -> Iterator[Row]:
    for group in found.groups:
        facts = _whose(question, group) | {"currency": group.currency, "share": group.share}
        yield facts | _compared(group.cost, group.before)
    rest, before = found.totals, found.totals_before
    if question.by:
        rest, before = found.rest, found.rest_before
    for currency, cost in sorted(rest.items()):
        facts = _whose(question, None) | {"currency": currency}
        yield facts | _compared(cost, _before(question, before, currency))


def _before(question: Question, sums: Mapping[str, Decimal], currency: str) -> Decimal | None:
    return sums[currency] if question.against else None


def _whose(question: Question, group: Group | None) -> Row:
    if group is None:
        return {"row": "rest" if question.by else "all"}
    return {"row": "group"} | {
        str(each): value for each, value in zip(question.by, group.values, strict=True)
    }


def _compared(cost: Decimal, before: Decimal | None) -> Row:
    if before is None:
        return {"cost": cost}
    change = WIDE.subtract(cost, before)
    percent = percent_of(change, before)
    return {"cost": cost, "before": before, "change": change, "percent": percent}


def _asked_facts(asked: AskedCosts) -> Iterator[Fact]:
    question = asked.question
    yield from lines_facts(question.days, question.filters, asked.sources)
    yield "Metric", question.metric
    yield "Granularity", question.granularity
    yield "Groups shown of each currency", str(question.top)
    if question.currency:
        yield "Only currency", question.currency
    if question.against:
        yield "Compared with", _span(question.against)
    if asked.convert_to:
        yield "Converted to", asked.convert_to


def lines_facts(days: Days, filters: tuple[Filter, ...], sources: Sequence[UUID]) -> Iterator[Fact]:
    """Which lines were asked for."""
    yield "Days", _span(days)
    if sources:
        yield "Only billing sources", ", ".join(map(str, sources))
    for each in filters:
        values = ", ".join(value or "(none)" for value in each.values) or "(any)"
        yield f"{'Not' if each.excluded else 'Only'} {each.dimension}", values


def known_facts(known: Known) -> Iterator[Fact]:
    """How final the figures are."""
    yield "Finality", known.finality or "no bill"
    if known.as_of:
        yield "As of", known.as_of.isoformat()


def _rate_facts(question: Question) -> Iterator[Fact]:
    for each in question.conversion.held if question.conversion else ():
        told = f"{plain(each.rate.rate)} ({each.rate.source})"
        yield f"Rate {each.rate.of}", f"{told}, {_span(Days(each.start, each.end))}"


def _span(days: Days) -> str:
    return f"{days.start} until before {days.end}"
