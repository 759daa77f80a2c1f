"""The one statement that lists lines, and the lines read from its rows."""

from collections.abc import Sequence
from datetime import UTC, date
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, FromClause, Select, and_, func, or_, select

from finops_ingestion.bills.line_items import STORED
from finops_ingestion.costs.lake import Rows, kept, lines, tag_sets, within
from finops_ingestion.costs.line_items.domain import LineItem, Place, Wanted, told_apart

_SHOWN = tuple(name for name in STORED if name != "tag_set_id")
_PLACE = ("charge_start", "part", "line")


def lines_statement(wanted: Wanted) -> Select[Any]:
    """Rows of the lines' columns, part, line and tags as JSON; one more than the limit."""
    of = Rows((), wanted.filters, lines).table
    found = select(of).where(within(of, wanted.days))
    found = found.where(*(kept(of, each) for each in wanted.filters))
    if wanted.after is not None:
        found = found.where(_beyond(of, wanted.after, newest_first=wanted.newest_first))
    order = [of.c[name].desc() if wanted.newest_first else of.c[name] for name in _PLACE]
    page = found.order_by(*order).limit(wanted.limit + 1).subquery("page")
    # One row per set: months that share it have it in a file each.
    text = func.min(tag_sets.c.tags).label("tags")
    sets = select(tag_sets.c.tag_set_id, text).group_by(tag_sets.c.tag_set_id).subquery("sets")
    shown = select(*(page.c[name] for name in (*_SHOWN, "part", "line")), sets.c.tags)
    shown = shown.select_from(page.outerjoin(sets, sets.c.tag_set_id == page.c.tag_set_id))
    again = [page.c[name].desc() if wanted.newest_first else page.c[name] for name in _PLACE]
    return shown.order_by(*again)


def _beyond(of: FromClause, place: Place, *, newest_first: bool) -> ColumnElement[bool]:
    """Behind the place in the order; the time stands alone too, so that files are passed over."""
    start, part, line = (of.c[name] for name in _PLACE)
    if newest_first:
        later = or_(part < place.part, and_(part == place.part, line < place.line))
        reached, passed = start <= place.charge_start, start < place.charge_start
    else:
        later = or_(part > place.part, and_(part == place.part, line > place.line))
        reached, passed = start >= place.charge_start, start > place.charge_start
    return and_(reached, or_(passed, later))


def line_of(row: Sequence[Any]) -> tuple[LineItem, Place]:
    """The line in a row, and its place."""
    values = dict(zip((*_SHOWN, "part", "line", "tags"), row, strict=True))
    place = Place(*(values[name] for name in _PLACE))
    period, _, source = values["part"].partition("/")
    tags, categories = told_apart(orjson.loads(values["tags"]) if values["tags"] else {})
    facts = {name: values[name] for name in _SHOWN}
    for name in ("charge_start", "charge_end"):
        facts[name] = values[name] and values[name].replace(tzinfo=UTC)
    item = LineItem(
        **facts,
        billing_period=date.fromisoformat(f"{period}-01"),
        billing_source_id=UUID(source),
        tags=tags,
        cost_categories=categories,
    )
    return item, place
