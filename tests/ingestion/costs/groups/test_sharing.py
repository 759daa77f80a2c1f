"""Who bears what is shared: figures one can check by hand, and the laws of all splits."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.ingestion.costs.groups.documents import SHOP, a_split

from finops_ingestion.costs.domain import WIDE
from finops_ingestion.costs.groups.checking import flaws
from finops_ingestion.costs.groups.domain import CostGroup, CostGroups, Split, SplitKey, Target
from finops_ingestion.costs.groups.sharing import Node, Tree, share, tree_of

DIRECT = {"web": Decimal(30), "data": Decimal(10), "network": Decimal(6), "platform": Decimal(2)}


def a_shop_sharing(*splits: Split, **direct: int) -> Tree:
    costs = DIRECT | {name: Decimal(cost) for name, cost in direct.items()}
    return tree_of(replace(SHOP, shared=splits), "USD", costs, Decimal(5))


def node(tree: Tree, group_id: str) -> Node:
    return next(each for each in tree.nodes if each.group.id == group_id)


def owns(tree: Tree) -> dict[str, Decimal]:
    return {each.group.id: each.own for each in tree.nodes if each.own}


def added(amounts: Iterable[Decimal]) -> Decimal:
    total = Decimal(0)
    for amount in amounts:
        total = WIDE.add(total, amount)
    return total


@pytest.mark.req("ING-34", part="a group costs what it and all below it cost")
def test_a_parent_costs_what_its_children_do() -> None:
    tree = a_shop_sharing()

    assert (node(tree, "shop").direct, node(tree, "shop").total) == (0, 40)
    assert (node(tree, "platform").own, node(tree, "platform").total) == (2, 8)
    assert (tree.unassigned, tree.total) == (5, 53)


@pytest.mark.req("ING-34", part="shared cost is split evenly")
def test_an_even_split_gives_each_the_same_and_the_first_what_is_left_over() -> None:
    tree = a_shop_sharing(a_split("platform", "even", "web", "data", "shop"), platform=4)

    third = Decimal("3.333333333333")
    assert owns(tree) == {
        "web": 30 + third + Decimal("0.000000000001"),
        "data": 10 + third,
        "shop": third,
    }


@pytest.mark.req("ING-34", part="shared cost is split in proportion")
def test_a_proportional_split_follows_what_targets_and_those_below_them_cost() -> None:
    by_team = a_shop_sharing(a_split("platform", "proportional", "web", "data"))
    by_root = a_shop_sharing(a_split("platform", "proportional", "shop"))

    assert owns(by_team) == {"web": 36, "data": 12}
    assert owns(by_root) == {"web": 30, "data": 10, "shop": 8}


@pytest.mark.req("ING-34", part="shared cost is split by fixed percents")
def test_a_fixed_split_gives_its_percents() -> None:
    tree = a_shop_sharing(a_split("platform", "fixed", web="12.5", data="87.5"))

    assert owns(tree) == {"web": 31, "data": 17}
    (shared,) = tree.shared
    assert (shared.amount, [each.amount for each in shared.portions]) == (8, [1, 7])


@pytest.mark.req("ING-34", part="a shared group gives away all below it")
def test_a_shared_group_keeps_nothing_and_says_what_it_gave() -> None:
    tree = a_shop_sharing(a_split("platform", "even", "web"))

    platform, network = node(tree, "platform"), node(tree, "network")
    assert (platform.direct, platform.shared_out, platform.own, platform.total) == (2, 2, 0, 0)
    assert (network.direct, network.shared_out, network.own) == (6, 6, 0)
    assert node(tree, "web").shared_in == 8


@pytest.mark.req("ING-34", part="what is shared with a shared group is shared on")
def test_shared_cost_goes_on_through_groups_that_are_shared_themselves() -> None:
    onward = a_split("data", "even", "web")
    tree = a_shop_sharing(onward, a_split("network", "fixed", web="50", data="50"))

    assert owns(tree) == {"web": 30 + 3 + 13, "platform": 2}
    assert (node(tree, "data").shared_in, node(tree, "data").shared_out) == (3, 13)


@pytest.mark.req("ING-34", part="a proportion without a base is even and says so")
@pytest.mark.parametrize(("web", "data"), [(0, 0), (-3, 0), (-3, -5)])
def test_a_proportion_of_nothing_is_even_and_says_so(web: int, data: int) -> None:
    tree = a_shop_sharing(a_split("platform", "proportional", "web", "data"), web=web, data=data)

    (shared,) = tree.shared
    assert (shared.key, shared.applied) == ("proportional", "even")
    assert [each.amount for each in shared.portions] == [4, 4]


@pytest.mark.req("ING-34", part="a proportion without a base is even and says so")
def test_a_target_with_credits_alone_bears_nothing_in_proportion() -> None:
    tree = a_shop_sharing(a_split("platform", "proportional", "web", "data"), web=-3)

    (shared,) = tree.shared
    assert (shared.applied, [each.amount for each in shared.portions]) == ("proportional", [0, 8])


AMOUNTS = st.decimals("-1e20", "1e20", places=12)


@st.composite
def documents(draw: st.DrawFn) -> CostGroups:
    """Trees of up to eight groups, of which some share their cost in no circle."""
    size = draw(st.integers(1, 8))
    ids = [f"g{number}" for number in range(size)]
    parents = [draw(st.sampled_from([None, *ids[:place]])) for place in range(size)]
    groups = tuple(
        CostGroup(name, name, "team", parent) for name, parent in zip(ids, parents, strict=True)
    )
    givers = draw(st.lists(st.sampled_from(ids), max_size=3, unique=True))
    shared = tuple(draw(splits(giver, ids)) for giver in givers)
    document = CostGroups(groups, (), shared)
    assume(not flaws(document) and not document.circle())
    return document


@st.composite
def splits(draw: st.DrawFn, giver: str, ids: list[str]) -> Split:
    key: SplitKey = draw(st.sampled_from(["even", "proportional", "fixed"]))
    targets = draw(st.lists(st.sampled_from(ids), min_size=1, max_size=4, unique=True))
    if key != "fixed":
        return Split(giver, key, tuple(map(Target, targets)))
    cuts = sorted(draw(st.integers(0, 10**6)) for _ in targets[1:])
    bounds = zip([0, *cuts], [*cuts, 10**6], strict=True)
    percents = [Decimal(high - low).scaleb(-4) for low, high in bounds]
    return Split(giver, key, tuple(map(Target, targets, percents)))


@pytest.mark.req("ING-34", part="roots and unassigned are all costs, whatever is shared")
@settings(max_examples=150, deadline=None)
@given(documents(), st.lists(AMOUNTS, min_size=8, max_size=8), AMOUNTS)
def test_nothing_is_lost_or_counted_twice_whatever_is_shared(
    document: CostGroups, amounts: list[Decimal], unassigned: Decimal
) -> None:
    direct = {group.id: cost for group, cost in zip(document.groups, amounts, strict=False)}

    tree = tree_of(document, "USD", direct, unassigned)

    everything = added([*direct.values(), unassigned])
    roots = [each.total for each in tree.nodes if each.group.parent_id is None]
    assert added([*roots, unassigned]) == tree.total == everything
    assert added(each.shared_in for each in tree.nodes) == added(
        each.shared_out for each in tree.nodes
    )
    for each in tree.nodes:
        below = {group.id for group in document.under(each.group.id)}
        assert each.total == added(n.own for n in tree.nodes if n.group.id in below)
        assert each.own == 0 or each.group.id not in document.giving


@pytest.mark.req("ING-34", part="portions are the amount, to the last digit")
@settings(max_examples=150, deadline=None)
@given(splits("g0", ["a", "b", "c", "d"]), AMOUNTS, st.lists(AMOUNTS, min_size=4, max_size=4))
def test_portions_sum_to_what_is_shared_and_stray_less_than_a_unit_of_the_last_place(
    split: Split, amount: Decimal, bases: list[Decimal]
) -> None:
    found = share(split, amount, dict(zip("abcd", bases, strict=True)))

    assert added(each.amount for each in found.portions) == amount
    assert [each.group_id for each in found.portions] == [each.group_id for each in split.targets]
    if found.applied == "even":
        usual = WIDE.divide(amount, Decimal(len(split.targets)))
        strays = [WIDE.subtract(each.amount, usual) for each in found.portions]
        assert all(abs(stray) < Decimal("1e-11") for stray in strays)
