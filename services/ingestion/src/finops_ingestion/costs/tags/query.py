"""The statements about tags: costs are summed by tag set first, so tags join few rows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import Select, Subquery, case, func, literal, select

from finops_ingestion.costs.domain import COST_OF, share_of
from finops_ingestion.costs.lake import Rows, folded, items, kept, nothing, tags, within
from finops_ingestion.costs.tags.domain import Asked, Covered, TagKey, TagValue


def _sets(asked: Asked) -> Subquery:
    """What the lines of each tag set cost by currency, and all lines of the currency."""
    of = Rows((), asked.filters, items).table
    cost = func.sum(func.coalesce(of.c[COST_OF[asked.metric]], nothing())).label("cost")
    found = select(of.c.tag_set_id, of.c.currency, cost).where(within(of, asked.days))
    found = found.where(*(kept(of, each) for each in asked.filters))
    summed = found.group_by(of.c.tag_set_id, of.c.currency).subquery("summed")
    total = func.sum(summed.c.cost).over(partition_by=[summed.c.currency])
    return select(summed, total.label("total")).subquery("sets")


def _pairs(key: str | None = None) -> Subquery:
    """Each tag of each set once: months that share a set have it in a file each."""
    value = func.min(tags.c.value).label("value")
    found = select(tags.c.tag_set_id, tags.c.key, value)
    if key is not None:
        found = found.where(tags.c.key == key)
    return found.group_by(tags.c.tag_set_id, tags.c.key).subquery("pairs")


def keys_statement(asked: Asked) -> Select[Any]:
    """Rows of key, currency, cost, all costs of the currency, values not counted before."""
    sets, pairs = _sets(asked), _pairs()
    keys = [pairs.c.key, pairs.c.value, sets.c.currency, sets.c.total]
    joined = pairs.join(sets, sets.c.tag_set_id == pairs.c.tag_set_id)
    cost = func.sum(sets.c.cost).label("cost")
    valued = select(*keys, cost).select_from(joined).group_by(*keys).subquery("valued")
    # A value that has costs in two currencies is one value.
    nth = func.row_number().over(
        partition_by=[valued.c.key, valued.c.value], order_by=[valued.c.currency]
    )
    numbered = select(valued, nth.label("nth")).subquery("numbered")
    shown = [numbered.c.key, numbered.c.currency]
    firsts = func.sum(case((numbered.c.nth == 1, 1), else_=0))
    found = select(*shown, func.sum(numbered.c.cost), func.max(numbered.c.total), firsts)
    return found.group_by(*shown).order_by(*shown)


def keys_of(rows: Iterable[Sequence[Any]]) -> list[TagKey]:
    """The keys in the statement's rows."""
    found = []
    for key, mine in groupby(rows, key=lambda row: row[0]):
        told = list(mine)
        covered = tuple(Covered(row[1], row[2], share_of(row[2], row[3])) for row in told)
        found.append(TagKey(str(key), int(sum(row[4] for row in told)), covered))
    return found


def values_statement(
    asked: Asked, key: str, containing: str | None, after: str | None, limit: int
) -> Select[Any]:
    """Rows of value, currency and cost, by value; of one value more than the limit."""
    sets, pairs = _sets(asked), _pairs(key)
    keys = [pairs.c.value, sets.c.currency]
    joined = pairs.join(sets, sets.c.tag_set_id == pairs.c.tag_set_id)
    found = select(*keys, func.sum(sets.c.cost).label("cost")).select_from(joined)
    if containing:
        found = found.where(func.instr(folded(pairs.c.value), literal(containing.lower())) > 0)
    if after is not None:
        found = found.where(pairs.c.value > after)
    valued = found.group_by(*keys).subquery("valued")
    place = func.dense_rank().over(order_by=[valued.c.value]).label("place")
    numbered = select(valued, place).subquery("numbered")
    shown = [numbered.c.value, numbered.c.currency, numbered.c.cost]
    return select(*shown).where(numbered.c.place <= limit + 1).order_by(*shown[:2])


def values_of(rows: Iterable[Sequence[Any]]) -> list[TagValue]:
    """The values in the statement's rows, in their order."""
    found: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for value, currency, cost in rows:
        found[value][currency] = cost
    return [TagValue(value, costs) for value, costs in found.items()]
