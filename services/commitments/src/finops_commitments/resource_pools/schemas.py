"""Resource pools on the wire; null is not known."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from finops_commitments.figures.domain import FORMULA_VERSION
from finops_commitments.figures.schemas import Percent
from finops_commitments.resource_pools.domain import Resource
from finops_commitments.revisions.domain import Finality
from finops_common.schemas import DecimalText


class ResourcePoolView(BaseModel):
    """All commitments to one resource of a machine family in a region, together."""

    model_config = ConfigDict(from_attributes=True)

    payer_account_id: str
    currency: str
    region: str | None
    family: str | None = Field(description="null: the fee names none, so its use is not known")
    resource: Resource
    unit: str | None
    bought: DecimalText
    covered: DecimalText = Field(description="usage under commitments, also from elsewhere")
    used: DecimalText | None
    unused: DecimalText | None
    utilization_percent: Percent | None
    cost: DecimalText = Field(description="the fees")
    unused_cost: DecimalText | None


class ResourcePoolsView(BaseModel):
    """The bill names no commitment on covered usage, so there is no finer utilization."""

    since: datetime
    until: datetime
    as_of: datetime | None
    finality: Finality
    formula_version: str = FORMULA_VERSION
    items: list[ResourcePoolView]
