"""What Azure's cost exports share, whatever the agreement: daily lines, said in FOCUS.

Microsoft exports a month in two views of the same columns. The actual view has what is
invoiced: purchases on their day, usage that commitments cover at no cost. The amortised view
spreads the purchases over covered usage and rows for what went unused, and has none of them.
"""

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
from finops_ingestion.bills.schemas.azure_regions import region_sql

KNOWN_KINDS = (
    "Usage",
    "Purchase",
    "Refund",
    "Tax",
    "Credit",
    "Adjustment",
    "RoundingAdjustment",
    "UnusedReservation",
    "UnusedSavingsPlan",
)
_UNUSED = "charge_kind IN ('UnusedReservation', 'UnusedSavingsPlan')"
_COVERED = "charge_kind = 'Usage' AND committed"
_SPELLED = " ".join(f"WHEN '{kind.lower()}' THEN '{kind}'" for kind in KNOWN_KINDS)

_INPUTS = (
    Input("charge_type", Kind.TEXT, ("ChargeType",), default="'Usage'"),
    Input("account_id", Kind.TEXT, ("SubscriptionGuid", "SubscriptionId"), Role.KEY),
    Input("charge_start", Kind.INSTANT, ("Date", "UsageDateTime", "UsageDate")),
    Input("period_start", Kind.INSTANT, ("BillingPeriodStartDate", "BillingPeriodStart")),
    # The default is ISO 4217 for "no currency"; some old exports lack the column.
    Input(
        "currency",
        Kind.TEXT,
        ("BillingCurrency", "BillingCurrencyCode", "Currency"),
        Role.KEY,
        "'XXX'",
    ),
    Input("pricing_currency", Kind.TEXT, ("pricingCurrency", "PricingCurrencyCode")),
    Input("exchange_rate", Kind.AMOUNT, ("exchangeRatePricingToBilling", "exchangeRate")),
    Input("meter_category", Kind.TEXT, ("MeterCategory",)),
    Input("consumed_service", Kind.TEXT, ("ConsumedService",)),
    Input("location", Kind.TEXT, ("ResourceLocation", "Location")),
    Input("zone", Kind.TEXT, ("AvailabilityZone",), Role.KEY),
    Input("sku_id", Kind.TEXT, ("MeterId",), Role.KEY),
    Input("usage_type", Kind.TEXT, ("MeterName", "Meter"), Role.KEY),
    Input("product_family", Kind.TEXT, ("MeterSubCategory",), Role.KEY),
    Input("additional_info", Kind.TEXT, ("AdditionalInfo",)),
    Input("listed_pricing_model", Kind.TEXT, ("PricingModel",)),
    Input("benefit_id", Kind.TEXT, ("benefitId",)),
    Input("listed_reservation_id", Kind.TEXT, ("ReservationId",)),
    Input("order_id", Kind.TEXT, ("ProductOrderId", "ReservationOrderId")),
    Input("unit_of_measure", Kind.TEXT, ("UnitOfMeasure",)),
    Input(
        "usage_quantity", Kind.AMOUNT, ("Quantity", "UsageQuantity", "ConsumedQuantity"), Role.SUM
    ),
    Input("payg_cost", Kind.AMOUNT, ("paygCostInBillingCurrency",)),
    Input("payg_price", Kind.AMOUNT, ("PayGPrice",)),
    Input("unit_price", Kind.AMOUNT, ("UnitPrice", "ResourceRate")),
    Input("resource_id", Kind.TEXT, ("ResourceId", "InstanceId", "InstanceName")),
    Input("payer_account_name", Kind.TEXT, ("BillingAccountName",)),
    Input("account_name", Kind.TEXT, ("SubscriptionName",)),
    Input("invoice_id", Kind.TEXT, ("InvoiceId",), Role.KEY),
)


def _product(one: str, other: str) -> str:
    """SQL for two amounts multiplied; NULL where there is none, or none that money can be."""
    return f"TRY(CAST({one} * {other} AS DECIMAL(27, 12)))"


def _told(key: str) -> str:
    return f"json_text(info, '$.{key}')"


_DERIVED = (
    Derived("hour", "date_trunc('hour', charge_start)"),
    Derived("charge_end", "charge_start + INTERVAL 1 DAY", Role.LINE, "lines are daily"),
    Derived(
        "billing_period",
        "CAST(date_trunc('month', coalesce(period_start, charge_start)) AS DATE)",
        note="pay-as-you-go files have no billing period: the month of the day",
    ),
    Derived("invoice_issuer", "'Microsoft'"),
    Derived(
        "charge_kind",
        f"CASE lower(charge_type) {_SPELLED} ELSE charge_type END",
        note="ChargeType; files without it hold usage only",
    ),
    Derived("service", "coalesce(meter_category, consumed_service, 'Unknown')"),
    Derived("region", region_sql("location"), note="one spelling for EastUS, US East and eastus"),
    Derived(
        "info",
        "CASE WHEN starts_with(additional_info, '{') THEN additional_info"
        " ELSE '{' || additional_info || '}' END",
        Role.LINE,
        "some exports leave the outer braces out",
    ),
    Derived("instance_type", _told("ServiceType")),
    Derived("operation", _told("UsageType")),
    Derived(
        "platform",
        "CASE WHEN contains(lower(product_family), 'windows') THEN 'Windows'"
        f" ELSE {_told('ImageType')} END",
        note="meters with a Windows licence say so, others name the image's publisher",
    ),
    Derived("pricing_model", "lower(replace(listed_pricing_model, ' ', ''))", Role.LINE),
    Derived(
        "reservation_id",
        "coalesce(listed_reservation_id, CASE WHEN pricing_model IS NULL AND cost = 0"
        f" THEN {_told('ReservationId')} END)",
        Role.LINE,
        "files without the column name it beside free usage only",
    ),
    Derived(
        "committed",
        "coalesce(pricing_model IN ('reservation', 'savingsplan'),"
        f" benefit_id IS NOT NULL OR reservation_id IS NOT NULL OR {_UNUSED})",
        note="old exports have no PricingModel: then a named commitment decides",
    ),
    Derived(
        "commitment_id",
        "CASE WHEN NOT committed THEN NULL WHEN benefit_id IS NOT NULL THEN benefit_id"
        " WHEN order_id IS NULL OR starts_with(reservation_id, '/') THEN reservation_id"
        " ELSE '/providers/Microsoft.Capacity/reservationOrders/' || order_id"
        " || '/reservations/' || reservation_id END",
        note="the resource id, as FOCUS exports have it; made of order and id where not listed",
    ),
    Derived(
        "commitment_type",
        "CASE WHEN NOT committed THEN NULL WHEN pricing_model = 'savingsplan'"
        " OR charge_kind = 'UnusedSavingsPlan' OR contains(lower(benefit_id), '/savingsplan')"
        " THEN 'Savings Plan' ELSE 'Reservation' END",
    ),
    Derived(
        "pricing_category",
        f"CASE WHEN {_UNUSED} OR ({_COVERED}) THEN 'Committed'"
        " WHEN charge_kind = 'Usage' AND (pricing_model = 'spot'"
        " OR pricing_model IS NULL AND contains(usage_type, 'Spot')) THEN 'Dynamic'"
        " WHEN charge_kind IN ('Usage', 'Purchase') THEN 'Standard' END",
    ),
    Derived(
        "usage_unit",
        "CASE WHEN unit_of_measure IN ('1 Hour', '1 Hours') THEN 'Hours' ELSE unit_of_measure END",
        note="quantities are in this unit, blocks like 10K included, as the bill gives them",
    ),
    Derived(
        "commitment_quantity",
        "CASE WHEN NOT committed THEN NULL"
        " WHEN commitment_type = 'Savings Plan' THEN nullif(cost, 0)"
        f" WHEN {_UNUSED} THEN usage_quantity WHEN charge_kind = 'Usage' THEN "
        + _product(
            "usage_quantity",
            f"coalesce(try_cast({_told('RINormalizationRatio')} AS DECIMAL(12, 6)), 1)",
        )
        + " END",
        Role.SUM,
        "plans in money; reservations in hours of the reserved size: used hours times"
        " RINormalizationRatio, seen so far with reservations of the smallest size only",
    ),
    Derived(
        "to_billing",
        "coalesce(exchange_rate, CASE WHEN pricing_currency IS NULL"
        " OR upper(pricing_currency) = upper(currency) THEN CAST(1 AS DECIMAL(27, 12)) END)",
        Role.LINE,
        "prices are in the pricing currency",
    ),
    Derived(
        "public_price",
        "coalesce(nullif(payg_price, 0), nullif(unit_price, 0),"
        " CASE WHEN NOT committed THEN coalesce(payg_price, unit_price) END)",
        Role.LINE,
        "reserved usage may show no public price: the agreement's own stands in",
    ),
    Derived(
        "public_cost",
        "CASE WHEN charge_kind = 'Usage' THEN coalesce("
        "CASE WHEN committed THEN nullif(payg_cost, 0) ELSE payg_cost END, "
        + _product(_product("public_price", "usage_quantity"), "to_billing")
        + ") END",
        Role.SUM,
        "what the bill says it is, else price times quantity",
    ),
    Derived(
        "contracted_cost",
        "CASE WHEN charge_kind = 'Usage' THEN coalesce("
        + _product(_product("nullif(unit_price, 0)", "usage_quantity"), "to_billing")
        + ", CASE WHEN NOT committed THEN cost END) END",
        Role.SUM,
        "at the agreement's price; what nothing covers costs that",
    ),
    Derived(
        "billed",
        f"CASE WHEN {_COVERED} OR {_UNUSED} THEN 0 ELSE cost END",
        Role.SUM,
        "the cost of covered usage is a purchase's share, invoiced with the purchase",
    ),
    Derived(
        "covered_free",
        f"CASE WHEN {_COVERED} AND cost = 0 THEN usage_quantity ELSE 0 END",
        Role.SUM,
        "covered usage as the actual view shows it",
    ),
    Derived(
        "covered_paid",
        f"CASE WHEN {_COVERED} AND cost <> 0 THEN usage_quantity ELSE 0 END",
        Role.SUM,
        "covered usage as the amortised view shows it",
    ),
)

_RULES = (
    Rule("hour", "ChargePeriodStart", "hour", "the start of the day"),
    Rule("charge_span", "x_ChargeSpan", "'day'"),
    Rule("billing_period", "BillingPeriodStart", "billing_period"),
    Rule("provider", "ProviderName", "'Microsoft'"),
    Rule("payer_account_id", "BillingAccountId", "payer_account_id"),
    Rule("account_id", "SubAccountId", "account_id", "the subscription"),
    Rule("service", "x_ServiceCode", "service", "MeterCategory, else ConsumedService"),
    Rule("region", "RegionId", "region"),
    Rule("zone", "AvailabilityZone", "zone"),
    Rule("sku_id", "SkuId", "sku_id", "the meter"),
    Rule("usage_type", "x_UsageType", "usage_type", "the meter's name"),
    Rule("operation", "x_Operation", "operation"),
    Rule("product_family", "x_ProductFamily", "product_family", "MeterSubCategory"),
    Rule("instance_type", "x_InstanceType", "instance_type"),
    Rule(
        "family",
        "x_InstanceFamily",
        "replace(regexp_replace(regexp_replace(instance_type, '^(Standard|Basic)_', ''),"
        " '[0-9]+(-[0-9]+)?', ''), '_', '')",
        "the series: Standard_DS2_v2 is of DSv2",
    ),
    Rule(
        "size",
        "x_InstanceSize",
        "regexp_replace(instance_type, '^(Standard|Basic)_', '')",
        "Azure's own name of the size, without its tier",
    ),
    Rule("platform", "x_Platform", "platform"),
    Rule("tenancy", "x_Tenancy", "CAST(NULL AS VARCHAR)"),
    Rule(
        "charge_category",
        "ChargeCategory",
        f"CASE WHEN charge_kind = 'Usage' OR {_UNUSED} THEN 'Usage'"
        " WHEN charge_kind IN ('Purchase', 'Tax', 'Credit') THEN charge_kind"
        " ELSE 'Adjustment' END",
        "refunds and roundings adjust",
    ),
    Rule("charge_class", "ChargeClass", "CAST(NULL AS VARCHAR)"),
    Rule("charge_kind", "x_ChargeKind", "charge_kind"),
    Rule("pricing_category", "PricingCategory", "pricing_category"),
    Rule("commitment_id", "CommitmentDiscountId", "commitment_id"),
    Rule("commitment_type", "CommitmentDiscountType", "commitment_type"),
    Rule(
        "commitment_category",
        "CommitmentDiscountCategory",
        "CASE commitment_type WHEN 'Savings Plan' THEN 'Spend' WHEN 'Reservation' THEN 'Usage' END",
    ),
    Rule(
        "commitment_status",
        "CommitmentDiscountStatus",
        f"CASE WHEN {_UNUSED} THEN 'Unused' WHEN {_COVERED} THEN 'Used' END",
    ),
    Rule(
        "commitment_unit",
        "CommitmentDiscountUnit",
        "CASE commitment_type WHEN 'Savings Plan' THEN currency"
        " WHEN 'Reservation' THEN coalesce(usage_unit, 'Hours') END",
    ),
    Rule("usage_unit", "ConsumedUnit", "CASE WHEN charge_kind = 'Usage' THEN usage_unit END"),
    Rule("currency", "BillingCurrency", "currency"),
    Rule(
        "usage_quantity",
        "ConsumedQuantity",
        "CASE WHEN charge_kind = 'Usage' THEN usage_quantity END",
    ),
    Rule("normalized_units", "x_NormalizedUnits", "CAST(NULL AS DECIMAL(38, 12))"),
    Rule("commitment_quantity", "CommitmentDiscountQuantity", "commitment_quantity"),
    Rule(
        "list_cost",
        "ListCost",
        "public_cost",
        "of usage only, so that nothing counts twice",
    ),
    Rule("contracted_cost", "ContractedCost", "contracted_cost"),
    Rule(
        "billed_cost",
        "BilledCost",
        "billed",
        "what the file alone shows of the invoice: the amortised view has no purchases of"
        " commitments, so there the invoice is higher",
    ),
    Rule(
        "effective_cost",
        "EffectiveCost",
        "cost",
        "the file's own cost: amortised in the amortised view; in the actual view, which alone"
        " cannot spread a purchase, a purchase costs its full price on its day",
    ),
)

_DEMANDS = (
    Demand("ChargeType is missing", "charge_type IS NOT NULL"),
    Demand("Date is missing", "charge_start IS NOT NULL"),
    Demand("BillingCurrency is missing", "currency IS NOT NULL"),
)

_VIEW = ("billing_period", "payer_account_id", "currency")
_BOUGHT = "count(*) FILTER (charge_kind = 'Purchase')"
_SPREAD = f"sum(covered_paid) + count(*) FILTER ({_UNUSED})"
_CHECKS = (
    Check(
        "azure-views-mixed",
        "the actual and the amortised export of a month say the same usage twice:"
        " convert them one by one",
        "committed",
        _VIEW,
        f"CASE WHEN {_BOUGHT} > 0 OR sum(covered_free) = nullif(sum(covered_paid), 0)"
        f" THEN {_SPREAD} ELSE 0 END",
        fatal=True,
    ),
    Check(
        "azure-actual-view",
        "usage that commitments cover costs nothing in an actual export:"
        " its cost is in the amortised one",
        "committed",
        _VIEW,
        "sum(covered_free)",
        located=False,
    ),
    Check(
        "azure-commitment-named",
        "lines of a commitment name it",
        "committed",
        _VIEW,
        "count(*) FILTER (commitment_id IS NULL)",
    ),
)


def _there(value: str, sources: tuple[str, ...]) -> Demand:
    return Demand(f"{' or '.join(sources)} is missing", f"{value} IS NOT NULL")


def azure_mapping(
    name: str, title: str, *, payer: tuple[str, ...], cost: tuple[str, ...]
) -> Mapping:
    """The mapping of one agreement's export; `payer` and `cost` are its columns for them."""
    return Mapping(
        name=name,
        title=title,
        inputs=(
            *_INPUTS,
            Input("payer_account_id", Kind.TEXT, payer, Role.KEY, "'Unknown'"),
            Input("cost", Kind.AMOUNT, cost, Role.SUM),
        ),
        derived=_DERIVED,
        demands=(*_DEMANDS, _there("payer_account_id", payer), _there("cost", cost)),
        rules=_RULES,
        billed="billed",
        usage="charge_kind = 'Usage'",
        tags=Tags(nested=("Tags",)),
        known_kinds=frozenset(KNOWN_KINDS),
        checks=_CHECKS,
    )
