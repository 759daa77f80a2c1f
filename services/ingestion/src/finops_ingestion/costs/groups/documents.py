"""Cost groups as plain JSON, the same where they are stored and on the wire."""

from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from finops_common.money import plain
from finops_ingestion.costs.domain import Filter, Rule, dimension_of
from finops_ingestion.costs.groups.domain import CostGroup, CostGroups, Split, Target


def document_of(groups: CostGroups) -> dict[str, Any]:
    """The whole document."""
    return {
        "groups": [asdict(each) for each in groups.groups],
        "rules": [
            {"group_id": rule.group_id, "filters": [_filter(each) for each in rule.filters]}
            for rule in groups.rules
        ],
        "shared": [_split(each) for each in groups.shared],
    }


def _filter(wanted: Filter) -> dict[str, Any]:
    return {
        "dimension": str(wanted.dimension),
        "values": list(wanted.values),
        "excluded": wanted.excluded,
    }


def _split(split: Split) -> dict[str, Any]:
    targets = [
        {
            "group_id": target.group_id,
            "percent": None if target.percent is None else plain(target.percent),
        }
        for target in split.targets
    ]
    return {"group_id": split.group_id, "key": split.key, "targets": targets}


def groups_from(document: Mapping[str, Any]) -> CostGroups:
    """What `document_of` wrote, or a body of the same shape."""
    return CostGroups(
        groups=tuple(CostGroup(**each) for each in document["groups"]),
        rules=tuple(_rule(each) for each in document["rules"]),
        shared=tuple(_split_from(each) for each in document["shared"]),
    )


def _rule(told: Mapping[str, Any]) -> Rule:
    filters = (
        Filter(dimension_of(each["dimension"]), tuple(each["values"]), each["excluded"])
        for each in told["filters"]
    )
    return Rule(told["group_id"], tuple(filters))


def _split_from(told: Mapping[str, Any]) -> Split:
    targets = (
        Target(each["group_id"], None if each["percent"] is None else Decimal(each["percent"]))
        for each in told["targets"]
    )
    return Split(told["group_id"], told["key"], tuple(targets))
