"""Puts an organization's rules into what is asked about its cost groups."""

from collections.abc import Iterable
from dataclasses import replace

from finops_common.auth.caller import Caller
from finops_common.db.transaction import Database
from finops_ingestion.costs.domain import GROUPED, Dimension, Filter, Question
from finops_ingestion.costs.groups.domain import CostGroups
from finops_ingestion.costs.groups.repository import CostGroupRepository


class GroupRules:
    """The rules that stand when a question is asked; nothing is read where none are needed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put_into(self, caller: Caller, question: Question) -> Question:
        """The question, about lines as they are sorted now."""
        if not _about_groups(question.dimensions):
            return question
        groups = await self._current(caller)
        by = tuple(_sorted_by(groups, each) for each in question.by)
        return replace(question, by=by, filters=_filters(groups, question.filters))

    async def put_into_filters(
        self, caller: Caller, filters: tuple[Filter, ...]
    ) -> tuple[Filter, ...]:
        """The filters; one on a group lets through those below it too."""
        if not _about_groups(each.dimension for each in filters):
            return filters
        return _filters(await self._current(caller), filters)

    async def _current(self, caller: Caller) -> CostGroups:
        async with self._database.transaction(caller) as tx:
            return (await CostGroupRepository(tx).current()).document


def _about_groups(dimensions: Iterable[Dimension]) -> bool:
    return any(each.kind == GROUPED for each in dimensions)


def _sorted_by(groups: CostGroups, dimension: Dimension) -> Dimension:
    return replace(dimension, rules=groups.rules) if dimension.kind == GROUPED else dimension


def _filters(groups: CostGroups, filters: tuple[Filter, ...]) -> tuple[Filter, ...]:
    return tuple(_with_those_below(groups, each) for each in filters)


def _with_those_below(groups: CostGroups, wanted: Filter) -> Filter:
    if wanted.dimension.kind != GROUPED:
        return wanted
    below = (group.id for value in wanted.values if value for group in groups.under(value))
    # A group that is not there stays among the values, or the filter would let all through.
    values = tuple(dict.fromkeys((*wanted.values, *below)))
    return Filter(_sorted_by(groups, wanted.dimension), values, wanted.excluded)
