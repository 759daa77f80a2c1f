"""Cost groups as the wire shows them."""

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from finops_common.contracts.cost_records import COLUMNS
from finops_common.contracts.ingestion_queries import CostGroupRules, RecordFilter, RecordRule
from finops_common.schemas import MoneyView
from finops_ingestion.costs.domain import COLUMN_OF, Filter
from finops_ingestion.costs.groups import schemas
from finops_ingestion.costs.groups.documents import document_of, groups_from
from finops_ingestion.costs.groups.domain import CostGroups, CostGroupsVersion, Made
from finops_ingestion.costs.groups.service import Asked, Sorted
from finops_ingestion.costs.groups.sharing import Node, Shared, Tree
from finops_ingestion.costs.views import sums_view

_OF_RECORDS = frozenset(column.name for column in COLUMNS)
_AMOUNTS = ("direct", "shared_in", "shared_out", "own", "total")


def groups_in(body: schemas.CostGroupDocument) -> CostGroups:
    """The document that a request holds."""
    return groups_from(body.model_dump(include=set(schemas.CostGroupDocument.model_fields)))


def groups_view(found: CostGroupsVersion) -> schemas.CostGroupsView:
    """The whole document, with who made it when."""
    told = document_of(found.document)
    return schemas.CostGroupsView.model_validate(
        told
        | {
            "version": found.version,
            "changed_by": found.changed_by,
            "changed_at": found.changed_at,
        }
    )


def rules_view(found: CostGroupsVersion) -> CostGroupRules:
    """The tree, and rules over columns of hourly records."""
    document = found.document
    return CostGroupRules(
        version=found.version,
        parents={group.id: group.parent_id for group in document.groups},
        rules=tuple(
            RecordRule(group_id=rule.group_id, filters=tuple(map(_of_records, rule.filters)))
            for rule in document.rules
        ),
    )


def _of_records(wanted: Filter) -> RecordFilter:
    column = COLUMN_OF.get(wanted.dimension.kind)
    known = column if column in _OF_RECORDS else None
    return RecordFilter(column=known, values=wanted.values, excluded=wanted.excluded)


def version_view(found: Made) -> schemas.CostGroupsVersionView:
    """Who made it when, and how large it is."""
    return schemas.CostGroupsVersionView.model_validate(asdict(found))


def costs_view(asked: Asked, found: Sorted, version: int) -> schemas.GroupCostsView:
    """What groups of a version cost."""
    return schemas.GroupCostsView(**_answer(asked, found, version))


def preview_view(asked: Asked, found: Sorted, document: CostGroups) -> schemas.PreviewView:
    """What groups of an unsaved document would cost, and what falls into each rule."""
    rules = [
        schemas.RuleView(
            rule=place, group_id=rule.group_id, matches=bool(costs), costs=sums_view(costs)
        )
        for place, (rule, costs) in enumerate(zip(document.rules, found.rules, strict=True))
    ]
    return schemas.PreviewView(**_answer(asked, found, None), rules=rules)


def _answer(asked: Asked, found: Sorted, version: int | None) -> dict[str, Any]:
    return {
        "start": asked.days.start,
        "end": asked.days.end,
        "metric": asked.metric,
        "version": version,
        "finality": found.known.finality,
        "as_of": found.known.as_of,
        "currencies": [_tree(each) for each in found.trees],
    }


def _tree(tree: Tree) -> schemas.TreeView:
    return schemas.TreeView(
        currency=tree.currency,
        total=_money(tree, tree.total),
        unassigned=_money(tree, tree.unassigned),
        groups=[_node(tree, each) for each in tree.nodes],
        shared=[_shared(tree, each) for each in tree.shared],
    )


def _node(tree: Tree, node: Node) -> schemas.GroupCostView:
    group = node.group
    amounts = {name: _money(tree, getattr(node, name)) for name in _AMOUNTS}
    return schemas.GroupCostView(
        id=group.id, name=group.name, kind=group.kind, parent_id=group.parent_id, **amounts
    )


def _shared(tree: Tree, shared: Shared) -> schemas.SharedView:
    return schemas.SharedView(
        group_id=shared.group_id,
        key=shared.key,
        applied=shared.applied,
        amount=_money(tree, shared.amount),
        portions=[
            schemas.PortionView(group_id=each.group_id, amount=_money(tree, each.amount))
            for each in shared.portions
        ],
    )


def _money(tree: Tree, amount: Decimal) -> MoneyView:
    return MoneyView(amount=amount, currency=tree.currency)
