"""What a document of cost groups may be, and what is wrong with one that may not."""

from dataclasses import replace
from decimal import Decimal

import pytest
from tests.ingestion.costs.groups.documents import SHOP, a_group, a_rule, a_split, a_tree

from finops_common.errors.problem import InvalidInput
from finops_ingestion.costs.domain import Filter, Rule, dimension_of
from finops_ingestion.costs.groups.checking import MOST_KEYS, flaws
from finops_ingestion.costs.groups.documents import document_of, groups_from
from finops_ingestion.costs.groups.domain import CostGroups, Split, Target, differences
from finops_ingestion.costs.groups.problems import SharedInCircle
from finops_ingestion.costs.groups.service import check


def wrong_fields(document: CostGroups) -> list[str]:
    return [path for path, _ in flaws(document)]


@pytest.mark.req("ING-34", part="a tree of groups")
def test_a_tree_is_read_from_its_roots_down() -> None:
    groups = CostGroups(a_tree("shop/web", "platform", "shop", "web/ads", "shop/data"))

    assert [each.id for each in groups.in_order] == ["platform", "shop", "web", "ads", "data"]
    assert [each.id for each in groups.under("web")] == ["web", "ads"]
    assert groups.under("nobody") == ()


@pytest.mark.req("ING-34", part="a tree of groups")
@pytest.mark.parametrize(
    ("paths", "wrong"),
    [
        (("a", "a"), ["groups.1.id"]),
        (("a", "ghost/b"), ["groups.1.parent_id"]),
        (("a/a",), ["groups.0.parent_id"]),
        (("b/a", "a/b", "c"), ["groups.0.parent_id", "groups.1.parent_id"]),
        (("a", "a/b", "b/c", "c/d", "d/e", "e/f"), []),
        (("a", "a/b", "b/c", "c/d", "d/e", "e/f", "f/g"), ["groups.6.parent_id"]),
    ],
    ids=["same id", "no parent", "own parent", "circle", "six levels", "seven levels"],
)
def test_a_tree_has_roots_and_six_levels(paths: tuple[str, ...], wrong: list[str]) -> None:
    assert wrong_fields(CostGroups(a_tree(*paths))) == wrong


@pytest.mark.req("ING-34", part="rules over what lines say")
def test_rules_name_groups_of_the_document_and_few_tags() -> None:
    keys = tuple(Filter(dimension_of(f"tag:k{n}")) for n in range(MOST_KEYS + 1))

    stray = replace(SHOP, rules=(*SHOP.rules, a_rule("ghost")))
    many = replace(SHOP, rules=(Rule("web", keys),))

    assert wrong_fields(SHOP) == []
    assert wrong_fields(stray) == ["rules.4.group_id"]
    assert wrong_fields(many) == ["rules"]


@pytest.mark.req("ING-34", part="shared cost is split by a stated key")
@pytest.mark.parametrize(
    ("split", "wrong"),
    [
        (a_split("platform", "fixed", web="33.3333", data="66.6667"), []),
        (a_split("platform", "fixed", web="33.3333", data="66.6666"), ["shared.0.targets"]),
        (a_split("platform", "fixed", "web", data="100"), ["shared.0.targets.0.percent"]),
        (a_split("platform", "even", "web", data="100"), ["shared.0.targets.1.percent"]),
        (a_split("platform", "even", "web", "web"), ["shared.0.targets.1.group_id"]),
        (a_split("platform", "even", "ghost"), ["shared.0.targets.0.group_id"]),
        (a_split("ghost", "even", "web"), ["shared.0.group_id"]),
    ],
)
def test_splits_name_known_groups_once_and_percents_of_the_whole(
    split: Split, wrong: list[str]
) -> None:
    assert wrong_fields(replace(SHOP, shared=(split,))) == wrong


@pytest.mark.req("ING-34", part="shared cost is split by a stated key")
def test_a_group_is_shared_once() -> None:
    twice = replace(SHOP, shared=SHOP.shared * 2)

    assert wrong_fields(twice) == ["shared.1.group_id"]


@pytest.mark.req("ING-34", part="shared cost is split by a stated key")
@pytest.mark.parametrize(
    ("splits", "named"),
    [
        ([a_split("web", "even", "web")], {"web"}),
        ([a_split("platform", "even", "network")], {"platform"}),
        ([a_split("web", "even", "data"), a_split("data", "even", "web")], {"web", "data"}),
        (
            [a_split("platform", "even", "shop"), a_split("shop", "even", "network")],
            {"platform", "shop"},
        ),
    ],
    ids=["itself", "one below itself", "each other", "one below the other"],
)
def test_shared_cost_never_comes_back(splits: list[Split], named: set[str]) -> None:
    with pytest.raises(SharedInCircle) as refused:
        check(replace(SHOP, shared=tuple(splits)))

    assert set(refused.value.facts["group_ids"]) == named
    assert all(each.title() in str(refused.value.facts["circle"]) for each in named)


def test_all_that_is_wrong_is_told_at_once_by_field() -> None:
    with pytest.raises(InvalidInput) as refused:
        check(CostGroups(a_tree("a", "a"), (a_rule("ghost"),)))

    assert [each.field for each in refused.value.errors] == [
        "body.groups.1.id",
        "body.rules.0.group_id",
    ]


@pytest.mark.req("ING-34", part="every version is kept as it was")
def test_a_document_is_read_as_it_was_written() -> None:
    odd = Filter(dimension_of("cost_category:Unit"), (None, "", "a:b"), excluded=True)
    document = replace(
        SHOP,
        rules=(*SHOP.rules, Rule("web", (odd, Filter(dimension_of("tag:a:b"))))),
        shared=(a_split("platform", "fixed", web="0.000001", data="99.999999"),),
    )

    assert groups_from(document_of(document)) == document
    assert differences(SHOP, document) == ("rules", "shared")


def test_those_below_a_shared_group_give_by_the_nearest_split() -> None:
    groups = (*SHOP.groups, a_group("dns", "network"))
    inner = a_split("network", "fixed", web="100")

    document = replace(SHOP, groups=groups, shared=(*SHOP.shared, inner))

    givers = {name: split.group_id for name, split in document.giving.items()}
    assert givers == {"platform": "platform", "network": "network", "dns": "network"}
    assert inner.targets == (Target("web", Decimal(100)),)
