"""The one statement that searches the lake."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    TableClause,
    func,
    literal,
    literal_column,
    null,
    select,
    union_all,
)

from finops_ingestion.costs.domain import COLUMN_OF
from finops_ingestion.costs.lake import folded, items, records, tags, within
from finops_ingestion.costs.search.domain import Asked, Kind

_FACTS: tuple[tuple[Kind, TableClause], ...] = (
    ("account", records),
    ("service", records),
    ("region", records),
    ("resource", items),
)


def search_statement(asked: Asked) -> Select[Any]:
    """Rows of kind, key and value; of each kind one more than the limit, beginnings first."""
    parts = [_fact(asked, kind, of) for kind, of in _FACTS]
    found = union_all(*(select(part) for part in (*parts, _tag(asked)))).subquery("found")
    return select(found.c.kind, found.c.key, found.c.value)


def _fact(asked: Asked, kind: Kind, of: TableClause) -> Any:  # noqa: ANN401 - a subquery
    value = of.c[COLUMN_OF[kind]]
    found = select(_told(kind), null().label("key"), value.label("value"))
    found = found.where(within(of, asked.days), _position(value, asked) > 0).group_by(value)
    return _limited(found, value, asked, kind)


def _tag(asked: Asked) -> Any:  # noqa: ANN401 - a subquery
    value = tags.c.value
    found = select(_told("tag"), tags.c.key.label("key"), value.label("value"))
    found = found.where(_position(value, asked) > 0).group_by(tags.c.key, value)
    return _limited(found, value, asked, "tag")


def _told(kind: Kind) -> ColumnElement[str]:
    return literal_column(f"'{kind}'").label("kind")


def _position(value: ColumnElement[Any], asked: Asked) -> ColumnElement[int]:
    return func.instr(folded(value), literal(asked.text.lower()))


def _limited(found: Select[Any], value: ColumnElement[Any], asked: Asked, kind: Kind) -> Any:  # noqa: ANN401 - a subquery
    order = [_position(value, asked), value]
    return found.order_by(*order).limit(asked.limit + 1).subquery(f"{kind}s")
