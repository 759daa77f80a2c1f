"""What the AWS Cost and Usage Reports of both generations share: their lines, said in FOCUS.

Legacy names (`lineItem/UsageAmount`), Athena names (`line_item_usage_amount`) and CUR 2.0
names differ only in slashes, underscores and case, which matching ignores; CUR 2.0 moves
most product columns into a map. One table, a row per column: it is long and is not cut.
"""

from finops_ingestion.bills.mapping import (
    Check,
    Demand,
    Derived,
    Input,
    Kind,
    Mapping,
    Part,
    Role,
    Rule,
    Tags,
)

COVERED = "SavingsPlanCoveredUsage"
NEGATION = "SavingsPlanNegation"
SP_FEE = "SavingsPlanRecurringFee"
SP_UPFRONT = "SavingsPlanUpfrontFee"
RI_USAGE = "DiscountedUsage"
RI_FEE = "RIFee"

KNOWN_KINDS = frozenset(
    {COVERED, NEGATION, SP_FEE, SP_UPFRONT, RI_USAGE, RI_FEE}
    | {"Usage", "Fee", "Tax", "Credit", "Refund", "Discount", "BundledDiscount"}
    | {"EdpDiscount", "PrivateRateDiscount", "SppDiscount", "RiVolumeDiscount"}
)

_USAGE = f"charge_kind IN ('Usage', '{RI_USAGE}', '{COVERED}')"
_DISCOUNT = "ends_with(charge_kind, 'Discount')"
_COMMITTED = f"charge_kind IN ('{RI_USAGE}', '{COVERED}')"

_INPUTS = (
    Input("charge_kind", Kind.TEXT, ("lineItem/LineItemType",), Role.KEY),
    Input("payer_account_id", Kind.ACCOUNT, ("bill/PayerAccountId",), Role.KEY),
    Input("account_id", Kind.ACCOUNT, ("lineItem/UsageAccountId",), Role.KEY),
    Input("charge_start", Kind.INSTANT, ("lineItem/UsageStartDate",)),
    Input("charge_end", Kind.INSTANT, ("lineItem/UsageEndDate",)),
    Input("period_start", Kind.INSTANT, ("bill/BillingPeriodStartDate",)),
    Input("currency", Kind.TEXT, ("lineItem/CurrencyCode",), Role.KEY),
    Input(
        "product_code",
        Kind.TEXT,
        ("lineItem/ProductCode", "product/servicecode", "product[servicecode]"),
    ),
    Input(
        "region",
        Kind.TEXT,
        ("product/regionCode", "product/region", "product[region_code]", "product[region]"),
        Role.KEY,
    ),
    Input("zone", Kind.TEXT, ("lineItem/AvailabilityZone",), Role.KEY),
    Input("sku_id", Kind.TEXT, ("product/sku", "product[sku]"), Role.KEY),
    Input("usage_type", Kind.TEXT, ("lineItem/UsageType",), Role.KEY),
    Input("operation", Kind.TEXT, ("lineItem/Operation",), Role.KEY),
    Input(
        "product_family",
        Kind.TEXT,
        ("product/productFamily", "product[product_family]"),
        Role.KEY,
    ),
    Input("instance_type", Kind.TEXT, ("product/instanceType", "product[instance_type]"), Role.KEY),
    Input(
        "platform",
        Kind.TEXT,
        (
            "product/operatingSystem",
            "product[operating_system]",
            "product/databaseEngine",
            "product[database_engine]",
            "product/cacheEngine",
            "product[cache_engine]",
        ),
        Role.KEY,
    ),
    Input("tenancy", Kind.TEXT, ("product/tenancy", "product[tenancy]"), Role.KEY),
    Input("pricing_unit", Kind.TEXT, ("pricing/unit",)),
    Input("usage_quantity", Kind.AMOUNT, ("lineItem/UsageAmount",), Role.SUM),
    Input("normalized_units", Kind.AMOUNT, ("lineItem/NormalizedUsageAmount",), Role.SUM),
    Input("unblended_cost", Kind.AMOUNT, ("lineItem/UnblendedCost",)),
    Input("net_unblended_cost", Kind.AMOUNT, ("lineItem/NetUnblendedCost",)),
    Input("has_net_costs", Kind.PRESENT, ("lineItem/NetUnblendedCost",)),
    Input("split_parent", Kind.TEXT, ("splitLineItem/ParentResourceId",)),
    Input("public_cost", Kind.AMOUNT, ("pricing/publicOnDemandCost",), Role.SUM),
    Input("plan_arn", Kind.TEXT, ("savingsPlan/SavingsPlanARN",)),
    Input("plan_type", Kind.TEXT, ("savingsPlan/OfferingType",)),
    Input(
        "plan_effective",
        Kind.AMOUNT,
        ("savingsPlan/NetSavingsPlanEffectiveCost", "savingsPlan/SavingsPlanEffectiveCost"),
    ),
    Input("plan_commitment", Kind.AMOUNT, ("savingsPlan/TotalCommitmentToDate",)),
    Input("plan_used", Kind.AMOUNT, ("savingsPlan/UsedCommitment",)),
    Input("plan_upfront", Kind.AMOUNT, ("savingsPlan/AmortizedUpfrontCommitmentForBillingPeriod",)),
    Input("plan_recurring", Kind.AMOUNT, ("savingsPlan/RecurringCommitmentForBillingPeriod",)),
    Input(
        "plan_net_upfront",
        Kind.AMOUNT,
        ("savingsPlan/NetAmortizedUpfrontCommitmentForBillingPeriod",),
    ),
    Input(
        "plan_net_recurring", Kind.AMOUNT, ("savingsPlan/NetRecurringCommitmentForBillingPeriod",)
    ),
    Input("reservation_arn", Kind.TEXT, ("reservation/ReservationARN",)),
    Input(
        "reservation_effective",
        Kind.AMOUNT,
        ("reservation/NetEffectiveCost", "reservation/EffectiveCost"),
    ),
    Input("reserved_quantity", Kind.AMOUNT, ("reservation/TotalReservedUnits",)),
    Input("reserved_units", Kind.AMOUNT, ("reservation/TotalReservedNormalizedUnits",)),
    Input("has_reserved_units", Kind.PRESENT, ("reservation/TotalReservedNormalizedUnits",)),
    Input(
        "reserved_upfront",
        Kind.AMOUNT,
        (
            "reservation/NetAmortizedUpfrontFeeForBillingPeriod",
            "reservation/AmortizedUpfrontFeeForBillingPeriod",
        ),
    ),
    Input("unused_quantity", Kind.AMOUNT, ("reservation/UnusedQuantity",)),
    Input("unused_units", Kind.AMOUNT, ("reservation/UnusedNormalizedUnitQuantity",)),
    Input(
        "unused_upfront",
        Kind.AMOUNT,
        (
            "reservation/NetUnusedAmortizedUpfrontFeeForBillingPeriod",
            "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod",
        ),
    ),
    Input(
        "unused_recurring",
        Kind.AMOUNT,
        ("reservation/NetUnusedRecurringFee", "reservation/UnusedRecurringFee"),
    ),
    Input("resource_id", Kind.TEXT, ("lineItem/ResourceId",)),
    Input("payer_account_name", Kind.TEXT, ("bill/PayerAccountName",)),
    Input("account_name", Kind.TEXT, ("lineItem/UsageAccountName",)),
    Input("invoice_id", Kind.TEXT, ("bill/InvoiceId",), Role.KEY),
    Input("invoice_issuer", Kind.TEXT, ("bill/InvoicingEntity",), Role.KEY),
)

_DERIVED = (
    Derived("hour", "date_trunc('hour', charge_start)"),
    Derived("charge_span", "span_of(charge_start, charge_end)"),
    Derived("billing_period", "CAST(date_trunc('month', period_start) AS DATE)"),
    Derived("service", "coalesce(product_code, 'Unknown')"),
    Derived("usage_unit", f"CASE WHEN {_USAGE} THEN pricing_unit END"),
    Derived("commitment_id", "coalesce(plan_arn, reservation_arn)"),
    Derived(
        "commitment_type",
        "CASE WHEN plan_arn IS NOT NULL THEN coalesce(plan_type, 'Savings Plan')"
        " WHEN reservation_arn IS NOT NULL THEN 'Reserved Instance' END",
    ),
    Derived(
        "by_units",
        f"coalesce(CASE charge_kind WHEN '{RI_FEE}' THEN reserved_units"
        f" WHEN '{RI_USAGE}' THEN CASE WHEN has_reserved_units THEN normalized_units END END, 0)"
        " > 0",
        Role.LINE,
        "a size-flexible reservation is counted in normalised units, if the bill counts it so",
    ),
    Derived(
        "commitment_unit",
        "CASE WHEN plan_arn IS NOT NULL THEN currency WHEN reservation_arn IS NULL THEN NULL"
        " WHEN by_units THEN 'Normalized Hours' ELSE 'Hours' END",
    ),
    Derived("unblended", "coalesce(unblended_cost, 0)", Role.SUM, "0 only on split lines"),
    Derived(
        "net",
        f"CASE WHEN has_net_costs AND {_DISCOUNT} THEN 0"
        " ELSE coalesce(net_unblended_cost, unblended_cost, 0) END",
        Role.SUM,
        "net columns carry a private discount on the lines it lowers, so its own line is 0",
    ),
    Derived(
        "plan_net_share",
        "CASE WHEN (coalesce(plan_net_upfront, 0) + plan_net_recurring)"
        " BETWEEN 0 AND coalesce(plan_upfront, 0) + plan_recurring"
        " AND coalesce(plan_upfront, 0) + plan_recurring > 0"
        " THEN CAST((coalesce(plan_net_upfront, 0) + plan_net_recurring)"
        " / (coalesce(plan_upfront, 0) + plan_recurring) AS DECIMAL(10, 9)) ELSE 1 END",
        Role.LINE,
        "the net part of a plan's fee, where the bill has one",
    ),
    Derived(
        "plan_bought",
        "CAST(coalesce(plan_commitment, 0) * plan_net_share AS DECIMAL(28, 12))",
        Role.LINE,
    ),
    Derived(
        "plan_unused",
        f"CASE WHEN charge_kind = '{SP_FEE}' THEN"
        " CAST((coalesce(plan_commitment, 0) - coalesce(plan_used, 0)) * plan_net_share"
        " AS DECIMAL(28, 12)) END",
        Role.LINE,
    ),
    Derived(
        "amortised",
        f"CASE charge_kind WHEN '{COVERED}' THEN plan_effective"
        f" WHEN '{RI_USAGE}' THEN reservation_effective"
        f" WHEN '{SP_FEE}' THEN plan_unused"
        f" WHEN '{RI_FEE}' THEN coalesce(unused_upfront, 0) + coalesce(unused_recurring, 0) END",
        Role.SUM,
        "what covered usage took, or what a fee line says went unused",
    ),
    Derived(
        "committed",
        f"CASE charge_kind WHEN '{COVERED}' THEN plan_effective"
        f" WHEN '{RI_USAGE}' THEN CASE WHEN by_units THEN normalized_units ELSE usage_quantity END"
        f" WHEN '{SP_FEE}' THEN plan_bought WHEN '{SP_UPFRONT}' THEN unblended_cost"
        f" WHEN '{RI_FEE}' THEN CASE WHEN by_units THEN reserved_units"
        " ELSE reserved_quantity END END",
        Role.SUM,
        "used or bought, in the commitment's unit",
    ),
    Derived(
        "left_over",
        f"CASE charge_kind WHEN '{SP_FEE}' THEN plan_unused"
        f" WHEN '{RI_FEE}' THEN CASE WHEN by_units THEN unused_units ELSE unused_quantity END END",
        Role.SUM,
        "unused, in the commitment's unit",
    ),
    Derived(
        "fee_hours",
        f"CASE WHEN charge_kind = '{RI_FEE}'"
        " THEN greatest(1, date_diff('hour', charge_start, charge_end + INTERVAL 1 SECOND)) END",
        note="a reservation's month line ends a second early",
    ),
    Derived(
        "amortised_hourly",
        "CASE WHEN fee_hours IS NOT NULL THEN"
        " CAST((coalesce(reserved_upfront, 0) + net) / fee_hours AS DECIMAL(28, 12)) END",
        Role.SUM,
        "what an hour of a month line costs, so that hours still to come can be left out",
    ),
    Derived(
        "left_over_hourly",
        "CASE WHEN fee_hours IS NOT NULL THEN CAST(committed / fee_hours AS DECIMAL(28, 12)) END",
        Role.SUM,
    ),
)

_DEMANDS = (
    Demand("lineItem/LineItemType is missing", "charge_kind IS NOT NULL"),
    Demand("bill/PayerAccountId is missing", "payer_account_id IS NOT NULL"),
    Demand("lineItem/UsageStartDate is missing", "charge_start IS NOT NULL"),
    Demand("bill/BillingPeriodStartDate is missing", "period_start IS NOT NULL"),
    Demand("lineItem/CurrencyCode is missing", "currency IS NOT NULL"),
    Demand(
        "lineItem/UnblendedCost is missing",
        "unblended_cost IS NOT NULL OR split_parent IS NOT NULL",
    ),
    Demand(
        f"{COVERED} without savingsPlan/SavingsPlanEffectiveCost",
        f"charge_kind <> '{COVERED}' OR plan_effective IS NOT NULL",
    ),
    Demand(
        f"{RI_USAGE} without reservation/EffectiveCost",
        f"charge_kind <> '{RI_USAGE}' OR reservation_effective IS NOT NULL",
    ),
)

_CATEGORY = f"""CASE WHEN part = 'unused' OR {_USAGE} THEN 'Usage'
    WHEN charge_kind IN ('Fee', '{RI_FEE}', '{SP_FEE}', '{SP_UPFRONT}') THEN 'Purchase'
    WHEN charge_kind = 'Tax' THEN 'Tax'
    WHEN charge_kind = 'Credit' OR {_DISCOUNT} THEN 'Credit' ELSE 'Adjustment' END"""

_RULES = (
    Rule("hour", "ChargePeriodStart", "hour", "a fee that covers longer keeps its start"),
    Rule("charge_span", "x_ChargeSpan", "charge_span"),
    Rule("billing_period", "BillingPeriodStart", "billing_period"),
    Rule("provider", "ProviderName", "'AWS'"),
    Rule("payer_account_id", "BillingAccountId", "payer_account_id"),
    Rule("account_id", "SubAccountId", "account_id"),
    Rule("service", "x_ServiceCode", "service"),
    Rule("region", "RegionId", "region"),
    Rule("zone", "AvailabilityZone", "zone"),
    Rule("sku_id", "SkuId", "sku_id"),
    Rule("usage_type", "x_UsageType", "usage_type"),
    Rule("operation", "x_Operation", "operation"),
    Rule("product_family", "x_ProductFamily", "product_family"),
    Rule("instance_type", "x_InstanceType", "instance_type"),
    Rule("family", "x_InstanceFamily", "instance_family(instance_type)"),
    Rule("size", "x_InstanceSize", "instance_size(instance_type)"),
    Rule("platform", "x_Platform", "platform"),
    Rule("tenancy", "x_Tenancy", "tenancy"),
    Rule("charge_category", "ChargeCategory", _CATEGORY),
    Rule("charge_class", "ChargeClass", "CAST(NULL AS VARCHAR)"),
    Rule("charge_kind", "x_ChargeKind", "charge_kind"),
    Rule(
        "pricing_category",
        "PricingCategory",
        f"CASE WHEN part = 'unused' OR {_COMMITTED} THEN 'Committed'"
        " WHEN contains(usage_type, 'SpotUsage') THEN 'Dynamic'"
        f" WHEN charge_kind IN ('Usage', 'Fee', '{RI_FEE}', '{SP_FEE}', '{SP_UPFRONT}')"
        " THEN 'Standard' END",
    ),
    Rule("commitment_id", "CommitmentDiscountId", "commitment_id"),
    Rule("commitment_type", "CommitmentDiscountType", "commitment_type"),
    Rule(
        "commitment_category",
        "CommitmentDiscountCategory",
        "CASE WHEN commitment_type = 'Reserved Instance' THEN 'Usage'"
        " WHEN commitment_type IS NOT NULL THEN 'Spend' END",
    ),
    Rule(
        "commitment_status",
        "CommitmentDiscountStatus",
        f"CASE WHEN part = 'unused' THEN 'Unused' WHEN {_COMMITTED} THEN 'Used' END",
    ),
    Rule("commitment_unit", "CommitmentDiscountUnit", "commitment_unit"),
    Rule("usage_unit", "ConsumedUnit", "CASE WHEN part = 'line' THEN usage_unit END"),
    Rule("currency", "BillingCurrency", "currency"),
    Rule(
        "usage_quantity",
        "ConsumedQuantity",
        f"CASE WHEN part = 'line' AND {_USAGE} THEN usage_quantity END",
    ),
    Rule(
        "normalized_units",
        "x_NormalizedUnits",
        f"CASE WHEN part = 'line' AND {_USAGE} THEN normalized_units END",
    ),
    Rule(
        "commitment_quantity",
        "CommitmentDiscountQuantity",
        "CASE WHEN part = 'unused' THEN left_over ELSE committed END",
        "plans in money: used, unused, bought; reservations in hours or normalised hours",
    ),
    Rule(
        "list_cost",
        "ListCost",
        f"CASE WHEN part = 'line' AND {_USAGE} THEN public_cost END",
        "public on-demand cost; fees have none, so that nothing counts twice",
    ),
    Rule(
        "contracted_cost",
        "ContractedCost",
        f"CASE WHEN part = 'unused' THEN NULL WHEN charge_kind = '{COVERED}' THEN unblended"
        f" WHEN charge_kind = '{RI_USAGE}' THEN public_cost WHEN charge_kind = 'Usage' THEN net END",
        "reserved usage shows no negotiated price: the public one stands in",
    ),
    Rule(
        "billed_cost",
        "BilledCost",
        f"CASE WHEN part = 'unused' OR charge_kind = '{COVERED}' THEN 0 ELSE unblended END",
        "covered usage and its negation cancel in the bill; neither is billed",
    ),
    Rule(
        "effective_cost",
        "EffectiveCost",
        f"CASE WHEN part = 'unused' OR {_COMMITTED} THEN coalesce(amortised, 0)"
        f" WHEN charge_kind IN ('{SP_FEE}', '{SP_UPFRONT}', '{RI_FEE}') THEN 0"
        " WHEN charge_kind = 'Fee' AND commitment_type IS NOT NULL THEN 0 ELSE net END",
        "amortised; what buys later usage costs nothing here",
    ),
)

# A member account's own report has the fees of what it owns, but not what others used of it.
_WHOLE = (
    "(SELECT count(DISTINCT account_id) <> 1 OR bool_or(account_id = payer_account_id) FROM cube)"
)
_CHECKS = (
    Check(
        "savings-plan-negation",
        "covered usage and its negation add up to zero in every hour and plan",
        f"charge_kind IN ('{COVERED}', '{NEGATION}')",
        ("hour", "commitment_id", "currency"),
        "sum(unblended)",
    ),
    Check(
        "savings-plan-used",
        "covered usage takes what the fee line says was used",
        f"charge_kind IN ('{COVERED}', '{SP_FEE}') AND {_WHOLE}",
        ("hour", "commitment_id", "currency"),
        f"sum(CASE charge_kind WHEN '{COVERED}' THEN -amortised ELSE committed - left_over END)",
        f"count(*) FILTER (charge_kind = '{SP_FEE}') > 0",
    ),
    Check(
        "commitment-overused",
        "no more is used of a commitment than its fee line bought",
        f"charge_kind IN ('{SP_FEE}', '{RI_FEE}')",
        ("hour", "commitment_id", "currency"),
        "sum(left_over)",
        "sum(left_over) < 0",
    ),
    Check(
        "reservation-fee",
        "what used and unused hours of a reservation cost is its fee",
        f"charge_kind IN ('{RI_USAGE}', '{RI_FEE}') AND {_WHOLE}",
        ("billing_period", "commitment_id", "currency"),
        f"sum(CASE charge_kind WHEN '{RI_FEE}' THEN amortised_hourly * fee_hours - amortised"
        " ELSE -amortised END)",
        f"count(*) FILTER (charge_kind = '{RI_FEE}') > 0",
        "0.01",
    ),
    Check(
        "reservation-hours",
        "used and unused hours of a reservation are those bought",
        f"charge_kind IN ('{RI_USAGE}', '{RI_FEE}') AND {_WHOLE}",
        ("billing_period", "commitment_id", "commitment_unit"),
        f"sum(CASE charge_kind WHEN '{RI_FEE}' THEN committed - left_over ELSE -committed END)",
        f"count(*) FILTER (charge_kind = '{RI_FEE}') > 0",
        "0.01",
    ),
)


def cur_mapping(name: str, title: str) -> Mapping:
    """The mapping of one generation of the report."""
    return Mapping(
        name=name,
        title=title,
        inputs=_INPUTS,
        derived=_DERIVED,
        demands=_DEMANDS,
        rules=_RULES,
        billed="unblended",
        usage=_USAGE,
        tags=Tags(
            nested=("resource_tags", "cost_category"),
            prefixes=("resourceTags/", "resource_tags_", "costCategory/", "cost_category_"),
        ),
        kinds={
            NEGATION: (Part.NONE,),
            SP_FEE: (Part.LINE, Part.UNUSED),
            RI_FEE: (Part.LINE, Part.UNUSED),
        },
        known_kinds=KNOWN_KINDS,
        offset_kinds=(COVERED, NEGATION),
        to_come={"amortised": "amortised_hourly", "left_over": "left_over_hourly"},
        checks=_CHECKS,
        line_id="identity/LineItemId",
    )
