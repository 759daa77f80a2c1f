"""The hourly cost record: what ingestion emits and commitments reads (ING-21).

One record is the sum of all bill lines that agree in every dimension within one
hour. It travels as Arrow IPC (zstd) on `finops.ingestion.cost` and stands as
Parquet beside a converted bill, with these columns in this order. Costs are exact
decimals in the billing currency; an empty string never stands for "unknown", null
does.
"""

from typing import Literal, NamedTuple

Kind = Literal["timestamp", "date", "text", "decimal", "count"]


class Column(NamedTuple):
    """One column of the hourly record.

    `kind`: timestamp is microseconds UTC, date a calendar day, text UTF-8,
    decimal DECIMAL(38, 12), count a signed 64-bit integer.
    """

    name: str
    kind: Kind
    nullable: bool
    meaning: str


DIMENSIONS: tuple[Column, ...] = (
    Column("hour", "timestamp", False, "ChargePeriodStart, truncated to the hour; a fee that covers longer keeps its start"),
    Column("charge_span", "text", False, "hour | day | month | term: the shortest of these that holds the charge period of the lines"),
    Column("billing_period", "date", False, "first day of BillingPeriodStart's month"),
    Column("provider", "text", False, "AWS, Microsoft, Google Cloud or the name the bill gives"),
    Column("payer_account_id", "text", False, "BillingAccountId; leading zeros kept"),
    Column("account_id", "text", True, "SubAccountId; null for what belongs to the payer as a whole"),
    Column("service", "text", False, "the provider's service code (AmazonEC2), else ServiceName"),
    Column("region", "text", True, "RegionId"),
    Column("zone", "text", True, "AvailabilityZone"),
    Column("sku_id", "text", True, "SkuId"),
    Column("usage_type", "text", True, "AWS usage type, else SkuMeter"),
    Column("operation", "text", True, "AWS operation"),
    Column("product_family", "text", True, "AWS product family, else ServiceSubcategory"),
    Column("instance_type", "text", True, "m5.2xlarge"),
    Column("family", "text", True, "m5"),
    Column("size", "text", True, "2xlarge"),
    Column("platform", "text", True, "operating system or database engine, as the bill names it"),
    Column("tenancy", "text", True, "Shared, Dedicated or Host"),
    Column("charge_category", "text", False, "FOCUS: Usage, Purchase, Tax, Credit, Adjustment"),
    Column("charge_class", "text", True, "FOCUS: Correction for changes of closed periods, else null"),
    Column("charge_kind", "text", True, "the source's own line type (SavingsPlanCoveredUsage), for explain"),
    Column("pricing_category", "text", True, "FOCUS: Standard, Dynamic, Committed, Other"),
    Column("commitment_id", "text", True, "CommitmentDiscountId: the ARN"),
    Column("commitment_type", "text", True, "ComputeSavingsPlans, EC2InstanceSavingsPlans, Reserved Instance, ..."),
    Column("commitment_category", "text", True, "FOCUS: Spend or Usage"),
    Column("commitment_status", "text", True, "FOCUS: Used or Unused"),
    Column("commitment_unit", "text", True, "currency for Spend; Hours or Normalized Hours for Usage"),
    Column("usage_unit", "text", True, "ConsumedUnit"),
    Column("currency", "text", False, "BillingCurrency, ISO 4217"),
)  # fmt: skip

MEASURES: tuple[Column, ...] = (
    Column("usage_quantity", "decimal", True, "ConsumedQuantity; null on purchases and unused commitment"),
    Column("normalized_units", "decimal", True, "usage in AWS normalised units, where the bill gives them"),
    Column("commitment_quantity", "decimal", True, "CommitmentDiscountQuantity: used, unused or, on a Purchase, bought; in commitment_unit"),
    Column("list_cost", "decimal", True, "at public on-demand price; of covered usage the on-demand equivalent; null if the bill has no price"),
    Column("contracted_cost", "decimal", True, "at negotiated price before commitments; null if unknown"),
    Column("billed_cost", "decimal", False, "what the invoice shows"),
    Column("effective_cost", "decimal", False, "amortised: covered usage at its commitment's rate, unused commitment as a row of its own"),
    Column("lines", "count", False, "bill lines summed into this record; 0 on unused commitment split off a fee line, which counts on its Purchase record"),
    Column("lines_without_list_cost", "count", False, "of these, Usage lines whose public price the bill does not give"),
)  # fmt: skip

COLUMNS: tuple[Column, ...] = DIMENSIONS + MEASURES
