"""A converted bill as a FOCUS 1.2 file: all its columns, from the narrow lines and their tags.

What stored lines do not keep is null: names of resources, capacity reservations; in files of
what an organization has stored names of accounts and the invoice too. Where FOCUS wants a value of every line, the nearest thing that the
bill says stands in, and the note of the column says which.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import duckdb

from finops_ingestion.bills.cells import literal
from finops_ingestion.bills.normalise import select
from finops_ingestion.bills.service_categories import category_sql

TEXT, AMOUNT, INSTANT = "VARCHAR", "DECIMAL(38, 12)", "TIMESTAMP"
_NONE = "NULL"
_SOLD = "charge_category IN ('Usage', 'Purchase')"
_QUANTITY = f"CASE WHEN {_SOLD} THEN coalesce(usage_quantity, commitment_quantity, 1) END"
_UNIT = (
    f"CASE WHEN {_SOLD} THEN CASE WHEN usage_quantity IS NOT NULL THEN coalesce(usage_unit, 'Count')"
    " WHEN commitment_quantity IS NOT NULL THEN coalesce(commitment_unit, 'Count')"
    " ELSE 'Count' END END"
)
_LIST = "coalesce(list_cost, contracted_cost, billed_cost)"
_CONTRACTED = "coalesce(contracted_cost, list_cost, billed_cost)"
_RESOURCE = (
    "coalesce(resource_id, CASE WHEN commitment_status = 'Unused'"
    " OR charge_category = 'Purchase' THEN commitment_id END)"
)
_CATEGORY = category_sql("service")


def _unit_price(cost: str) -> str:
    """Null where it would be less than nothing or more than an amount holds; of 15 digits."""
    price = f"TRY_CAST({cost} / nullif({_QUANTITY}, 0) AS {AMOUNT})"
    # Of one the price is the cost to the last digit; one that rounds to nothing says too little.
    return (
        f"CASE WHEN {_SOLD} AND ({cost} = 0 OR {cost} > 0 AND {_QUANTITY} = 1) THEN {cost}"
        f" WHEN {price} > 0 THEN {price} END"
    )


def _kind_of_account(payer: bool) -> str:
    names = {
        "AWS": ("Payer Account", "Account"),
        "Microsoft": ("Billing Account", "Subscription"),
        "Google Cloud": ("Billing Account", "Project"),
    }
    whens = (f"WHEN {literal(p)} THEN {literal(two[not payer])}" for p, two in names.items())
    return f"CASE provider {' '.join(whens)} ELSE 'Account' END"


COLUMNS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "AvailabilityZone": (TEXT, "zone"),
        "BilledCost": (AMOUNT, "billed_cost"),
        "BillingAccountId": (TEXT, "payer_account_id"),
        "BillingAccountName": (TEXT, _NONE),
        "BillingAccountType": (TEXT, _kind_of_account(payer=True)),
        "BillingCurrency": (TEXT, "currency"),
        "BillingPeriodEnd": (INSTANT, "strptime(billing_period, '%Y-%m') + INTERVAL 1 MONTH"),
        "BillingPeriodStart": (INSTANT, "strptime(billing_period, '%Y-%m')"),
        "CapacityReservationId": (TEXT, _NONE),
        "CapacityReservationStatus": (TEXT, _NONE),
        "ChargeCategory": (TEXT, "charge_category"),
        "ChargeClass": (TEXT, "charge_class"),
        "ChargeDescription": (
            TEXT,
            "concat_ws(', ', service, charge_kind, coalesce(usage_type, operation), region)",
        ),
        "ChargeFrequency": (
            TEXT,
            (
                "CASE WHEN charge_category = 'Usage' THEN 'Usage-Based'"
                " WHEN charge_kind IN ('RIFee', 'SavingsPlanRecurringFee', 'commitment_fee',"
                " 'unspread_commitment_fee') THEN 'Recurring'"
                " ELSE 'One-Time' END"
            ),
        ),
        "ChargePeriodEnd": (INSTANT, "charge_end"),
        "ChargePeriodStart": (INSTANT, "charge_start"),
        "CommitmentDiscountCategory": (
            TEXT,
            (
                "CASE WHEN commitment_unit = currency THEN 'Spend'"
                " WHEN commitment_unit IS NOT NULL THEN 'Usage' END"
            ),
        ),
        "CommitmentDiscountId": (TEXT, "commitment_id"),
        "CommitmentDiscountName": (TEXT, _NONE),
        "CommitmentDiscountQuantity": (AMOUNT, "commitment_quantity"),
        "CommitmentDiscountStatus": (TEXT, "commitment_status"),
        "CommitmentDiscountType": (TEXT, "commitment_type"),
        "CommitmentDiscountUnit": (TEXT, "commitment_unit"),
        "ConsumedQuantity": (AMOUNT, "usage_quantity"),
        "ConsumedUnit": (TEXT, "CASE WHEN usage_quantity IS NOT NULL THEN usage_unit END"),
        "ContractedCost": (AMOUNT, _CONTRACTED),
        "ContractedUnitPrice": (AMOUNT, _unit_price(_CONTRACTED)),
        "EffectiveCost": (AMOUNT, "effective_cost"),
        "InvoiceId": (TEXT, _NONE),
        "InvoiceIssuerName": (TEXT, "provider"),
        "ListCost": (AMOUNT, _LIST),
        "ListUnitPrice": (AMOUNT, _unit_price(_LIST)),
        "PricingCategory": (TEXT, "pricing_category"),
        "PricingCurrency": (TEXT, "currency"),
        "PricingCurrencyContractedUnitPrice": (AMOUNT, _unit_price(_CONTRACTED)),
        "PricingCurrencyEffectiveCost": (AMOUNT, "effective_cost"),
        "PricingCurrencyListUnitPrice": (AMOUNT, _unit_price(_LIST)),
        "PricingQuantity": (AMOUNT, _QUANTITY),
        "PricingUnit": (TEXT, _UNIT),
        "ProviderName": (TEXT, "provider"),
        "PublisherName": (TEXT, "provider"),
        "RegionId": (TEXT, "region"),
        "RegionName": (TEXT, "region"),
        "ResourceId": (TEXT, _RESOURCE),
        "ResourceName": (TEXT, _NONE),
        "ResourceType": (
            TEXT,
            (
                f"CASE WHEN {_RESOURCE} = commitment_id THEN commitment_type"
                f" WHEN {_RESOURCE} IS NOT NULL THEN coalesce("
                f"nullif(regexp_extract({_RESOURCE}, '^arn:[^:]*:([^:]+:[^:]*:[^:]*:[a-z-]+)[:/]', 1)"
                ".regexp_replace(':[^:]*:[^:]*:', ':'), ''),"
                f" nullif(regexp_extract(lower({_RESOURCE}), '/providers/([^/]+/[^/]+)', 1), ''),"
                f" nullif(regexp_extract({_RESOURCE}, '([a-zA-Z]+)/[^/]+$', 1), ''),"
                f" nullif(regexp_extract({_RESOURCE}, '^([a-z]+)-[0-9a-f]+$', 1), ''), service) END"
            ),
        ),
        "ServiceCategory": (TEXT, _CATEGORY),
        "ServiceName": (TEXT, "service"),
        "ServiceSubcategory": (TEXT, f"'Other (' || {_CATEGORY} || ')'"),
        "SkuId": (TEXT, "sku_id"),
        "SkuMeter": (TEXT, "CASE WHEN sku_id IS NOT NULL THEN coalesce(usage_type, service) END"),
        "SkuPriceDetails": (
            TEXT,
            (
                "CASE WHEN sku_id IS NOT NULL AND instance_type IS NOT NULL"
                " THEN CAST(json_object('InstanceType', instance_type) AS VARCHAR) END"
            ),
        ),
        "SkuPriceId": (TEXT, f"CASE WHEN {_SOLD} THEN sku_id END"),
        "SubAccountId": (TEXT, "account_id"),
        "SubAccountName": (TEXT, _NONE),
        "SubAccountType": (
            TEXT,
            f"CASE WHEN account_id IS NOT NULL THEN {_kind_of_account(payer=False)} END",
        ),
        "Tags": (TEXT, "tags"),
        "x_ChargeKind": (TEXT, "charge_kind"),
        "x_InstanceType": (TEXT, "instance_type"),
        "x_Operation": (TEXT, "operation"),
        "x_UsageType": (TEXT, "usage_type"),
    }
)
"""FOCUS 1.2's columns in their order, then ours: type, and how stored lines say it."""


OF_A_BILL: Mapping[str, str] = MappingProxyType(
    {
        "BillingAccountName": "payer_account_name",
        "InvoiceId": "invoice_id",
        "SubAccountName": "CASE WHEN account_id IS NOT NULL THEN account_name END",
    }
)
"""Columns that lines have which were converted for a FOCUS file."""


def write_focus(
    connection: duckdb.DuckDBPyConnection, periods: Sequence[str], directory: Path
) -> None:
    """Write `focus/billing_period=YYYY-MM/part-0.parquet` per period from the `items` there."""
    for period in periods:
        folder = directory / "focus" / f"billing_period={period}"
        folder.mkdir(parents=True)
        target = literal(str(folder / "part-0.parquet"))
        query = focus_sql(directory, period, OF_A_BILL)
        connection.execute(f"COPY ({query}) TO {target} (FORMAT parquet, COMPRESSION zstd)")


def focus_sql(
    directory: Path, period: str = "*", known: Mapping[str, str] = MappingProxyType({})
) -> str:
    """A query that gives converted line items all their FOCUS columns and tags back.

    `known` says columns by what these items have beside what is stored.
    """
    items = literal(str(directory / "items" / f"billing_period={period}" / "*.parquet"))
    tag_sets = literal(str(directory / "tag_sets.parquet"))
    source = (
        f"read_parquet({items}, hive_partitioning = true, hive_types_autocast = false)"
        f" LEFT JOIN read_parquet({tag_sets}) USING (tag_set_id)"
    )
    typed = {
        name: f"CAST({known.get(name, sql)} AS {kind})" for name, (kind, sql) in COLUMNS.items()
    }
    return select(typed, source)
