"""The lake's tables in SQL that engines share, and how dimensions and filters read them.

`records` are hourly sums, `items` the bill's lines, `lines` the same with their place in the
lake, `tags` one row per tag of a tag set, `tag_sets` each set as JSON. Times have no zone.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    FromClause,
    Numeric,
    TableClause,
    Text,
    and_,
    case,
    cast,
    column,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    table,
    true,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from finops_common.contracts.cost_records import COLUMNS
from finops_ingestion.bills.line_items import STORED
from finops_ingestion.costs.domain import COLUMN_OF, GROUPED, Days, Dimension, Filter

MONEY = Numeric(38, 12)
_TYPES: dict[str, Any] = {
    "timestamp": DateTime(),
    "date": Date(),
    "text": Text(),
    "decimal": MONEY,
    "count": BigInteger(),
}
_KINDS = {each.name: _TYPES[each.kind] for each in COLUMNS}
_ITEM_TYPES = {"charge_start": DateTime(), "charge_end": DateTime(), "tag_set_id": BigInteger()}


def _items(name: str, *more: Any) -> TableClause:  # noqa: ANN401 - columns
    stored = [column(each, _ITEM_TYPES.get(each, _KINDS.get(each, Text()))) for each in STORED]
    return table(name, column("hour", DateTime()), *stored, *more)


records = table("records", *(column(each.name, _KINDS[each.name]) for each in COLUMNS))
items = _items("items")
lines = _items("lines", column("part", Text()), column("line", BigInteger()))
tags = table(
    "tags", column("tag_set_id", BigInteger()), column("key", Text()), column("value", Text())
)
tag_sets = table("tag_sets", column("tag_set_id", BigInteger()), column("tags", Text()))


class bucket(GenericFunction[datetime]):  # noqa: N801 - written like an SQL function
    """`bucket('day', instant)`: the instant's beginning of hour, day or month."""

    type = DateTime()
    inherit_cache = True


@compiles(bucket)
def _bucket(element: bucket, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    return "date_trunc" + compiler.process(element.clause_expr, **options)


class folded(GenericFunction[str]):  # noqa: N801 - written like an SQL function
    """Text without case."""

    type = Text()
    inherit_cache = True


@compiles(folded)
def _folded(element: folded, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    return "lower" + compiler.process(element.clause_expr, **options)


class Rows:
    """The rows that give some dimensions their values, and pass filters on others."""

    def __init__(
        self,
        valued: Iterable[Dimension],
        filters: Iterable[Filter] = (),
        of: TableClause | None = None,
    ) -> None:
        wanted = tuple(valued)
        every = (*wanted, *(each.dimension for each in filters))
        if of is None:
            of = items if any(each.of_items for each in every) else records
        grouping = [each for each in every if each.kind == GROUPED]
        self.table: FromClause = grouped(of, grouping[0]) if grouping else of
        self._tags = {
            each: _values_of(each.tag_key, f"tag_{place}")
            for place, each in enumerate(wanted)
            if each.tag_key is not None
        }

    @property
    def source(self) -> FromClause:
        """What to select from: a line without the tag keeps its row."""
        found: FromClause = self.table
        for values in self._tags.values():
            found = found.outerjoin(values, values.c.tag_set_id == self.table.c.tag_set_id)
        return found

    def value(self, dimension: Dimension) -> ColumnElement[Any]:
        """Null where the bill does not say."""
        if dimension in self._tags:
            value: ColumnElement[Any] = self._tags[dimension].c.value
            return value
        return self.table.c[COLUMN_OF[dimension.kind]]


def grouped(of: TableClause, sorting: Dimension) -> FromClause:
    """The table's rows, each with its cost group.

    A subquery, since engines tell a value to group by from its parameters; a tag is joined
    once, however many rules name it.
    """
    facts = Rows(sorting.facts, of=of)
    group = group_of(sorting, facts.value).label(GROUPED)
    return select(of, group).select_from(facts.source).subquery("grouped")


def group_of(
    sorting: Dimension, value: Callable[[Dimension], ColumnElement[Any]]
) -> ColumnElement[Any]:
    """The cost group of the first rule that takes a row, told by the row's values; else null.

    Raises:
        LookupError: nobody has looked up the rules.
    """
    if sorting.rules is None:
        raise LookupError("the rules of cost groups are not known")

    def passes(wanted: Filter) -> ColumnElement[bool]:
        found = _among(value(wanted.dimension), wanted)
        return not_(found) if wanted.excluded else found

    whens = [
        (and_(true(), *map(passes, rule.filters)), literal(rule.group_id, Text()))
        for rule in sorting.rules
    ]
    return case(*(whens or [(false(), literal("", Text()))]))


def _values_of(key: str, name: str) -> Any:  # noqa: ANN401 - a subquery's columns are known by name
    # One row per set, whatever files say of it: a join must not multiply costs.
    value = func.min(tags.c.value).label("value")
    found = select(tags.c.tag_set_id, value).where(tags.c.key == key)
    return found.group_by(tags.c.tag_set_id).subquery(name)


def within(of: FromClause, days: Days) -> ColumnElement[bool]:
    """The row begins on one of the days, UTC."""
    return and_(of.c.hour >= midnight(days.start), of.c.hour < midnight(days.end))


def midnight(day: date) -> datetime:
    """A day's beginning as tables write it."""
    return datetime.combine(day, time())


def kept(of: FromClause, wanted: Filter) -> ColumnElement[bool]:
    """The row passes the filter; true or false, never null."""
    if wanted.dimension.tag_key:
        found = _tagged(of, wanted)
    else:
        found = _among(of.c[COLUMN_OF[wanted.dimension.kind]], wanted)
    return not_(found) if wanted.excluded else found


def _among(value: ColumnElement[Any], wanted: Filter) -> ColumnElement[bool]:
    said = [each for each in wanted.values if each is not None]
    if not wanted.values:
        return value.is_not(None)
    # Not `=` for a single one: in a CASE of thousands DuckDB takes four times as long for it.
    found = and_(value.is_not(None), value.in_(said))
    return or_(value.is_(None), found) if None in wanted.values else found


def _tagged(of: FromClause, wanted: Filter) -> ColumnElement[bool]:
    """By a semi-join on the number of the tag set: a map in every row is seven times dearer."""
    having = select(tags.c.tag_set_id).where(tags.c.key == wanted.dimension.tag_key)
    said = [each for each in wanted.values if each is not None]
    some = having.where(tags.c.value.in_(said)) if wanted.values else having
    found = and_(of.c.tag_set_id.is_not(None), of.c.tag_set_id.in_(some))
    if None not in wanted.values:
        return found
    return or_(not_(and_(of.c.tag_set_id.is_not(None), of.c.tag_set_id.in_(having))), found)


def nothing(of: Numeric[Any] = MONEY) -> ColumnElement[Any]:
    """Zero as an amount: engines do not mix kinds of numbers alike."""
    return cast(0, of)
