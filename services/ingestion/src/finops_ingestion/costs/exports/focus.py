"""The statement that gives the lines of bills with FOCUS's columns."""

from typing import Any

import pyarrow as pa
from sqlalchemy import ColumnElement, Select, func, literal_column, select

from finops_ingestion.bills.focus_file import AMOUNT, COLUMNS, INSTANT, TEXT
from finops_ingestion.costs.domain import Days, Filter
from finops_ingestion.costs.lake import Rows, kept, lines, tag_sets, within

_KINDS = {TEXT: pa.string(), AMOUNT: pa.decimal128(38, 12), INSTANT: pa.timestamp("us", "UTC")}
FOCUS = pa.schema([(name, _KINDS[kind]) for name, (kind, _) in COLUMNS.items()])
"""The columns of an export, the same whatever bills there are."""


def focus_statement(days: Days | None, filters: tuple[Filter, ...]) -> Select[Any]:
    """Lines that began on these days (on any) and pass the filters, in no order: sorting millions needs memory."""
    of = Rows((), filters, lines).table
    wanted = select(of).where(*(kept(of, each) for each in filters))
    if days is not None:
        wanted = wanted.where(within(of, days))
    found = wanted.subquery("found")
    # One row per set: months that share it have it in a file each.
    text = func.min(tag_sets.c.tags).label("tags")
    sets = select(tag_sets.c.tag_set_id, text).group_by(tag_sets.c.tag_set_id).subquery("sets")
    period = func.split_part(found.c.part, "/", 1).label("billing_period")
    tagged = select(found, period, sets.c.tags).select_from(
        found.outerjoin(sets, sets.c.tag_set_id == found.c.tag_set_id)
    )
    focus: list[ColumnElement[Any]] = [
        literal_column(f"CAST({sql} AS {kind})").label(name)
        for name, (kind, sql) in COLUMNS.items()
    ]
    return select(*focus).select_from(tagged.subquery("tagged"))
