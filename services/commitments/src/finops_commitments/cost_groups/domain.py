"""Sorts records into an organization's cost groups by what records say of themselves.

Rules may look at what no record says (tags, cost categories, resources). Where such a rule
decides, the group is told as unknown; where every way it could turn out leads to the same group,
it is that group.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from finops_common.contracts.cost_records import COLUMNS
from finops_common.contracts.ingestion_queries import CostGroupRules, RecordFilter, RecordRule

UNKNOWN = "(unknown)"
"""No id of a group: these begin with a letter or digit."""
_NONE, _UNKNOWN = -1, -2
_SAID = frozenset(column.name for column in COLUMNS)


def facts(rules: CostGroupRules) -> list[str]:
    """The columns of records that the rules look at; one at least."""
    named = {each.column or "" for rule in rules.rules for each in rule.filters}
    return sorted({"provider", *(named & _SAID)})


def sorted_into(rules: CostGroupRules, records: pa.Table) -> list[str | None]:
    """The group of each row, which has the columns of `facts`; None where no rule takes it."""
    ids = [rule.group_id for rule in rules.rules]
    group = np.full(records.num_rows, _NONE)
    undecided = np.ones(records.num_rows, bool)
    for rule in rules.rules:
        here, this = undecided & _may_pass(rule, records), ids.index(rule.group_id)
        # A rule before may or may not have taken it: certain only for the same group.
        contradicts = here & (group != _NONE) & (group != this)
        group[here], group[contradicts] = this, _UNKNOWN
        undecided &= ~(contradicts if _depends_on_more(rule) else here)
    group[undecided & (group != _NONE)] = _UNKNOWN
    names = np.array([*ids, UNKNOWN, None], dtype=object)
    found: list[str | None] = names[group].tolist()
    return found


def path(rules: CostGroupRules, group_id: str | None) -> list[str]:
    """The group and all above it; none of no group."""
    return list(_upwards(rules, group_id))


def _upwards(rules: CostGroupRules, group_id: str | None) -> Iterator[str]:
    while group_id is not None:
        yield group_id
        group_id = rules.parents.get(group_id)


def _may_pass(rule: RecordRule, records: pa.Table) -> NDArray[np.bool_]:
    passes = np.ones(records.num_rows, bool)
    for each in rule.filters:
        if each.column in _SAID:
            passes &= _passes(each, records.column(each.column))
    return passes


def _passes(wanted: RecordFilter, column: pa.ChunkedArray) -> NDArray[np.bool_]:
    said = pc.is_in(column, pa.array(wanted.values, pa.string()))
    found: NDArray[np.bool_] = (said if wanted.values else column.is_valid()).to_numpy()
    return ~found if wanted.excluded else found


def _depends_on_more(rule: RecordRule) -> bool:
    return any(each.column not in _SAID for each in rule.filters)
