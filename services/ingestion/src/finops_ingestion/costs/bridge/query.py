"""The statements behind a bridge: each item before and now, and which commitments are there."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, case, func, or_, select

from finops_ingestion.costs.bridge.domain import Line, Side
from finops_ingestion.costs.domain import Days, Question
from finops_ingestion.costs.lake import Rows, kept, nothing, records, within

MOST_ITEMS = 100_000
"""More are refused: they are worked on one by one, in memory."""
_SCOPE = ("service", "usage_unit")
_ITEM = ("region", "sku_id", "usage_type", "operation")


def items_statement(question: Question, against: Days, most: int = MOST_ITEMS) -> Select[Any]:
    """Rows of currency, category, scope, item, commitment, quantities, values, costs, groups.

    Of more items than `most` there is one row too many, and no others.
    """
    rows = Rows(question.by, question.filters)
    of = rows.table
    keys = [
        of.c[name] for name in ("currency", "charge_category", *_SCOPE, *_ITEM, "commitment_id")
    ]
    values = [rows.value(each) for each in question.by]
    spans = (against, question.days)
    sums = [
        func.sum(case((within(of, days), amount), else_=nothing()))
        for days in spans
        for amount in (_quantity(of), _valued(of), of.c.effective_cost)
    ]
    found = select(*keys, *sums, *values).select_from(rows.source)
    found = found.where(or_(*(within(of, days) for days in spans)))
    found = found.where(*(kept(of, each) for each in question.filters))
    if question.currency:
        found = found.where(of.c.currency == question.currency)
    return found.group_by(*keys, *values).limit(most + 1)


def present_statement(days: Days) -> Select[Any]:
    """Rows of the commitments that covered something on these days, or were left unused."""
    usage = and_(records.c.charge_category == "Usage", records.c.commitment_id.is_not(None))
    return select(records.c.commitment_id).where(within(records, days), usage).distinct()


def lines_of(rows: Iterable[Sequence[Any]]) -> list[Line]:
    """The items in the statement's rows."""
    return [_line(list(row)) for row in rows]


def _line(row: list[Any]) -> Line:
    currency, category, *facts = row[:9]
    scope, item = tuple(facts[: len(_SCOPE)]), tuple(facts[len(_SCOPE) : -1])
    amounts = [Decimal(amount or 0) for amount in row[9:15]]
    before, now = Side(*amounts[:3]), Side(*amounts[3:])
    return Line(currency, tuple(row[15:]), category, scope, item, facts[-1], before, now)


def _is_used(of: FromClause) -> ColumnElement[bool]:
    used = or_(of.c.commitment_status.is_(None), of.c.commitment_status != "Unused")
    return and_(of.c.charge_category == "Usage", used)


def _quantity(of: FromClause) -> ColumnElement[Any]:
    return case((_is_used(of), func.coalesce(of.c.usage_quantity, nothing())), else_=nothing())


def _valued(of: FromClause) -> ColumnElement[Any]:
    """At the customer's own rates, else public ones; what no bill prices is worth its cost."""
    rated = func.coalesce(of.c.contracted_cost, of.c.list_cost, of.c.effective_cost)
    return case((_is_used(of), rated), else_=nothing())
