"""Documents of cost groups, small enough to read."""

from decimal import Decimal

from finops_ingestion.costs.domain import Filter, Rule, dimension_of
from finops_ingestion.costs.groups.domain import CostGroup, CostGroups, Split, SplitKey, Target


def a_group(group_id: str, parent_id: str | None = None) -> CostGroup:
    return CostGroup(group_id, group_id.title(), "team", parent_id)


def a_tree(*paths: str) -> tuple[CostGroup, ...]:
    """`shop/web` is a group below the root `shop`."""
    return tuple(
        a_group(path.rpartition("/")[2], path.rpartition("/")[0].rpartition("/")[2] or None)
        for path in paths
    )


def a_rule(group_id: str, **wanted: str | None) -> Rule:
    """Lines with these values; `tag__team` is the tag team."""
    filters = (
        Filter(dimension_of(name.replace("__", ":")), (value,)) for name, value in wanted.items()
    )
    return Rule(group_id, tuple(filters))


def a_split(group_id: str, key: SplitKey, *targets: str, **percents: str) -> Split:
    fixed = (Target(name, Decimal(percent)) for name, percent in percents.items())
    return Split(group_id, key, (*map(Target, targets), *fixed))


SHOP = CostGroups(
    groups=a_tree("shop", "shop/web", "shop/data", "platform", "platform/network"),
    rules=(
        a_rule("web", tag__team="web"),
        a_rule("data", tag__team="data"),
        a_rule("network", service="AmazonVPC"),
        a_rule("platform", account="999999999999"),
    ),
    shared=(a_split("platform", "proportional", "web", "data"),),
)
