"""Cost groups on the wire."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from finops_common.contracts.ingestion import Finality
from finops_common.schemas import Command, DecimalText, Line, MoneyView
from finops_ingestion.costs.domain import COLUMN_OF, GROUPED, KEYED, OF_RECORDS, Metric
from finops_ingestion.costs.groups.domain import MOST_GROUPS, MOST_RULES, GroupKind, SplitKey

_FACTS = "|".join(name for name in COLUMN_OF if name not in OF_RECORDS | {GROUPED})
_DIMENSION = rf"^({_FACTS}|({'|'.join(KEYED)}):[^\x00-\x1f]{{1,256}})$"

GroupId = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
        examples=["web-team"],
        description="your own choice; budgets, reports and queries name the group by it",
    ),
]
Value = Annotated[str, Field(max_length=1100, pattern=r"^[^\x00]*$")]
Percent = Annotated[DecimalText, Field(ge=0, le=Decimal(100), decimal_places=6)]


class CostGroupNode(Command):
    id: GroupId
    name: Line
    kind: GroupKind = "other"
    parent_id: GroupId | None = Field(None, description="null: a root of the tree")


class CostGroupFilter(Command):
    """Of one dimension: lines that have one of the values, or with `excluded` all others."""

    dimension: str = Field(pattern=_DIMENSION, examples=["service", "tag:team"])
    values: tuple[Value | None, ...] = Field(
        (), max_length=2000, description="null: the bill says none; empty: it says anything at all"
    )
    excluded: bool = False


class CostGroupRule(Command):
    group_id: GroupId
    filters: tuple[CostGroupFilter, ...] = Field(
        (), max_length=10, description="all must hold; empty: all that rules before leave"
    )


class CostGroupTarget(Command):
    group_id: GroupId
    percent: Percent | None = Field(None, description="for the key fixed; they sum to 100")


class CostGroupSplit(Command):
    """Shares what falls into a group and those below it, and what is shared with it."""

    group_id: GroupId
    key: SplitKey = Field(
        description="proportional: to what targets and those below them cost before sharing, of "
        "groups that share nothing; even, where that is nothing or less for each of them"
    )
    targets: tuple[CostGroupTarget, ...] = Field(
        min_length=1,
        max_length=500,
        description="what a division leaves over, less than a millionth, is the first one's",
    )


class CostGroupDocument(Command):
    """A tree of groups, and rules in their order: the first that a line passes takes it."""

    groups: tuple[CostGroupNode, ...] = Field((), max_length=MOST_GROUPS)
    rules: tuple[CostGroupRule, ...] = Field((), max_length=MOST_RULES)
    shared: tuple[CostGroupSplit, ...] = Field((), max_length=500)


class CostGroupsChange(CostGroupDocument):
    reason: Line | None = None


class CostGroupsView(CostGroupDocument):
    """One version; version 0 is empty, before anybody made one."""

    version: int
    changed_by: UUID | None
    changed_at: datetime | None


class CostGroupsVersionView(BaseModel):
    version: int
    changed_by: UUID
    changed_at: datetime
    groups: int = Field(description="how many")
    rules: int
    shared: int


class GroupCostView(BaseModel):
    id: str
    name: str
    kind: GroupKind
    parent_id: str | None
    direct: MoneyView = Field(description="what rules give it")
    shared_in: MoneyView = Field(description="what it bears of shared groups")
    shared_out: MoneyView = Field(description="what others bear of it")
    own: MoneyView = Field(description="direct + shared_in - shared_out")
    total: MoneyView = Field(description="its own and of all below it")


class PortionView(BaseModel):
    group_id: str
    amount: MoneyView


class SharedView(BaseModel):
    group_id: str
    key: SplitKey
    applied: SplitKey = Field(description="even, where a proportion has no base")
    amount: MoneyView
    portions: list[PortionView] = Field(description="they sum to the amount exactly")


class TreeView(BaseModel):
    currency: str = Field(description="ISO 4217")
    total: MoneyView = Field(description="of all lines: roots' totals and unassigned, exactly")
    unassigned: MoneyView = Field(description="of lines that no rule takes")
    groups: list[GroupCostView] = Field(description="each before those below it")
    shared: list[SharedView]


class GroupCostsView(BaseModel):
    start: date
    end: date = Field(description="the first day that is not in it")
    metric: Metric
    version: int | None = Field(description="of the cost groups; null: of none, a preview")
    finality: Finality | None = Field(description="open if any bill in it is; null: no bill")
    as_of: datetime | None = Field(description="last instant every bill in it knows of")
    currencies: list[TreeView]


class RuleView(BaseModel):
    rule: int = Field(description="place in the document, from 0")
    group_id: str
    matches: bool = Field(description="whether any line of these days falls into it")
    costs: list[MoneyView] = Field(description="of those lines, by currency")


class PreviewView(GroupCostsView):
    rules: list[RuleView] = Field(description="what falls into each, in their order")
