"""An organization's cost groups: a tree, the rules that fill it, and who bears what is shared.

A group that is shared gives away what falls into it and into those below it, and what others
have shared with it. It gives by its own split; those below it by the nearest one above.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Literal
from uuid import UUID

from finops_ingestion.costs.domain import Rule

GroupKind = Literal["company", "department", "team", "project", "other"]
SplitKey = Literal["even", "proportional", "fixed"]

DEEPEST = 6
"""Levels of the tree."""
MOST_GROUPS = MOST_RULES = 2000


@dataclass(frozen=True)
class CostGroup:
    """A node of the tree; a root has no parent. The id is the organization's own choice."""

    id: str
    name: str
    kind: GroupKind
    parent_id: str | None = None


@dataclass(frozen=True)
class Target:
    """Who bears a part of a shared cost; `percent` where the key is fixed."""

    group_id: str
    percent: Decimal | None = None


@dataclass(frozen=True)
class Split:
    """How the cost of a shared group is borne by others."""

    group_id: str
    key: SplitKey
    targets: tuple[Target, ...]


@dataclass(frozen=True)
class CostGroups:
    """The whole document; rules in their order."""

    groups: tuple[CostGroup, ...] = ()
    rules: tuple[Rule, ...] = ()
    shared: tuple[Split, ...] = ()

    @cached_property
    def by_id(self) -> Mapping[str, CostGroup]:
        return {group.id: group for group in self.groups}

    @cached_property
    def _children(self) -> Mapping[str | None, list[CostGroup]]:
        found: dict[str | None, list[CostGroup]] = defaultdict(list)
        for group in self.groups:
            found[group.parent_id].append(group)
        return found

    @cached_property
    def in_order(self) -> tuple[CostGroup, ...]:
        """Each group before those below it, those of one parent as the document has them."""
        roots = self._children.get(None, [])
        return tuple(group for root in roots for group in self.under(root.id))

    def under(self, group_id: str) -> tuple[CostGroup, ...]:
        """The group and all below it; none where there is no such group."""
        if group_id not in self.by_id:
            return ()
        found, waiting = [], [self.by_id[group_id]]
        while waiting:
            group = waiting.pop()
            found.append(group)
            waiting += reversed(self._children.get(group.id, []))
        return tuple(found)

    def above(self, group_id: str) -> Iterator[str]:
        """The group itself, its parent and so on, one level more than may be."""
        at: str | None = group_id
        for _ in range(DEEPEST + 1):
            if at is None or at not in self.by_id:
                return
            yield at
            at = self.by_id[at].parent_id

    @cached_property
    def giving(self) -> Mapping[str, Split]:
        """By group that gives its cost away: the split it follows."""
        splits = {split.group_id: split for split in self.shared}
        found = {}
        for group in self.groups:
            nearest = next((splits[each] for each in self.above(group.id) if each in splits), None)
            if nearest is not None:
                found[group.id] = nearest
        return found

    @cached_property
    def splits_in_order(self) -> tuple[Split, ...]:
        """Each split before those of its targets; there must be no circle."""
        splits = {split.group_id: split for split in self.shared}
        return tuple(splits[each] for each in self._sorter().static_order())

    def circle(self) -> tuple[str, ...]:
        """Groups that share their cost with each other, the first again at the end; or none."""
        try:
            self._sorter().prepare()
        except CycleError as error:
            return tuple(error.args[1])
        return ()

    def _sorter(self) -> TopologicalSorter[str]:
        before: TopologicalSorter[str] = TopologicalSorter()
        for split in self.shared:
            before.add(split.group_id)
            for target in split.targets:
                if target.group_id in self.giving:
                    before.add(self.giving[target.group_id].group_id, split.group_id)
        return before


@dataclass(frozen=True)
class CostGroupsVersion:
    """One version of the document; version 0 is the empty one before anybody made any."""

    version: int = 0
    document: CostGroups = CostGroups()
    changed_by: UUID | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True)
class Made:
    """Who made a version when, and how much is in it."""

    version: int
    groups: int
    rules: int
    shared: int
    changed_by: UUID
    changed_at: datetime


def differences(before: CostGroups, after: CostGroups) -> tuple[str, ...]:
    """The parts in which two documents differ."""
    names = ("groups", "rules", "shared")
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))


def counts(of: CostGroups) -> dict[str, int]:
    """How many of each there are."""
    return {"groups": len(of.groups), "rules": len(of.rules), "shared": len(of.shared)}
