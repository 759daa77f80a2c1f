"""What is wrong with a document of cost groups, field by field."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import NamedTuple

from finops_ingestion.costs.groups.domain import DEEPEST, CostGroups, Split

MOST_KEYS = 20
"""Tag keys and cost categories that all rules together may name: each is a join."""
MOST_VALUES = 20_000
_ALL = Decimal(100)
_UNKNOWN = "is no group of this document"


class Flaw(NamedTuple):
    """A field, as a dotted path, and what it should be."""

    path: str
    message: str


def flaws(of: CostGroups) -> list[Flaw]:
    """All there are but circles of shared cost, which no single field is wrong about."""
    parts: tuple[Callable[[CostGroups], Iterator[Flaw]], ...] = (_groups, _rules, _shared)
    return [flaw for part in parts for flaw in part(of)]


def _groups(of: CostGroups) -> Iterator[Flaw]:
    seen: set[str] = set()
    for place, group in enumerate(of.groups):
        path = f"groups.{place}"
        if group.id in seen:
            yield Flaw(f"{path}.id", "is there twice")
        seen.add(group.id)
        if group.parent_id is not None and group.parent_id not in of.by_id:
            yield Flaw(f"{path}.parent_id", _UNKNOWN)
        above = list(of.above(group.id))
        if len(set(above)) < len(above):
            yield Flaw(f"{path}.parent_id", "puts the group below itself")
        elif len(above) > DEEPEST:
            yield Flaw(f"{path}.parent_id", f"makes a tree of more than {DEEPEST} levels")


def _rules(of: CostGroups) -> Iterator[Flaw]:
    for place, rule in enumerate(of.rules):
        if rule.group_id not in of.by_id:
            yield Flaw(f"rules.{place}.group_id", _UNKNOWN)
    filters = [each for rule in of.rules for each in rule.filters]
    if len({each.dimension.tag_key for each in filters} - {None}) > MOST_KEYS:
        yield Flaw("rules", f"name more than {MOST_KEYS} tag keys and cost categories")
    if sum(len(each.values) for each in filters) > MOST_VALUES:
        yield Flaw("rules", f"name more than {MOST_VALUES} values")


def _shared(of: CostGroups) -> Iterator[Flaw]:
    seen: set[str] = set()
    for place, split in enumerate(of.shared):
        path = f"shared.{place}"
        if split.group_id not in of.by_id:
            yield Flaw(f"{path}.group_id", _UNKNOWN)
        if split.group_id in seen:
            yield Flaw(f"{path}.group_id", "is shared twice")
        seen.add(split.group_id)
        yield from _targets(of, split, path)


def _targets(of: CostGroups, split: Split, path: str) -> Iterator[Flaw]:
    seen: set[str] = set()
    for place, target in enumerate(split.targets):
        at = f"{path}.targets.{place}"
        if target.group_id not in of.by_id:
            yield Flaw(f"{at}.group_id", _UNKNOWN)
        if target.group_id in seen:
            yield Flaw(f"{at}.group_id", "is there twice")
        seen.add(target.group_id)
        if (target.percent is None) is (split.key == "fixed"):
            yield Flaw(f"{at}.percent", "is for the key fixed, of each target")
    percents = [target.percent for target in split.targets if target.percent is not None]
    if split.key == "fixed" and sum(percents, Decimal(0)) != _ALL:
        yield Flaw(f"{path}.targets", "must have percents that sum to 100")
