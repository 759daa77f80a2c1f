"""What each group of a tree costs, with what is shared among them, to the last digit."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext

from finops_ingestion.costs.domain import WIDE
from finops_ingestion.costs.groups.domain import CostGroup, CostGroups, Split, SplitKey

PLACES = Decimal("1e-12")
"""Portions have twelve decimal places; what a split leaves over is the first target's."""

Amounts = Mapping[str, Decimal]


@dataclass(frozen=True)
class Portion:
    """What one target bears."""

    group_id: str
    amount: Decimal


@dataclass(frozen=True)
class Shared:
    """What a group has given away, and by which key: even, where a proportion has no base."""

    group_id: str
    key: SplitKey
    applied: SplitKey
    amount: Decimal
    portions: tuple[Portion, ...]


@dataclass(frozen=True)
class Node:
    """A group's cost: what falls into it, what it bears of others and they of it.

    `own` is direct + shared_in - shared_out, `total` that of the group and all below it.
    """

    group: CostGroup
    direct: Decimal
    shared_in: Decimal
    shared_out: Decimal
    own: Decimal
    total: Decimal


@dataclass(frozen=True)
class Tree:
    """All of one currency: roots' totals and what falls into no group are `total` exactly."""

    currency: str
    total: Decimal
    unassigned: Decimal
    nodes: tuple[Node, ...]
    shared: tuple[Shared, ...]


def tree_of(document: CostGroups, currency: str, direct: Amounts, unassigned: Decimal) -> Tree:
    """The tree with what falls into each group itself; groups not named get nothing."""
    with localcontext(WIDE):
        shared, taken, given = _shared(document, direct)
        own = {
            group.id: _of(direct, group.id) + taken[group.id] - given[group.id]
            for group in document.groups
        }
        totals = summed_up(document, own)
        nodes = tuple(
            Node(
                group=group,
                direct=_of(direct, group.id),
                shared_in=taken[group.id],
                shared_out=given[group.id],
                own=own[group.id],
                total=totals[group.id],
            )
            for group in document.in_order
        )
        total = sum(direct.values(), unassigned)
    return Tree(currency, total, unassigned, nodes, shared)


def summed_up(document: CostGroups, amounts: Amounts) -> dict[str, Decimal]:
    """By group: its amount and those of all below it."""
    found = {group.id: _of(amounts, group.id) for group in document.groups}
    for group in reversed(document.in_order):
        if group.parent_id is not None:
            found[group.parent_id] = WIDE.add(found[group.parent_id], found[group.id])
    return found


def _shared(
    document: CostGroups, direct: Amounts
) -> tuple[tuple[Shared, ...], dict[str, Decimal], dict[str, Decimal]]:
    """What was shared, and by group what it has taken and given."""
    taken: dict[str, Decimal] = defaultdict(Decimal)
    given: dict[str, Decimal] = defaultdict(Decimal)
    kept = {name: cost for name, cost in direct.items() if name not in document.giving}
    bases = summed_up(document, kept)
    givers: dict[str, list[str]] = defaultdict(list)
    for group_id, split in document.giving.items():
        givers[split.group_id].append(group_id)
    found = []
    for split in document.splits_in_order:
        for group_id in givers[split.group_id]:
            given[group_id] = _of(direct, group_id) + taken[group_id]
        amount = sum((given[each] for each in givers[split.group_id]), Decimal(0))
        done = share(split, amount, bases)
        for portion in done.portions:
            taken[portion.group_id] += portion.amount
        found.append(done)
    return tuple(found), taken, given


def share(split: Split, amount: Decimal, bases: Amounts) -> Shared:
    """An amount, parted by the split's key; the portions sum to it exactly.

    Proportional is to `bases`, what targets and those below them cost before anything is
    shared. Less than nothing counts as nothing, and where no target has a base it is even.
    """
    weights = _weights(split, bases)
    applied = split.key
    if not any(weights):
        weights, applied = [Decimal(1)] * len(split.targets), "even"
    with localcontext(WIDE):
        whole = sum(weights, Decimal(0))
        parts = [(amount * weight / whole).quantize(PLACES) for weight in weights]
        parts[0] += amount - sum(parts, Decimal(0))
    portions = zip(split.targets, parts, strict=True)
    return Shared(
        split.group_id,
        split.key,
        applied,
        amount,
        tuple(Portion(target.group_id, part) for target, part in portions),
    )


def _weights(split: Split, bases: Amounts) -> list[Decimal]:
    if split.key == "fixed":
        return [target.percent or Decimal(0) for target in split.targets]
    if split.key == "proportional":
        return [max(_of(bases, target.group_id), Decimal(0)) for target in split.targets]
    return [Decimal(1)] * len(split.targets)


def _of(amounts: Amounts, group_id: str) -> Decimal:
    return amounts.get(group_id, Decimal(0))
