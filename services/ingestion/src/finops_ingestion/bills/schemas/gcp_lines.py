"""What a row of the Google Cloud billing export holds, and which kind of line that makes it."""

from finops_ingestion.bills.mapping import Demand, Derived, Input, Kind, Role

USAGE = "usage"
COVERED = "covered_usage"
CREDITED = "credited_usage"
PARTLY = "partly_credited_usage"
FEE = "commitment_fee"
UNSPREAD = "unspread_commitment_fee"

KNOWN_KINDS = frozenset(
    {USAGE, COVERED, CREDITED, PARTLY, FEE, UNSPREAD} | {"tax", "adjustment", "rounding_error"}
)
_CENTS = 100
"""A unit of the fee SKUs before 2026 commits to a cent of on-demand cost an hour."""

_EXACT = "amount({})"
"""By way of text: a FLOAT64 is cast to a decimal with noise in its last digits."""
_MACHINE = "compute.googleapis.com/machine_spec"
_COMMITMENT_CREDITS = "['COMMITTED_USAGE_DISCOUNT', 'COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE']"
_FIRST_CREDIT = f"credits_like({{}}, {_COMMITMENT_CREDITS})[1]"

INPUTS = (
    Input("payer_account_id", Kind.TEXT, ("billing_account_id",), Role.KEY),
    Input("account_id", Kind.TEXT, ("project.id",), Role.KEY),
    Input("listed_cost_type", Kind.TEXT, ("cost_type",)),
    Input("charge_start", Kind.INSTANT, ("usage_start_time",)),
    Input("charge_end", Kind.INSTANT, ("usage_end_time",)),
    Input("invoice_month", Kind.TEXT, ("invoice.month",)),
    Input("currency", Kind.TEXT, ("currency",), Role.KEY),
    Input("currency_rate", Kind.AMOUNT, ("currency_conversion_rate",), reading=_EXACT),
    Input("service_name", Kind.TEXT, ("service.description", "service.id")),
    Input("sku_id", Kind.TEXT, ("sku.id",), Role.KEY),
    Input("usage_type", Kind.TEXT, ("sku.description",), Role.KEY),
    Input("region", Kind.TEXT, ("location.region", "location.location"), Role.KEY),
    Input("zone", Kind.TEXT, ("location.zone",), Role.KEY),
    Input(
        "instance_type",
        Kind.TEXT,
        ("system_labels",),
        Role.KEY,
        reading=f"lower(label_in({{}}, '{_MACHINE}'))",
    ),
    Input("payer_account_name", Kind.TEXT, ()),
    Input("account_name", Kind.TEXT, ("project.name",)),
    Input("resource_id", Kind.TEXT, ("resource.global_name", "resource.name")),
    Input("subscription_id", Kind.TEXT, ("subscription.instance_id",)),
    Input("model_id", Kind.TEXT, ("consumption_model.id",)),
    Input("model_name", Kind.TEXT, ("consumption_model.description",)),
    Input(
        "adjustment",
        Kind.TEXT,
        (
            "adjustment_info.id",
            "adjustment_info.type",
            "adjustment_info.mode",
            "adjustment_info.description",
        ),
    ),
    Input("priced_quantity", Kind.AMOUNT, ("usage.amount_in_pricing_units",), reading=_EXACT),
    Input("priced_unit", Kind.TEXT, ("usage.pricing_unit",)),
    Input("charged", Kind.AMOUNT, ("cost",), Role.SUM, reading=_EXACT),
    Input("credited", Kind.AMOUNT, ("credits",), reading="credit_sum({})"),
    Input(
        "fee_offset",
        Kind.AMOUNT,
        ("credits",),
        Role.SUM,
        reading="sum_of_credits(credits_like({}, ['FEE_UTILIZATION_OFFSET']))",
    ),
    Input(
        "commitment_credit",
        Kind.AMOUNT,
        ("credits",),
        reading=f"sum_of_credits(credits_like({{}}, {_COMMITMENT_CREDITS}))",
    ),
    Input("credit_type", Kind.TEXT, ("credits",), reading=f"{_FIRST_CREDIT}.type"),
    Input(
        "credit_name",
        Kind.TEXT,
        ("credits",),
        reading=f"coalesce({_FIRST_CREDIT}.full_name, {_FIRST_CREDIT}.name, {_FIRST_CREDIT}.id)",
    ),
    Input("cost_at_list", Kind.AMOUNT, ("cost_at_list",), reading=_EXACT),
    Input("cost_by_default", Kind.AMOUNT, ("cost_at_effective_price_default",), reading=_EXACT),
)

_FEE_SKU = r"(?i)^commitment\b|(commitment|committed use|\bcuds?\b).*\bfee\b"
_FAMILY_OF_FEE = r"^Commitment v\d+: ([A-Z]\d+[A-Z]?) "

_COMMITMENT_DERIVED = (
    Derived("billed", "charged + coalesce(credited, 0)", Role.SUM),
    Derived("covered_cost", "coalesce(-commitment_credit, 0)", Role.LINE, "at on-demand prices"),
    Derived("by_default", "lower(coalesce(model_name, 'Default')) = 'default'", Role.LINE),
    Derived(
        "is_fee",
        "by_default AND covered_cost = 0 AND (fee_offset <> 0 OR subscription_id IS NOT NULL"
        f" OR coalesce(regexp_matches(usage_type, '{_FEE_SKU}'), FALSE))",
        Role.LINE,
    ),
    Derived(
        "dollar_a_unit",
        "coalesce(abs(CAST(charged AS DOUBLE) - CAST(priced_quantity AS DOUBLE)"
        " * coalesce(currency_rate, 1)) <= 0.01 * abs(CAST(charged AS DOUBLE)), FALSE)",
        Role.LINE,
        "what the fee SKUs of the model of 2026 cost, but for rounding",
    ),
    Derived(
        "charge_kind",
        "CASE WHEN lower(coalesce(listed_cost_type, 'regular')) <> 'regular'"
        " THEN lower(listed_cost_type)"
        f" WHEN is_fee AND (fee_offset <> 0 OR dollar_a_unit) THEN '{FEE}'"
        f" WHEN is_fee THEN '{UNSPREAD}' WHEN NOT by_default THEN '{COVERED}'"
        f" WHEN covered_cost <= 0 THEN '{USAGE}'"
        f" WHEN covered_cost < charged THEN '{PARTLY}' ELSE '{CREDITED}' END",
        note="told by consumption model, credits and SKU; lines that are not regular keep"
        " their cost_type",
    ),
    Derived(
        "covered_share",
        f"CASE charge_kind WHEN '{PARTLY}'"
        " THEN CAST(CAST(covered_cost AS DOUBLE) / CAST(charged AS DOUBLE) AS DECIMAL(10, 9)) END",
        Role.LINE,
    ),
    Derived(
        "by_money",
        f"CASE WHEN charge_kind IN ('{FEE}', '{COVERED}') THEN TRUE"
        f" WHEN charge_kind = '{UNSPREAD}' THEN contains(lower(usage_type), 'dollar based')"
        f" WHEN charge_kind IN ('{CREDITED}', '{PARTLY}') THEN ends_with(credit_type, 'DOLLAR_BASE') END",
        Role.LINE,
        "a commitment to spend, else one to use resources",
    ),
    Derived(
        "commitment_id",
        f"CASE WHEN charge_kind IN ('{FEE}', '{UNSPREAD}') THEN coalesce(subscription_id,"
        f" usage_type) WHEN charge_kind = '{COVERED}' THEN coalesce(subscription_id, model_id,"
        f" model_name) WHEN charge_kind IN ('{CREDITED}', '{PARTLY}') THEN"
        " coalesce(subscription_id, credit_name, 'Committed use discount') END",
        note="credits do not name the commitment: their own name stands for all of its kind",
    ),
    Derived(
        "commitment_type",
        "CASE WHEN by_money THEN 'Spend-based CUD' WHEN NOT by_money THEN 'Resource-based CUD' END",
    ),
    Derived(
        "commitment_unit",
        "CASE WHEN by_money THEN currency WHEN NOT by_money THEN coalesce(priced_unit, 'hour') END",
    ),
    Derived(
        "committed",
        f"CASE WHEN charge_kind IN ('{FEE}', '{COVERED}') THEN charged"
        f" WHEN charge_kind = '{UNSPREAD}' AND by_money THEN try_cast(priced_quantity"
        f" * try_cast(coalesce(currency_rate, 1) AS DECIMAL(10, 4)) / {_CENTS}"
        " AS DECIMAL(28, 12))"
        f" WHEN charge_kind = '{CREDITED}' AND by_money THEN covered_cost"
        f" WHEN charge_kind IN ('{UNSPREAD}', '{CREDITED}') THEN priced_quantity END",
        Role.SUM,
        "used or bought, in the commitment's unit; of credited usage, money is on-demand cost",
    ),
    Derived(
        "amortised",
        f"CASE WHEN charge_kind IN ('{FEE}', '{UNSPREAD}') THEN billed END",
        Role.SUM,
        "what a fee costs beyond what usage already shows",
    ),
    Derived(
        "left_over",
        f"CASE WHEN charge_kind = '{FEE}' THEN charged + coalesce(fee_offset, 0)"
        f" WHEN charge_kind = '{PARTLY}' AND by_money THEN covered_cost"
        f" WHEN charge_kind = '{PARTLY}'"
        " THEN CAST(priced_quantity * covered_share AS DECIMAL(28, 12)) END",
        Role.SUM,
        "unused of a fee, or covered of a line, in the commitment's unit",
    ),
)

_COST_DERIVED = (
    Derived("public_cost", "coalesce(cost_at_list, cost_by_default, charged)", Role.SUM),
    Derived("contracted", "coalesce(cost_by_default, charged)", Role.SUM),
    Derived("usage_quantity", "priced_quantity", Role.SUM),
    Derived(
        "covered_public",
        "CAST(public_cost * covered_share AS DECIMAL(28, 12))",
        Role.SUM,
    ),
    Derived(
        "covered_contracted",
        "CAST(contracted * covered_share AS DECIMAL(28, 12))",
        Role.SUM,
    ),
    Derived(
        "covered_quantity",
        "CAST(priced_quantity * covered_share AS DECIMAL(28, 12))",
        Role.SUM,
    ),
)

DERIVED = (
    Derived("hour", "date_trunc('hour', charge_start)"),
    Derived("charge_span", "span_of(charge_start, charge_end)"),
    Derived(
        "billing_period",
        "coalesce(CAST(try_strptime(replace(invoice_month, '-', ''), '%Y%m') AS DATE),"
        " CAST(date_trunc('month', charge_start) AS DATE))",
        note="late usage and adjustments come on a later invoice",
    ),
    Derived("service", "coalesce(service_name, 'Unknown')"),
    Derived(
        "family",
        "CASE WHEN starts_with(instance_type, 'custom-') THEN 'n1'"
        " WHEN instance_type IS NOT NULL THEN split_part(instance_type, '-', 1)"
        f" ELSE lower(nullif(regexp_extract(usage_type, '{_FAMILY_OF_FEE}', 1), '')) END",
        note="first-generation custom machines name no family",
    ),
    *_COMMITMENT_DERIVED,
    *_COST_DERIVED,
    Derived(
        "usage_unit",
        f"CASE WHEN charge_kind IN ('{USAGE}', '{COVERED}', '{CREDITED}', '{PARTLY}')"
        " THEN priced_unit END",
    ),
    Derived(
        "charge_class",
        "CASE WHEN adjustment IS NOT NULL AND date_trunc('month', charge_start) < billing_period"
        " THEN 'Correction' END",
        note="an adjustment of an earlier month",
    ),
    Derived(
        "invoice_id",
        "CAST(NULL AS VARCHAR)",
        note="the export names the month of an invoice, which is the billing period, not its number",
    ),
    Derived("invoice_issuer", "'Google Cloud'"),
)

DEMANDS = (
    Demand(
        "nothing we know on the line, or no JSON object",
        "coalesce(payer_account_id, usage_type, currency) IS NOT NULL"
        " OR coalesce(charge_start, charge_end) IS NOT NULL OR charged IS NOT NULL",
    ),
    Demand("billing_account_id is missing", "payer_account_id IS NOT NULL"),
    Demand("usage_start_time is missing", "charge_start IS NOT NULL"),
    Demand("currency is missing", "currency IS NOT NULL"),
    Demand("cost is missing", "charged IS NOT NULL"),
    Demand(
        "invoice.month is not a month",
        "invoice_month IS NULL"
        " OR try_strptime(replace(invoice_month, '-', ''), '%Y%m') IS NOT NULL",
    ),
)
