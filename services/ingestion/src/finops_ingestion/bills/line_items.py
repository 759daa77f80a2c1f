"""Line items: narrow Parquet per billing period, and the full FOCUS view over it."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from finops_ingestion.bills.cells import literal
from finops_ingestion.bills.mapping import Mapping
from finops_ingestion.bills.normalise import bracketed, keyed_sql, records_sql, select
from finops_ingestion.bills.tag_sets import build_tag_sets, write_tag_sets

STORED = (
    "charge_start",
    "charge_end",
    "provider",
    "payer_account_id",
    "account_id",
    "service",
    "region",
    "zone",
    "resource_id",
    "sku_id",
    "usage_type",
    "operation",
    "instance_type",
    "charge_category",
    "charge_class",
    "charge_kind",
    "pricing_category",
    "commitment_id",
    "commitment_type",
    "commitment_status",
    "commitment_unit",
    "commitment_quantity",
    "usage_unit",
    "usage_quantity",
    "list_cost",
    "contracted_cost",
    "billed_cost",
    "effective_cost",
    "currency",
    "tag_set_id",
)
"""The columns of a stored line; the billing period is the folder's name."""

EXTRA = ("charge_start", "charge_end", "resource_id", "tags")
"""What a line item shows beyond the hourly record."""

FOCUS_FROM_STORED = {
    "AvailabilityZone": "zone",
    "BilledCost": "billed_cost",
    "BillingAccountId": "payer_account_id",
    "BillingCurrency": "currency",
    "BillingPeriodStart": "strptime(billing_period, '%Y-%m')",
    "BillingPeriodEnd": "strptime(billing_period, '%Y-%m') + INTERVAL 1 MONTH",
    "ChargeCategory": "charge_category",
    "ChargeClass": "charge_class",
    "ChargeFrequency": (
        "CASE WHEN charge_category = 'Usage' THEN 'Usage-Based'"
        " WHEN charge_kind IN ('RIFee', 'SavingsPlanRecurringFee', 'commitment_fee',"
        " 'unspread_commitment_fee') THEN 'Recurring'"
        " ELSE 'One-Time' END"
    ),
    "ChargePeriodStart": "charge_start",
    "ChargePeriodEnd": "charge_end",
    "CommitmentDiscountCategory": (
        "CASE WHEN commitment_unit = currency THEN 'Spend'"
        " WHEN commitment_unit IS NOT NULL THEN 'Usage' END"
    ),
    "CommitmentDiscountId": "commitment_id",
    "CommitmentDiscountQuantity": "commitment_quantity",
    "CommitmentDiscountStatus": "commitment_status",
    "CommitmentDiscountType": "commitment_type",
    "CommitmentDiscountUnit": "commitment_unit",
    "ConsumedQuantity": "usage_quantity",
    "ConsumedUnit": "usage_unit",
    "ContractedCost": "coalesce(contracted_cost, list_cost, billed_cost)",
    "EffectiveCost": "effective_cost",
    "InvoiceIssuerName": "provider",
    "ListCost": "coalesce(list_cost, contracted_cost, billed_cost)",
    "PricingCategory": "pricing_category",
    "PricingCurrency": "currency",
    "PricingQuantity": "usage_quantity",
    "PricingUnit": "usage_unit",
    "ProviderName": "provider",
    "PublisherName": "provider",
    "RegionId": "region",
    "ResourceId": (
        "coalesce(resource_id, CASE WHEN commitment_status = 'Unused'"
        " OR charge_category = 'Purchase' THEN commitment_id END)"
    ),
    "ServiceName": "service",
    "SkuId": "sku_id",
    "SubAccountId": "account_id",
    "Tags": "tags",
    "x_ChargeKind": "charge_kind",
    "x_InstanceType": "instance_type",
    "x_Operation": "operation",
    "x_UsageType": "usage_type",
}
"""FOCUS columns as SQL over stored lines with their `tags` and `billing_period` (YYYY-MM).

Costs a bill does not state fall back to the next one it does, as FOCUS wants no gaps.
"""


def write_line_items(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    lines: str,
    periods: Sequence[str],
    directory: Path,
) -> None:
    """Write `focus/billing_period=YYYY-MM/part-0.parquet` per period, and the tag sets.

    `lines` is a relation of early keys, sums, `EXTRA` and refusal, one row a bill line.
    """
    build_tag_sets(connection, lines)
    write_tag_sets(connection, directory)
    counted = select(
        [
            "* EXCLUDE (tags)",
            "1 AS lines",
            "CASE WHEN public_cost IS NULL THEN 0 ELSE 1 END AS priced",
        ],
        f"{bracketed(keyed_sql(mapping, lines))} LEFT JOIN tag_ids USING (tags)",
    )
    extra = ("charge_start", "charge_end", "resource_id", "tag_set_id")
    records = bracketed(records_sql(mapping, bracketed(counted), extra))
    for period in periods:
        folder = directory / "focus" / f"billing_period={period}"
        folder.mkdir(parents=True)
        query = select(STORED, records, f"WHERE billing_period = DATE {literal(period + '-01')}")
        target = literal(str(folder / "part-0.parquet"))
        connection.execute(f"COPY ({query}) TO {target} (FORMAT parquet, COMPRESSION zstd)")


def full_focus_sql(directory: Path) -> str:
    """A query that gives converted line items all their FOCUS columns and tags back."""
    items = literal(str(directory / "focus" / "*" / "*.parquet"))
    tag_sets = literal(str(directory / "tag_sets.parquet"))
    source = (
        f"read_parquet({items}, hive_partitioning = true, hive_types_autocast = false)"
        f" LEFT JOIN read_parquet({tag_sets}) USING (tag_set_id)"
    )
    return select(FOCUS_FROM_STORED, source)
