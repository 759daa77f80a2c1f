"""The Google Cloud billing export, standard and detailed, of both commitment models.

Cost stands before credits, and credits are repeated records on the line they lower. Committed
use discounts (CUDs) show in two ways. Spend-based ones since 21 January 2026: covered usage
is priced by its consumption model, fee SKUs cost one dollar a unit, and a credit takes back of
the fee what usage has used; what is left of the fee went unused. Resource-based ones, and
spend-based ones before: covered usage is priced on demand and credited, and the fee stands by
itself, with nothing that says which usage it paid for.
"""

from finops_ingestion.bills.mapping import Check, Mapping, Part, Rule, Tags
from finops_ingestion.bills.schemas.gcp_lines import (
    COVERED,
    CREDITED,
    DEMANDS,
    DERIVED,
    FEE,
    INPUTS,
    KNOWN_KINDS,
    PARTLY,
    UNSPREAD,
    USAGE,
)

_USAGE = f"charge_kind IN ('{USAGE}', '{COVERED}', '{CREDITED}', '{PARTLY}')"
_FEES = f"charge_kind IN ('{FEE}', '{UNSPREAD}')"
_REST = f"part = 'line' AND charge_kind = '{PARTLY}'"
_UNUSED = f"part = 'split' AND charge_kind = '{FEE}'"
_FEE_SPENT = f"part = 'split' AND charge_kind = '{UNSPREAD}'"
_USED = (
    f"charge_kind IN ('{COVERED}', '{CREDITED}')"
    f" OR part = 'split' AND charge_kind IN ('{PARTLY}', '{UNSPREAD}')"
)


def _of_usage(whole: str, covered: str) -> str:
    """A sum of usage, parted where a commitment covers some of it."""
    return (
        f"CASE WHEN {_FEE_SPENT} THEN 0 WHEN NOT {_USAGE} THEN NULL"
        f" WHEN part = 'split' THEN {covered}"
        f" WHEN charge_kind = '{PARTLY}' THEN {whole} - {covered} ELSE {whole} END"
    )


_RULES = (
    Rule("hour", "ChargePeriodStart", "hour", "truncated to the hour"),
    Rule("charge_span", "x_ChargeSpan", "charge_span"),
    Rule("billing_period", "BillingPeriodStart", "billing_period"),
    Rule("provider", "ProviderName", "'Google Cloud'"),
    Rule("payer_account_id", "BillingAccountId", "payer_account_id"),
    Rule("account_id", "SubAccountId", "account_id", "the project"),
    Rule("service", "x_ServiceCode", "service"),
    Rule("region", "RegionId", "region"),
    Rule("zone", "AvailabilityZone", "zone"),
    Rule("sku_id", "SkuId", "sku_id"),
    Rule("usage_type", "x_UsageType", "usage_type", "the SKU's description"),
    Rule("operation", "x_Operation", "CAST(NULL AS VARCHAR)"),
    Rule("product_family", "x_ProductFamily", "CAST(NULL AS VARCHAR)"),
    Rule("instance_type", "x_InstanceType", "instance_type"),
    Rule("family", "x_InstanceFamily", "family"),
    Rule(
        "size",
        "x_InstanceSize",
        "nullif(substr(instance_type, strpos(instance_type, '-') + 1), instance_type)",
    ),
    Rule("platform", "x_Platform", "CAST(NULL AS VARCHAR)"),
    Rule("tenancy", "x_Tenancy", "CAST(NULL AS VARCHAR)"),
    Rule(
        "charge_category",
        "ChargeCategory",
        f"CASE WHEN part = 'split' OR {_USAGE} THEN 'Usage' WHEN {_FEES} THEN 'Purchase'"
        " WHEN charge_kind = 'tax' THEN 'Tax' ELSE 'Adjustment' END",
        "credits lower the line they stand on",
    ),
    Rule("charge_class", "ChargeClass", "charge_class"),
    Rule("charge_kind", "x_ChargeKind", "charge_kind"),
    Rule(
        "pricing_category",
        "PricingCategory",
        f"CASE WHEN {_USED} OR {_UNUSED} THEN 'Committed' WHEN NOT ({_USAGE} OR {_FEES}) THEN NULL"
        " WHEN regexp_matches(usage_type, '(?i)\\bspot\\b|preemptible') THEN 'Dynamic'"
        " ELSE 'Standard' END",
    ),
    Rule(
        "commitment_id", "CommitmentDiscountId", f"CASE WHEN NOT ({_REST}) THEN commitment_id END"
    ),
    Rule(
        "commitment_type",
        "CommitmentDiscountType",
        f"CASE WHEN NOT ({_REST}) THEN commitment_type END",
    ),
    Rule(
        "commitment_category",
        "CommitmentDiscountCategory",
        f"CASE WHEN {_REST} THEN NULL WHEN commitment_type = 'Spend-based CUD' THEN 'Spend'"
        " WHEN commitment_type IS NOT NULL THEN 'Usage' END",
    ),
    Rule(
        "commitment_status",
        "CommitmentDiscountStatus",
        f"CASE WHEN {_UNUSED} THEN 'Unused' WHEN {_USED} THEN 'Used' END",
        "a fee that nothing spreads counts as used: what it bought is on its Purchase record",
    ),
    Rule(
        "commitment_unit",
        "CommitmentDiscountUnit",
        f"CASE WHEN NOT ({_REST}) THEN commitment_unit END",
    ),
    Rule("usage_unit", "ConsumedUnit", "usage_unit"),
    Rule("currency", "BillingCurrency", "currency"),
    Rule(
        "usage_quantity",
        "ConsumedQuantity",
        _of_usage("usage_quantity", "covered_quantity"),
        "in pricing units, as commitments count",
    ),
    Rule("normalized_units", "x_NormalizedUnits", "CAST(NULL AS DECIMAL(38, 12))"),
    Rule(
        "commitment_quantity",
        "CommitmentDiscountQuantity",
        f"CASE WHEN {_FEE_SPENT} THEN 0 WHEN part = 'split' THEN left_over ELSE committed END",
        "used, unused or bought",
    ),
    Rule("list_cost", "ListCost", _of_usage("public_cost", "covered_public")),
    Rule(
        "contracted_cost",
        "ContractedCost",
        _of_usage("contracted", "covered_contracted"),
        "at the price without commitments",
    ),
    Rule(
        "billed_cost",
        "BilledCost",
        "CASE WHEN part = 'line' THEN billed ELSE 0 END",
        "cost and all its credits",
    ),
    Rule(
        "effective_cost",
        "EffectiveCost",
        f"CASE WHEN part = 'split' THEN coalesce(amortised, 0) WHEN {_FEES} THEN 0 ELSE billed END",
        "of a fee, what its credit leaves is unused; one without such credits stays whole",
    ),
)

_CHECKS = (
    Check(
        "cud-fee-offset",
        "usage at a commitment's price and what offsets its fee are the same",
        f"charge_kind IN ('{FEE}', '{COVERED}')",
        ("billing_period", "commitment_id", "currency"),
        f"sum(CASE charge_kind WHEN '{COVERED}' THEN charged ELSE fee_offset END)",
        f"count(*) FILTER (charge_kind = '{FEE}') > 0",
        "0.01",
    ),
    Check(
        "cud-overused",
        "credits take back no more of a fee than it is",
        f"charge_kind = '{FEE}'",
        ("billing_period", "commitment_id", "currency"),
        "sum(left_over)",
        "sum(left_over) < 0",
        "0.01",
    ),
)

MAPPING = Mapping(
    name="gcp-billing-export",
    title="Google Cloud billing export",
    inputs=INPUTS,
    derived=DERIVED,
    demands=DEMANDS,
    rules=_RULES,
    billed="billed",
    usage=_USAGE,
    # The export names the month from the first line on and never says whether it is closed.
    invoiced="FALSE",
    tags=Tags(nested=("labels", "project.labels", "tags")),
    kinds={
        PARTLY: (Part.LINE, Part.SPLIT),
        FEE: (Part.LINE, Part.SPLIT),
        UNSPREAD: (Part.LINE, Part.SPLIT),
    },
    known_kinds=KNOWN_KINDS,
    checks=_CHECKS,
)
