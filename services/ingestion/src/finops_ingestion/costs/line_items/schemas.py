"""Line items on the wire, by FOCUS's names in our spelling."""

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from finops_common.schemas import DecimalText, MoneyView


class LineItemView(BaseModel):
    charge_start: datetime = Field(description="ChargePeriodStart")
    charge_end: datetime | None = Field(description="ChargePeriodEnd; null: the bill does not say")
    billing_period: date = Field(description="first day of the bill's month")
    billing_source_id: UUID
    provider: str
    payer_account_id: str = Field(description="BillingAccountId")
    account_id: str | None = Field(description="SubAccountId")
    service: str | None
    region: str | None
    zone: str | None
    resource_id: str | None
    sku_id: str | None
    usage_type: str | None
    operation: str | None
    instance_type: str | None
    charge_category: str
    charge_class: str | None
    charge_kind: str | None = Field(description="the source's own line type")
    pricing_category: str | None
    commitment_id: str | None
    commitment_type: str | None
    commitment_status: str | None
    commitment_unit: str | None
    commitment_quantity: DecimalText | None
    usage_unit: str | None
    usage_quantity: DecimalText | None
    list_cost: MoneyView | None
    contracted_cost: MoneyView | None
    billed_cost: MoneyView
    effective_cost: MoneyView
    tags: dict[str, str]
    cost_categories: dict[str, str]
