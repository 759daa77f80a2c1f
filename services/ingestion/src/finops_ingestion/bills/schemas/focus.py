"""What FOCUS 1.0 to 1.4 share: a bill that already speaks our columns, by any provider."""

from finops_ingestion.bills.mapping import (
    Check,
    Demand,
    Derived,
    Input,
    Kind,
    Mapping,
    Role,
    Rule,
    Tags,
)

_INPUTS = (
    Input("charge_category", Kind.TEXT, ("ChargeCategory",), Role.KEY),
    Input("charge_class", Kind.TEXT, ("ChargeClass",), Role.KEY),
    Input("charge_frequency", Kind.TEXT, ("ChargeFrequency",), Role.KEY),
    Input("provider_name", Kind.TEXT, ("ProviderName", "ServiceProviderName"), default="'Unknown'"),
    Input("payer_account_id", Kind.TEXT, ("BillingAccountId",), Role.KEY, "'Unknown'"),
    # Azure writes the subscription as a path here, and bare everywhere else.
    Input(
        "account_id",
        Kind.TEXT,
        ("SubAccountId",),
        Role.KEY,
        reading="regexp_replace({}, '^/subscriptions/', '')",
    ),
    Input("charge_start", Kind.INSTANT, ("ChargePeriodStart",)),
    Input("charge_end", Kind.INSTANT, ("ChargePeriodEnd",)),
    Input("period_start", Kind.INSTANT, ("BillingPeriodStart",)),
    # The default is ISO 4217 for "no currency": bills without the column are read, never summed
    # with money that has one.
    Input("currency", Kind.TEXT, ("BillingCurrency",), Role.KEY, "'XXX'"),
    Input("service_name", Kind.TEXT, ("x_ServiceCode", "ServiceName")),
    Input("region", Kind.TEXT, ("RegionId",), Role.KEY),
    Input("zone", Kind.TEXT, ("AvailabilityZone",), Role.KEY),
    Input("sku_id", Kind.TEXT, ("SkuId",), Role.KEY),
    Input("usage_type", Kind.TEXT, ("x_UsageType", "x_SkuMeterName", "SkuMeter"), Role.KEY),
    Input("operation", Kind.TEXT, ("x_Operation",), Role.KEY),
    Input("product_family", Kind.TEXT, ("ServiceSubcategory", "x_ServiceSubcategory"), Role.KEY),
    Input(
        "listed_instance_type",
        Kind.TEXT,
        (
            "SkuPriceDetails[InstanceType]",
            "SkuPriceDetails[x_InstanceType]",
            "SkuPriceDetails[instance_type]",
            "SkuPriceDetails[x_ServiceType]",
            "x_SkuDetails[ServiceType]",
        ),
    ),
    Input("series", Kind.TEXT, ("SkuPriceDetails[InstanceSeries]",)),
    Input(
        "platform",
        Kind.TEXT,
        (
            "SkuPriceDetails[OperatingSystem]",
            "SkuPriceDetails[x_OperatingSystem]",
            "SkuPriceDetails[DatabaseEngine]",
            "SkuPriceDetails[x_DatabaseEngine]",
            "x_SkuDetails[ImageType]",
        ),
        Role.KEY,
    ),
    Input(
        "tenancy",
        Kind.TEXT,
        ("SkuPriceDetails[Tenancy]", "SkuPriceDetails[x_Tenancy]"),
        Role.KEY,
    ),
    Input("pricing_category", Kind.TEXT, ("PricingCategory",), Role.KEY),
    Input("commitment_id", Kind.TEXT, ("CommitmentDiscountId",), Role.KEY),
    Input("commitment_type", Kind.TEXT, ("CommitmentDiscountType",), Role.KEY),
    Input("listed_commitment_category", Kind.TEXT, ("CommitmentDiscountCategory",)),
    Input("commitment_status", Kind.TEXT, ("CommitmentDiscountStatus",), Role.KEY),
    Input("listed_commitment_unit", Kind.TEXT, ("CommitmentDiscountUnit",)),
    Input("usage_unit", Kind.TEXT, ("ConsumedUnit",), Role.KEY),
    Input("usage_quantity", Kind.AMOUNT, ("ConsumedQuantity",), Role.SUM),
    Input("listed_commitment_quantity", Kind.AMOUNT, ("CommitmentDiscountQuantity",)),
    Input("public_cost", Kind.AMOUNT, ("ListCost",), Role.SUM),
    Input("contracted_cost", Kind.AMOUNT, ("ContractedCost",), Role.SUM),
    Input("billed_cost", Kind.AMOUNT, ("BilledCost",), Role.SUM),
    Input("effective_cost", Kind.AMOUNT, ("EffectiveCost",), Role.SUM),
    Input("resource_id", Kind.TEXT, ("ResourceId",)),
    Input("payer_account_name", Kind.TEXT, ("BillingAccountName",)),
    Input("account_name", Kind.TEXT, ("SubAccountName",)),
    Input("invoice_id", Kind.TEXT, ("InvoiceId", "x_InvoiceId"), Role.KEY),
    Input("invoice_issuer", Kind.TEXT, ("InvoiceIssuerName",), Role.KEY),
)

_DERIVED = (
    Derived("hour", "date_trunc('hour', charge_start)"),
    Derived("charge_span", "span_of(charge_start, charge_end)"),
    Derived(
        "billing_period",
        "CAST(date_trunc('month', coalesce(period_start, charge_start)) AS DATE)",
    ),
    Derived(
        "provider",
        "CASE lower(provider_name) WHEN 'amazon web services' THEN 'AWS' WHEN 'amazon' THEN 'AWS'"
        " WHEN 'microsoft azure' THEN 'Microsoft' WHEN 'azure' THEN 'Microsoft'"
        " WHEN 'google' THEN 'Google Cloud' WHEN 'gcp' THEN 'Google Cloud'"
        " WHEN 'google cloud platform' THEN 'Google Cloud' ELSE provider_name END",
        note="one spelling for the large three, others as the bill gives them",
    ),
    Derived("service", "coalesce(service_name, 'Unknown')"),
    Derived(
        "instance_type",
        "coalesce(listed_instance_type, instance_type_in(usage_type))",
        note="AWS writes it into the usage type",
    ),
    Derived("family", "coalesce(instance_family(instance_type), lower(series))"),
    Derived(
        "commitment_category",
        "coalesce(listed_commitment_category, CASE WHEN commitment_id IS NULL THEN NULL"
        " WHEN upper(listed_commitment_unit) = currency THEN 'Spend'"
        " WHEN listed_commitment_unit IS NOT NULL THEN 'Usage' END)",
    ),
    Derived(
        "commitment_unit",
        "coalesce(listed_commitment_unit, CASE WHEN commitment_id IS NULL THEN NULL"
        " WHEN commitment_category = 'Spend' THEN currency"
        " WHEN commitment_category = 'Usage' THEN coalesce(usage_unit, 'Hours') END)",
        note="1.0 has no unit: money for Spend, the usage's own unit for Usage",
    ),
    Derived(
        "commitment_quantity",
        "coalesce(listed_commitment_quantity, CASE WHEN commitment_status IS NULL THEN NULL"
        " WHEN commitment_category = 'Spend' THEN effective_cost"
        " WHEN commitment_status = 'Used' THEN usage_quantity END)",
        Role.SUM,
        "1.0 has no quantity: effective cost for Spend, used quantity for Usage",
    ),
)

_DEMANDS = (
    Demand("ChargeCategory is missing", "charge_category IS NOT NULL"),
    Demand(
        "ChargeCategory is none of FOCUS",
        "charge_category IN ('Usage', 'Purchase', 'Tax', 'Credit', 'Adjustment')",
    ),
    Demand("ProviderName is missing", "provider_name IS NOT NULL"),
    Demand("BillingAccountId is missing", "payer_account_id IS NOT NULL"),
    Demand("ChargePeriodStart is missing", "charge_start IS NOT NULL"),
    Demand("BillingCurrency is missing", "currency IS NOT NULL"),
    Demand("BilledCost is missing", "billed_cost IS NOT NULL"),
    Demand("EffectiveCost is missing", "effective_cost IS NOT NULL"),
)

_RULES = (
    Rule("hour", "ChargePeriodStart", "hour", "truncated to the hour"),
    Rule("charge_span", "x_ChargeSpan", "charge_span"),
    Rule("billing_period", "BillingPeriodStart", "billing_period"),
    Rule("provider", "ProviderName", "provider"),
    Rule("payer_account_id", "BillingAccountId", "payer_account_id"),
    Rule("account_id", "SubAccountId", "account_id"),
    Rule("service", "x_ServiceCode", "service", "x_ServiceCode, else ServiceName"),
    Rule("region", "RegionId", "region"),
    Rule("zone", "AvailabilityZone", "zone"),
    Rule("sku_id", "SkuId", "sku_id"),
    Rule("usage_type", "x_UsageType", "usage_type", "x_UsageType, else SkuMeter"),
    Rule("operation", "x_Operation", "operation"),
    Rule("product_family", "x_ProductFamily", "product_family"),
    Rule("instance_type", "x_InstanceType", "instance_type"),
    Rule("family", "x_InstanceFamily", "family"),
    Rule("size", "x_InstanceSize", "instance_size(instance_type)"),
    Rule("platform", "x_Platform", "platform"),
    Rule("tenancy", "x_Tenancy", "tenancy"),
    Rule("charge_category", "ChargeCategory", "charge_category"),
    Rule("charge_class", "ChargeClass", "charge_class"),
    Rule("charge_kind", "x_ChargeKind", "CAST(NULL AS VARCHAR)", "FOCUS keeps no line type"),
    Rule("pricing_category", "PricingCategory", "pricing_category"),
    Rule("commitment_id", "CommitmentDiscountId", "commitment_id"),
    Rule("commitment_type", "CommitmentDiscountType", "commitment_type"),
    Rule("commitment_category", "CommitmentDiscountCategory", "commitment_category"),
    Rule("commitment_status", "CommitmentDiscountStatus", "commitment_status"),
    Rule("commitment_unit", "CommitmentDiscountUnit", "commitment_unit"),
    Rule("usage_unit", "ConsumedUnit", "usage_unit"),
    Rule("currency", "BillingCurrency", "currency"),
    Rule("usage_quantity", "ConsumedQuantity", "usage_quantity"),
    Rule("normalized_units", "x_NormalizedUnits", "CAST(NULL AS DECIMAL(38, 12))"),
    Rule("commitment_quantity", "CommitmentDiscountQuantity", "commitment_quantity"),
    Rule("list_cost", "ListCost", "public_cost", "as the bill gives it, purchases included"),
    Rule("contracted_cost", "ContractedCost", "contracted_cost"),
    Rule("billed_cost", "BilledCost", "billed_cost"),
    Rule("effective_cost", "EffectiveCost", "effective_cost"),
)

_CHECKS = (
    Check(
        "focus-purchase-effective",
        "a commitment's purchase has no effective cost",
        "charge_category = 'Purchase' AND commitment_id IS NOT NULL",
        ("billing_period", "commitment_id", "currency"),
        "sum(effective_cost)",
    ),
    Check(
        "focus-covered-billed",
        "usage that a commitment covers is not billed again",
        "charge_category = 'Usage' AND commitment_status IS NOT NULL",
        ("billing_period", "commitment_id", "currency"),
        "sum(billed_cost)",
    ),
    Check(
        "focus-committed-status",
        "committed usage names its commitment and says used or unused",
        "charge_category = 'Usage' AND pricing_category = 'Committed'",
        ("billing_period", "payer_account_id", "currency"),
        "count(*) FILTER (commitment_id IS NULL OR commitment_status IS NULL)",
    ),
    Check(
        "focus-unused-consumed",
        "what went unused of a commitment consumed nothing",
        "commitment_status = 'Unused'",
        ("billing_period", "commitment_id", "currency"),
        "sum(usage_quantity)",
    ),
    Check(
        "focus-status-named",
        "used or unused stands beside a commitment's id, on usage only",
        "commitment_status IS NOT NULL",
        ("billing_period", "payer_account_id", "charge_category"),
        "count(*) FILTER (commitment_id IS NULL OR charge_category <> 'Usage')",
    ),
    Check(
        "focus-commitment-unit",
        "a commitment to spend is counted in money",
        "commitment_category = 'Spend' AND commitment_unit IS NOT NULL",
        ("billing_period", "commitment_id", "commitment_unit"),
        "count(*) FILTER (upper(commitment_unit) <> upper(currency))",
    ),
    Check(
        "focus-used-and-unused",
        "used and unused of a commitment are what its hours bought",
        "commitment_id IS NOT NULL AND charge_span = 'hour' AND charge_category IN"
        " ('Usage', 'Purchase') AND (charge_frequency = 'Recurring' OR commitment_status IS NOT NULL)",
        ("hour", "commitment_id", "commitment_unit"),
        "sum(CASE charge_category WHEN 'Purchase' THEN commitment_quantity"
        " ELSE -commitment_quantity END)",
        "count(commitment_quantity) FILTER (charge_category = 'Purchase') > 0"
        " AND count(*) FILTER (charge_category = 'Usage') > 0",
    ),
)


def focus_mapping(name: str, title: str) -> Mapping:
    """The mapping of one version of FOCUS."""
    return Mapping(
        name=name,
        title=title,
        inputs=_INPUTS,
        derived=_DERIVED,
        demands=_DEMANDS,
        rules=_RULES,
        billed="billed_cost",
        usage="charge_category = 'Usage' AND commitment_status IS DISTINCT FROM 'Unused'",
        tags=Tags(nested=("Tags", "x_CostCategories", "AllocatedTags")),
        checks=_CHECKS,
    )
