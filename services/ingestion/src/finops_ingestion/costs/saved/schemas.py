"""Saved queries on the wire.

What is kept is read by these classes again, so their fields may be added to and never go.
"""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, field_validator

from finops_common.schemas import Command, Day, Line
from finops_ingestion.costs.domain import Days, Granularity, Metric
from finops_ingestion.costs.filters import CostGroups, Excluded, Pairs, Values
from finops_ingestion.costs.router import (
    By,
    Compare,
    CompareEnd,
    CompareStart,
    ConvertTo,
    Currency,
    Sources,
    Top,
)
from finops_ingestion.costs.saved.domain import last_days, last_months, this_month


class BetweenDays(Command):
    kind: Literal["between"]
    start: Day
    end: Day = Field(description="the first day that is not in it")

    def on(self, today: date) -> Days:  # noqa: ARG002 - the same on every day
        return Days(self.start, self.end)


class LastDays(Command):
    kind: Literal["last_days"]
    count: int = Field(ge=1, le=1100, description="whole days before today, UTC")

    def on(self, today: date) -> Days:
        return last_days(today, self.count)


class ThisMonth(Command):
    kind: Literal["this_month"] = Field(description="until today, which is in it; UTC")

    def on(self, today: date) -> Days:
        return this_month(today)


class LastMonths(Command):
    kind: Literal["last_months"]
    count: int = Field(1, ge=1, le=36, description="whole months before this one, UTC")

    def on(self, today: date) -> Days:
        return last_months(today, self.count)


AskedDays = Annotated[BetweenDays | LastDays | ThisMonth | LastMonths, Field(discriminator="kind")]


class SavedFilters(Command):
    """The filters of the cost query, under their names."""

    account: Values = None
    payer: Values = None
    provider: Values = None
    service: Values = None
    region: Values = None
    zone: Values = None
    sku: Values = None
    usage_type: Values = None
    operation: Values = None
    charge_category: Values = None
    pricing_category: Values = None
    commitment: Values = None
    commitment_type: Values = None
    commitment_status: Values = None
    instance_type: Values = None
    instance_family: Values = None
    operating_system: Values = None
    tenancy: Values = None
    resource: Values = None
    cost_group: CostGroups = None
    tag: Pairs = None
    cost_category: Pairs = None
    excluded: Excluded = None

    @field_validator("*")
    @classmethod
    def _keepable(cls, value: object) -> object:
        # PostgreSQL keeps no NUL in JSON; no bill has one.
        if isinstance(value, list) and any("\0" in str(each) for each in value):
            raise ValueError("must not hold control characters")
        return value


class SavedQuestion(SavedFilters):
    """What `GET …/costs` is asked, under its names; `days` in place of start and end."""

    days: AskedDays = Field(description="relative ones mean other days each day they are asked")
    metric: Metric = "amortised"
    granularity: Granularity = "month"
    by: By = None
    source: Sources = None
    currency: Currency = None
    convert_to: ConvertTo = None
    top: Top = 20
    compare: Compare = None
    compare_start: CompareStart = None
    compare_end: CompareEnd = None


class SavedQueryDraft(Command):
    name: Line
    shared: bool = Field(
        default=False, description="everybody who may see usage may see and run it"
    )
    question: SavedQuestion


class SavedQueryChange(Command):
    """What is left out, or null, stays."""

    name: Line | None = None
    shared: bool | None = None
    question: SavedQuestion | None = Field(None, description="takes the place of the former, whole")


class SavedQueryView(BaseModel):
    id: UUID
    name: str
    shared: bool
    owner_id: UUID = Field(description="who saved it, and alone may change it")
    question: SavedQuestion
    version: int
    created_at: datetime
    changed_at: datetime
