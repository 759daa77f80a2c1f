"""The statement that gives the lines of bills with FOCUS's columns."""

from typing import Any

import pyarrow as pa
from sqlalchemy import ColumnElement, Select, func, literal_column, select

from finops_ingestion.bills.line_items import FOCUS_FROM_STORED
from finops_ingestion.costs.domain import Days, Filter
from finops_ingestion.costs.lake import Rows, kept, lines, tag_sets, within

_KINDS = {
    "Cost": pa.decimal128(38, 12),
    "Quantity": pa.decimal128(38, 12),
    "Start": pa.timestamp("us", "UTC"),
    "End": pa.timestamp("us", "UTC"),
}


def _kind(name: str) -> pa.DataType:
    return next((kind for end, kind in _KINDS.items() if name.endswith(end)), pa.string())


FOCUS = pa.schema([(name, _kind(name)) for name in FOCUS_FROM_STORED])
"""The columns of an export, the same whatever bills there are."""


def focus_statement(days: Days, filters: tuple[Filter, ...]) -> Select[Any]:
    """Lines that began on these days and pass the filters, in no order: sorting millions needs memory."""
    of = Rows((), filters, lines).table
    wanted = select(of).where(within(of, days), *(kept(of, each) for each in filters))
    found = wanted.subquery("found")
    # One row per set: months that share it have it in a file each.
    text = func.min(tag_sets.c.tags).label("tags")
    sets = select(tag_sets.c.tag_set_id, text).group_by(tag_sets.c.tag_set_id).subquery("sets")
    period = func.split_part(found.c.part, "/", 1).label("billing_period")
    tagged = select(found, period, sets.c.tags).select_from(
        found.outerjoin(sets, sets.c.tag_set_id == found.c.tag_set_id)
    )
    focus: list[ColumnElement[Any]] = [
        literal_column(sql).label(name) for name, sql in FOCUS_FROM_STORED.items()
    ]
    return select(*focus).select_from(tagged.subquery("tagged"))
