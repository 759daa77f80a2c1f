"""P5: a line as AWS writes it and as FOCUS wants it, each a model that is validated per line."""

from datetime import datetime
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

_CATEGORIES = {"Tax": "Tax", "Credit": "Credit", "SavingsPlanRecurringFee": "Purchase"}


class CurLine(BaseModel):
    """The columns of CUR 2.0 that are used."""

    model_config = ConfigDict(extra="ignore")

    bill_payer_account_id: str
    bill_billing_period_start_date: datetime
    line_item_usage_account_id: str
    line_item_line_item_type: str
    line_item_usage_start_date: datetime
    line_item_usage_end_date: datetime
    line_item_currency_code: str
    line_item_product_code: str | None
    line_item_usage_type: str | None
    line_item_operation: str | None
    line_item_availability_zone: str | None
    line_item_resource_id: str | None
    line_item_usage_amount: Decimal
    line_item_unblended_cost: Decimal
    product_instance_type: str | None
    product_region_code: str | None
    product_sku: str | None
    pricing_unit: str | None
    pricing_public_on_demand_cost: Decimal | None
    savings_plan_savings_plan_a_r_n: str | None
    savings_plan_savings_plan_effective_cost: Decimal | None
    savings_plan_total_commitment_to_date: Decimal | None
    savings_plan_used_commitment: Decimal | None
    reservation_reservation_a_r_n: str | None
    reservation_effective_cost: Decimal | None
    resource_tags: dict[str, str] | None


class FocusLine(BaseModel):
    """What goes over Kafka, one document a line; costs as exact text."""

    BillingAccountId: str
    BillingPeriodStart: datetime
    SubAccountId: str
    ChargeCategory: str
    ChargePeriodStart: datetime
    ChargePeriodEnd: datetime
    BillingCurrency: str
    ServiceName: str | None
    RegionId: str | None
    AvailabilityZone: str | None
    ResourceId: str | None
    SkuId: str | None
    ConsumedQuantity: Decimal
    ConsumedUnit: str | None
    BilledCost: Decimal
    EffectiveCost: Decimal
    ListCost: Decimal | None
    CommitmentDiscountId: str | None
    CommitmentDiscountStatus: str | None
    Tags: dict[str, str]
    UsageType: str | None
    Operation: str | None
    InstanceType: str | None
    ChargeKind: str


def focus_of(line: CurLine) -> FocusLine:
    """The rules of this bill's charge kinds, as anybody would write them down."""
    kind = line.line_item_line_item_type
    covered = kind in {"SavingsPlanCoveredUsage", "DiscountedUsage"}
    moved = kind in {"SavingsPlanCoveredUsage", "SavingsPlanNegation"}
    return FocusLine(
        BillingAccountId=line.bill_payer_account_id,
        BillingPeriodStart=line.bill_billing_period_start_date,
        SubAccountId=line.line_item_usage_account_id,
        ChargeCategory=_CATEGORIES.get(kind, "Usage"),
        ChargePeriodStart=line.line_item_usage_start_date,
        ChargePeriodEnd=line.line_item_usage_end_date,
        BillingCurrency=line.line_item_currency_code,
        ServiceName=line.line_item_product_code,
        RegionId=line.product_region_code,
        AvailabilityZone=line.line_item_availability_zone,
        ResourceId=line.line_item_resource_id,
        SkuId=line.product_sku,
        ConsumedQuantity=line.line_item_usage_amount,
        ConsumedUnit=line.pricing_unit,
        BilledCost=Decimal(0) if moved else line.line_item_unblended_cost,
        EffectiveCost=_effective(line),
        ListCost=line.pricing_public_on_demand_cost,
        CommitmentDiscountId=line.savings_plan_savings_plan_a_r_n or line.reservation_reservation_a_r_n,
        CommitmentDiscountStatus="Used" if covered else None,
        Tags=line.resource_tags or {},
        UsageType=line.line_item_usage_type,
        Operation=line.line_item_operation,
        InstanceType=line.product_instance_type,
        ChargeKind=kind,
    )  # fmt: skip


def _effective(line: CurLine) -> Decimal:
    amounts = {
        "SavingsPlanCoveredUsage": line.savings_plan_savings_plan_effective_cost,
        "DiscountedUsage": line.reservation_effective_cost,
        "SavingsPlanNegation": Decimal(0),
        "SavingsPlanRecurringFee": (line.savings_plan_total_commitment_to_date or 0)
        - (line.savings_plan_used_commitment or Decimal(0)),
    }
    if line.line_item_line_item_type not in amounts:
        return line.line_item_unblended_cost
    return amounts[line.line_item_line_item_type] or Decimal(0)
