"""What each kind of Google Cloud line becomes: commitments of both models, taxes, corrections."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finops_ingestion.bills.conversion import Conversion
from finops_ingestion.bills.totals import Costs, by_currency

Convert = Callable[..., Conversion]
Rows = Callable[..., list[dict[str, Any]]]
Line = Callable[..., dict[str, Any]]
Write = Callable[..., Path]

VECTORS = Path(__file__).parents[2] / "data" / "bills" / "gcp" / "gcp-vectors.json"
PLAN = "subscriptions/1fd3b130-0000-4000-8000-000000000001"
FLEXIBLE = {"id": "D97B-0795-975B", "description": "Compute Flexible CUDs 1 Year"}
DEFAULT = {"id": "7754-699E-0EBF", "description": "Default"}
FEE_SKU = {"id": "3F5A-0C2D-1B7E", "description": "Compute Flexible CUD Fee - 1 Year"}
OFFSET = "FEE_UTILIZATION_OFFSET"
SPEND_CREDIT = "COMMITTED_USAGE_DISCOUNT_DOLLAR_BASE"
RESOURCE_CREDIT = "COMMITTED_USAGE_DISCOUNT"

pytestmark = pytest.mark.req("ING-10", part="Google Cloud line types")


def of_plan(row: dict[str, Any], model: dict[str, str]) -> dict[str, Any]:
    return row | {"consumption_model": model, "subscription": {"instance_id": PLAN}}


@pytest.fixture
def fee(gcp_line: Line) -> Line:
    """A fee row of the model of 2026: a dollar a unit, lowered by what usage took of it."""

    def line(cost: str, taken: str = "", hour: int = 0, rate: str = "1") -> dict[str, Any]:
        units = {"amount_in_pricing_units": str(Decimal(cost) / Decimal(rate))}
        row = gcp_line(
            cost,
            hour,
            lowered=[(OFFSET, f"-{taken}")] if taken else [],
            sku=FEE_SKU,
            usage={**units, "pricing_unit": "hour"},
            currency_conversion_rate=rate,
            system_labels=[],
        )
        return of_plan(row, DEFAULT)

    return line


@pytest.fixture
def covered(gcp_line: Line) -> Line:
    """Usage at the price of a commitment, with what it would cost without."""

    def line(cost: str, on_demand: str, at_list: str, hour: int = 0) -> dict[str, Any]:
        prices = {"cost_at_effective_price_default": on_demand, "cost_at_list": at_list}
        return of_plan(gcp_line(cost, hour, **prices), FLEXIBLE)

    return line


def summed(conversion: Conversion) -> Costs:
    """All costs of a bill in one currency."""
    (categories,) = by_currency(conversion.totals).values()
    return sum(categories.values(), Costs())


@pytest.mark.req("ING-21", part="used and unused commitments of Google Cloud")
def test_a_covered_hour_shows_what_it_used_and_what_the_fee_left(
    fee: Line, covered: Line, write_json: Write, convert: Convert, hourly: Rows
) -> None:
    bill = [fee("0.21", "0.18"), fee("0.02"), covered("0.18", "0.25", "0.30")]

    conversion = convert(write_json(bill))

    used, unused, bought = sorted(hourly(conversion), key=lambda r: -r["effective_cost"])
    assert (used["commitment_status"], used["pricing_category"]) == ("Used", "Committed")
    assert (used["effective_cost"], used["commitment_quantity"]) == (
        Decimal("0.18"),
        Decimal("0.18"),
    )
    assert (used["list_cost"], used["contracted_cost"]) == (Decimal("0.30"), Decimal("0.25"))
    assert (unused["charge_category"], unused["commitment_status"]) == ("Usage", "Unused")
    assert (unused["billed_cost"], unused["effective_cost"]) == (0, Decimal("0.05"))
    assert unused["commitment_quantity"] == Decimal("0.05")
    assert unused["list_cost"] is None
    assert bought["charge_category"] == "Purchase"
    assert (bought["billed_cost"], bought["effective_cost"]) == (Decimal("0.05"), 0)
    assert bought["commitment_quantity"] == Decimal("0.23")
    for record in (used, unused, bought):
        assert (record["commitment_id"], record["commitment_type"]) == (PLAN, "Spend-based CUD")
        assert (record["commitment_category"], record["commitment_unit"]) == ("Spend", "USD")
    assert conversion.findings == ()


def test_what_offsets_a_fee_is_not_counted_twice(
    fee: Line, covered: Line, write_json: Write, convert: Convert
) -> None:
    bill = [fee("0.54", "0.54"), covered("0.54", "1", "1")]

    total = summed(convert(write_json(bill)))

    assert (total.billed_cost, total.effective_cost) == (Decimal("0.54"), Decimal("0.54"))
    assert total.list_cost == 1


def test_a_commitment_nobody_uses_is_all_unused(
    fee: Line, gcp_line: Line, write_json: Write, convert: Convert, hourly: Rows
) -> None:
    bill = [fee("0.54"), gcp_line("1", consumption_model=DEFAULT)]

    conversion = convert(write_json(bill))

    (unused,) = hourly(conversion, "commitment_status = 'Unused'")
    assert (unused["effective_cost"], unused["commitment_quantity"]) == (Decimal("0.54"),) * 2
    assert summed(conversion).effective_cost == Decimal("1.54")


@pytest.mark.req("ING-14", part="sums of covered usage and fee offsets")
def test_usage_that_no_fee_pays_for_is_told(
    fee: Line, covered: Line, write_json: Write, convert: Convert
) -> None:
    (finding,) = convert(write_json([fee("0.54", "0.10"), covered("0.54", "1", "1")])).findings

    assert (finding.name, finding.difference) == ("cud-fee-offset", Decimal("0.44"))


@pytest.mark.parametrize(
    ("currency", "rate", "cost"), [("KRW", "1392.5", "752"), ("JPY", "151", "81.54")]
)
@pytest.mark.req("ING-16", part="KRW and JPY bills of Google Cloud")
def test_fees_in_other_currencies_are_a_dollar_a_unit_too(
    currency: str,
    rate: str,
    cost: str,
    fee: Line,
    write_json: Write,
    convert: Convert,
    hourly: Rows,
) -> None:
    bill = write_json([fee(cost, "0.5", rate=rate) | {"currency": currency}])

    bought, unused = sorted(hourly(convert(bill)), key=lambda r: r["charge_category"])

    assert (bought["currency"], bought["commitment_unit"]) == (currency, currency)
    assert bought["billed_cost"] == unused["effective_cost"] == Decimal(cost) - Decimal("0.5")


def test_large_amounts_without_cents_stay_exact(
    gcp_line: Line, write_json: Write, convert: Convert
) -> None:
    rows = [gcp_line("123456789012", lowered=[("DISCOUNT", "-3456789012")], currency="KRW")] * 3

    assert by_currency(convert(write_json(rows)).totals)["KRW"]["Usage"].billed_cost == (
        360_000_000_000
    )


@pytest.mark.parametrize("rate", ["1e14", "0", "-3"])
def test_a_rate_that_cannot_be_right_changes_nothing_that_is_billed(
    rate: str, gcp_line: Line, write_json: Write, convert: Convert
) -> None:
    sku = {"id": "S", "description": "Commitment - dollar based v1: GCE for 1 year"}
    usage = {"amount_in_pricing_units": "99999999999999", "pricing_unit": "hour"}
    bill = [gcp_line("7.2", sku=sku, usage=usage, currency_conversion_rate=rate)]

    assert summed(convert(write_json(bill))).billed_cost == Decimal("7.2")


def test_usage_a_resource_commitment_covers_is_used_and_costs_its_fee(
    gcp_line: Line, write_json: Write, convert: Convert, hourly: Rows
) -> None:
    fee = gcp_line(
        "0.63",
        sku={"id": "S", "description": "Commitment v1: N2 Cpu in Seoul for 1 Year"},
        usage={"amount_in_pricing_units": 5, "pricing_unit": "hour"},
        system_labels=[],
        subscription={"instance_id": PLAN},
    )
    usage = gcp_line("1", lowered=[(RESOURCE_CREDIT, "-1")])

    conversion = convert(write_json([fee, usage]))

    spent, bought, used = sorted(
        hourly(conversion),
        key=lambda r: (r["charge_kind"] != "unspread_commitment_fee", -r["effective_cost"]),
    )
    assert (used["commitment_status"], used["commitment_category"]) == ("Used", "Usage")
    assert (used["commitment_quantity"], used["commitment_unit"]) == (4, "hour")
    assert (used["billed_cost"], used["effective_cost"], used["list_cost"]) == (0, 0, 1)
    assert (bought["charge_category"], bought["commitment_quantity"]) == ("Purchase", 5)
    assert (bought["billed_cost"], bought["effective_cost"]) == (Decimal("0.63"), 0)
    assert (bought["commitment_id"], bought["family"]) == (PLAN, "n2")
    assert (spent["commitment_status"], spent["effective_cost"]) == ("Used", Decimal("0.63"))
    assert (spent["billed_cost"], spent["list_cost"], spent["commitment_quantity"]) == (0, 0, 0)
    assert summed(conversion).effective_cost == Decimal("0.63")


def test_partly_credited_usage_becomes_a_covered_record_and_its_rest(
    gcp_line: Line, write_json: Write, convert: Convert, hourly: Rows
) -> None:
    row = gcp_line(
        "0.8",
        lowered=[(SPEND_CREDIT, "-0.6"), ("PROMOTION", "-0.05")],
        cost_at_list="1",
    )

    rest, covered = sorted(hourly(convert(write_json([row]))), key=lambda r: -r["billed_cost"])

    assert (covered["commitment_status"], covered["commitment_category"]) == ("Used", "Spend")
    assert covered["commitment_id"] == SPEND_CREDIT.title()
    assert covered["commitment_quantity"] == Decimal("0.6")
    assert (covered["list_cost"], covered["contracted_cost"]) == (Decimal("0.75"), Decimal("0.6"))
    assert (covered["usage_quantity"], covered["lines"]) == (3, 0)
    assert (covered["billed_cost"], covered["effective_cost"]) == (0, 0)
    assert (rest["commitment_status"], rest["commitment_id"]) == (None, None)
    assert (rest["pricing_category"], rest["lines"]) == ("Standard", 1)
    assert (rest["list_cost"], rest["contracted_cost"]) == (Decimal("0.25"), Decimal("0.2"))
    assert rest["usage_quantity"] == 1
    assert rest["billed_cost"] == rest["effective_cost"] == Decimal("0.15")


@pytest.mark.parametrize(
    "vector", json.loads(VECTORS.read_text()), ids=lambda vector: str(vector["id"])
)
def test_the_same_commitment_reads_alike_in_both_models(
    vector: dict[str, Any],
    gcp_line: Line,
    fee: Line,
    covered: Line,
    write_json: Write,
    convert: Convert,
    hourly: Rows,
) -> None:
    commitment, expected = vector["given"]["legacy_on_demand_commit"], vector["expect"]
    paid, on_demand = str(expected["fee"]), str(expected["on_demand_equivalent"])
    legacy_fee = gcp_line(
        paid,
        sku={"id": "S", "description": "Commitment - dollar based v1: GCE for 3 years"},
        usage={"amount_in_pricing_units": commitment * 100, "pricing_unit": "hour"},
        system_labels=[],
    )
    legacy = [legacy_fee, gcp_line(on_demand, lowered=[(SPEND_CREDIT, f"-{on_demand}")])]
    today = [fee(paid, paid), covered(paid, on_demand, on_demand)]

    before, after = (convert(write_json(rows)) for rows in (legacy, today))

    assert summed(before) == summed(after)
    assert summed(after).effective_cost == expected["fee"]
    assert summed(after).list_cost == expected["on_demand_equivalent"]
    (bought,) = hourly(after, "charge_category = 'Purchase'")
    assert bought["commitment_quantity"] == expected["new_commitment"]
    (bought,) = hourly(convert(write_json(legacy)), "charge_category = 'Purchase'")
    assert bought["commitment_quantity"] == commitment


def test_every_kind_of_credit_lowers_what_is_billed_and_nothing_else(
    gcp_line: Line, write_json: Write, convert: Convert, hourly: Rows
) -> None:
    kinds = (
        "SUSTAINED_USAGE_DISCOUNT",
        "FREE_TIER",
        "PROMOTION",
        "DISCOUNT",
        "RESELLER_MARGIN",
        "SUBSCRIPTION_BENEFIT",
        "SOMETHING_NEW",
    )
    row = gcp_line("1", lowered=[(kind, "-0.1") for kind in kinds], cost_at_list="1.2")

    (record,) = hourly(convert(write_json([row])))

    assert (record["charge_category"], record["commitment_status"]) == ("Usage", None)
    assert record["billed_cost"] == record["effective_cost"] == Decimal("0.3")
    assert (record["list_cost"], record["contracted_cost"]) == (Decimal("1.2"), 1)


@pytest.mark.parametrize(
    ("cost_type", "category"),
    [
        ("tax", "Tax"),
        ("adjustment", "Adjustment"),
        ("rounding_error", "Adjustment"),
        ("REGULAR", "Usage"),
        (None, "Usage"),
    ],
)
def test_the_cost_type_gives_the_category(
    cost_type: str | None,
    category: str,
    gcp_line: Line,
    write_json: Write,
    convert: Convert,
    hourly: Rows,
) -> None:
    conversion = convert(write_json([gcp_line("0.1", cost_type=cost_type)]))

    (record,) = hourly(conversion)
    assert (record["charge_category"], record["billed_cost"]) == (category, Decimal("0.1"))
    assert (record["usage_quantity"] is None) == (category != "Usage")
    assert conversion.findings == ()


def test_a_cost_type_we_do_not_know_is_an_adjustment_and_is_told(
    gcp_line: Line, write_json: Write, convert: Convert
) -> None:
    conversion = convert(write_json([gcp_line("0.1", cost_type="surcharge")]))

    assert [total.charge_category for total in conversion.totals] == ["Adjustment"]
    assert [(f.name, f.difference) for f in conversion.findings] == [
        ("unknown-line-types", Decimal("0.1"))
    ]


def test_the_invoice_month_is_the_billing_period_whenever_the_usage_was(
    gcp_line: Line, write_json: Write, convert: Convert, hourly: Rows
) -> None:
    late = gcp_line("2", invoice={"month": "202611"})
    corrected = gcp_line(
        "-1",
        invoice={"month": "202611"},
        cost_type="adjustment",
        adjustment_info={"type": "USAGE_CORRECTION", "mode": "PARTIAL_CORRECTION"},
    )
    bare = gcp_line("4", invoice=None)

    conversion = convert(write_json([late, corrected, bare]))

    assert [period.name for period in conversion.periods] == ["2026-10", "2026-11"]
    found = {r["billed_cost"]: r for r in hourly(conversion)}
    assert {cost: str(r["billing_period"]) for cost, r in found.items()} == {
        2: "2026-11-01",
        -1: "2026-11-01",
        4: "2026-10-01",
    }
    assert (found[2]["charge_class"], found[-1]["charge_class"]) == (None, "Correction")
    assert {str(r["hour"]) for r in found.values()} == {"2026-10-01 00:00:00"}


def test_unused_commitment_of_the_last_invoiced_hours_is_kept(
    fee: Line, gcp_line: Line, write_json: Write, convert: Convert
) -> None:
    # Google's months end at midnight in California: seven hours into the next month of UTC.
    rows = [fee("0.5", hour=31 * 24 + 6), gcp_line("1", hour=31 * 24 + 6)]

    assert summed(convert(write_json(rows))).effective_cost == Decimal("1.5")


def test_a_line_says_which_machine_it_ran_on_and_where(
    gcp_line: Line, write_json: Write, convert: Convert, hourly: Rows
) -> None:
    custom = [{"key": "compute.googleapis.com/machine_spec", "value": "custom-4-8192"}]
    spot = {"id": "S", "description": "Spot Preemptible N2 Instance Core running in Seoul"}
    rows = [gcp_line(), gcp_line(hour=1, system_labels=custom), gcp_line(hour=2, sku=spot)]

    found, old, cheap = hourly(convert(write_json(rows)))

    assert (found["instance_type"], found["family"], found["size"]) == (
        "n2-standard-4",
        "n2",
        "standard-4",
    )
    assert (found["region"], found["zone"]) == ("asia-northeast3", "asia-northeast3-a")
    assert (found["payer_account_id"], found["account_id"]) == ("001A2B-3C4D5E-6F7A8B", "shop-1")
    assert (found["usage_quantity"], found["usage_unit"]) == (4, "hour")
    assert (old["family"], cheap["pricing_category"]) == ("n1", "Dynamic")


def test_lines_of_a_day_say_so(
    gcp_line: Line, write_json: Write, convert: Convert, hourly: Rows
) -> None:
    row = gcp_line() | {"usage_end_time": "2026-10-02 00:00:00 UTC"}

    (record,) = hourly(convert(write_json([row])))

    assert record["charge_span"] == "day"
