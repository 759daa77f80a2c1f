"""What each kind of AWS line becomes, beyond the golden hours."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finops_ingestion.bills.conversion import Conversion

Convert = Callable[..., Conversion]
Rows = Callable[..., list[dict[str, Any]]]
Line = Callable[..., dict[str, object]]
Lines = Callable[..., list[dict[str, object]]]
Write = Callable[..., Path]

RESERVATION = "arn:aws:ec2:us-east-1:111111111111:reserved-instances/ri-1"

pytestmark = pytest.mark.req("ING-21", part="AWS line types")


def unused(rows: list[dict[str, Any]]) -> list[tuple[int, Decimal]]:
    return [
        (r["hour"].hour, r["effective_cost"]) for r in rows if r["commitment_status"] == "Unused"
    ]


def test_fees_of_hours_still_to_come_are_bought_but_not_unused(
    write_csv: Write, plan_hour: Lines, convert: Convert, hourly: Rows
) -> None:
    bill = write_csv(
        [*plan_hour(0), *plan_hour(1), *plan_hour(2, used="0"), *plan_hour(3, used="0")]
    )

    conversion = convert(bill)

    rows = hourly(conversion)
    assert unused(rows) == [(0, Decimal("0.4")), (1, Decimal("0.4"))]
    assert len([row for row in rows if row["charge_category"] == "Purchase"]) == 4
    assert conversion.reached == datetime(2026, 10, 1, 2, tzinfo=UTC)


def test_a_line_for_a_whole_day_does_not_say_that_its_hours_have_come(
    write_csv: Write, cur_line: Line, convert: Convert
) -> None:
    day = cur_line(hour=0) | {"lineItem/UsageEndDate": "2026-10-02T00:00:00Z"}

    conversion = convert(write_csv([day, cur_line(hour=1)]))

    assert conversion.reached == datetime(2026, 10, 1, 2, tzinfo=UTC)


def test_an_hour_without_usage_before_later_usage_is_wasted(
    write_csv: Write, plan_hour: Lines, cur_line: Line, convert: Convert, hourly: Rows
) -> None:
    bill = write_csv([*plan_hour(0, used="0"), cur_line(hour=1)])

    assert unused(hourly(convert(bill))) == [(0, Decimal(1))]


def test_usage_of_another_payer_does_not_bring_the_bill_further(
    write_csv: Write, plan_hour: Lines, cur_line: Line, convert: Convert, hourly: Rows
) -> None:
    stranger = cur_line(hour=5, bill__PayerAccountId="099999999999")
    bill = write_csv([*plan_hour(0), *plan_hour(1, used="0"), stranger])

    assert unused(hourly(convert(bill))) == [(0, Decimal("0.4"))]


def test_an_instant_passed_in_says_how_far_the_bill_goes(
    write_csv: Write, plan_hour: Lines, convert: Convert, hourly: Rows
) -> None:
    bill = write_csv([*plan_hour(0), *plan_hour(1, used="0"), *plan_hour(2, used="0")])

    conversion = convert(bill, as_of=datetime(2026, 10, 1, 2, tzinfo=UTC))

    assert unused(hourly(conversion)) == [(0, Decimal("0.4")), (1, Decimal(1))]


def test_an_all_upfront_plan_has_free_fee_lines_and_real_commitment(
    write_csv: Write, plan_hour: Lines, convert: Convert, hourly: Rows
) -> None:
    fee, *usage = plan_hour(0)
    bill = write_csv([fee | {"lineItem/UnblendedCost": "0"}, *usage])

    rows = hourly(convert(bill), "charge_kind = 'SavingsPlanRecurringFee'")

    figures = {r["charge_category"]: (r["billed_cost"], r["commitment_quantity"]) for r in rows}
    assert figures == {"Purchase": (0, Decimal(1)), "Usage": (0, Decimal("0.4"))}


@pytest.mark.req("ING-14", part="sums of covered usage and negation")
def test_covered_usage_without_its_negation_is_told_and_not_billed(
    write_csv: Write, plan_hour: Lines, convert: Convert
) -> None:
    fee, usage, _ = plan_hour(0)

    conversion = convert(write_csv([fee, usage]))

    assert [(f.name, f.difference) for f in conversion.findings] == [
        ("savings-plan-negation", Decimal(1))
    ]
    assert sum(total.costs.billed_cost for total in conversion.totals) == 1


@pytest.mark.req("ING-14", part="used commitment against the fee line")
def test_covered_usage_that_takes_more_than_the_fee_line_says_is_told(
    write_csv: Write, plan_hour: Lines, convert: Convert
) -> None:
    fee, usage, negation = plan_hour(0)
    fee |= {"lineItem/UsageAccountId": fee["bill/PayerAccountId"]}
    bill = write_csv([fee | {"savingsPlan/UsedCommitment": "0.5"}, usage, negation])

    (finding,) = convert(bill).findings

    assert (finding.name, finding.difference) == ("savings-plan-used", Decimal("0.1"))


def test_one_negation_may_offset_many_covered_lines(
    write_csv: Write, plan_hour: Lines, convert: Convert
) -> None:
    fee, usage, negation = plan_hour(0)
    half = usage | {"lineItem/UnblendedCost": "0.5", "savingsPlan/SavingsPlanEffectiveCost": "0.3"}
    other = half | {"identity/LineItemId": "other"}

    conversion = convert(write_csv([fee, half, other, negation]))

    assert conversion.findings == ()


def test_a_size_flexible_reservation_is_counted_in_normalised_hours(
    write_csv: Write, cur_line: Line, convert: Convert, hourly: Rows
) -> None:
    reserved = {"reservation__ReservationARN": RESERVATION}
    usage = cur_line(
        "DiscountedUsage",
        cost="0",
        lineItem__NormalizedUsageAmount="4",
        reservation__EffectiveCost="0.06",
        **reserved,
    )
    fee = cur_line(
        "RIFee",
        cost="44.64",
        lineItem__UsageEndDate="2026-11-01T00:00:00Z",
        reservation__TotalReservedUnits="744",
        reservation__TotalReservedNormalizedUnits="2976",
        reservation__UnusedQuantity="743",
        reservation__UnusedNormalizedUnitQuantity="2972",
        reservation__UnusedRecurringFee="44.58",
        reservation__UnusedAmortizedUpfrontFeeForBillingPeriod="0",
        **reserved,
    )

    rows = hourly(convert(write_csv([usage, fee]), as_of=datetime(2026, 11, 1, tzinfo=UTC)))

    assert {row["commitment_unit"] for row in rows} == {"Normalized Hours"}
    assert [row["commitment_quantity"] for row in rows] == [4, 2972, 2976]
    assert sum(row["effective_cost"] for row in rows) == Decimal("44.64")


def test_a_reservation_is_unused_only_in_hours_the_bill_has_got_to(
    write_csv: Write, cur_line: Line, convert: Convert, hourly: Rows
) -> None:
    reserved = {"reservation__ReservationARN": RESERVATION}
    usage = cur_line("DiscountedUsage", 9, "0", reservation__EffectiveCost="0.1", **reserved)
    fee = cur_line(
        "RIFee",
        cost="37.2",
        lineItem__UsageEndDate="2026-10-31T23:59:59Z",
        reservation__TotalReservedUnits="744",
        reservation__UnusedQuantity="743",
        reservation__AmortizedUpfrontFeeForBillingPeriod="37.2",
        reservation__UnusedRecurringFee="37.15",
        reservation__UnusedAmortizedUpfrontFeeForBillingPeriod="37.15",
        **reserved,
    )

    (unused,) = hourly(convert(write_csv([usage, fee])), "commitment_status = 'Unused'")

    assert (unused["commitment_quantity"], unused["effective_cost"]) == (9, Decimal("0.9"))


def test_an_invoiced_month_has_no_hours_still_to_come(
    write_csv: Write, plan_hour: Lines, convert: Convert, hourly: Rows
) -> None:
    lines = [*plan_hour(0), *plan_hour(2, used="0")]
    bill = write_csv([line | {"bill/InvoiceId": "1740029"} for line in lines])

    conversion = convert(bill)

    assert unused(hourly(conversion)) == [(0, Decimal("0.4")), (2, Decimal(1))]
    assert (conversion.reached, conversion.invoiced) == (datetime(2026, 11, 1, tzinfo=UTC), True)


def test_a_one_time_reservation_fee_costs_nothing_now_but_other_fees_do(
    write_csv: Write, cur_line: Line, convert: Convert, hourly: Rows
) -> None:
    bill = write_csv(
        [
            cur_line("Fee", cost="500", reservation__ReservationARN=RESERVATION),
            cur_line("Fee", cost="12", lineItem__ProductCode="AmazonRoute53"),
        ]
    )

    rows = hourly(convert(bill), "charge_category = 'Purchase'")

    effective = {row["billed_cost"]: row["effective_cost"] for row in rows}
    assert effective == {500: 0, 12: 12}


@pytest.mark.parametrize(
    ("kind", "category"),
    [
        ("Tax", "Tax"),
        ("Credit", "Credit"),
        ("Refund", "Adjustment"),
        ("EdpDiscount", "Credit"),
        ("PrivateRateDiscount", "Credit"),
        ("BundledDiscount", "Credit"),
    ],
)
def test_taxes_credits_and_discounts_are_kept_apart(
    kind: str, category: str, write_csv: Write, cur_line: Line, convert: Convert, hourly: Rows
) -> None:
    (row,) = hourly(convert(write_csv([cur_line(kind, cost="-3")])))

    assert (row["charge_category"], row["charge_kind"]) == (category, kind)
    assert (row["billed_cost"], row["effective_cost"]) == (-3, -3)
    assert (row["pricing_category"], row["list_cost"]) == (None, None)


def test_a_line_type_nobody_knows_counts_and_is_told(
    write_csv: Write, cur_line: Line, convert: Convert
) -> None:
    conversion = convert(write_csv([cur_line("Surprise", cost="3")]))

    (finding,) = conversion.findings
    assert (finding.name, finding.difference) == ("unknown-line-types", Decimal(3))
    assert conversion.totals[0].charge_category == "Adjustment"


def test_net_columns_carry_the_private_discount_on_the_lines_it_lowers(
    write_csv: Write, cur_line: Line, plan_hour: Lines, convert: Convert, hourly: Rows
) -> None:
    fee, usage, negation = plan_hour(0)
    net_fee = {
        "savingsPlan/AmortizedUpfrontCommitmentForBillingPeriod": "0",
        "savingsPlan/RecurringCommitmentForBillingPeriod": "1",
        "savingsPlan/NetAmortizedUpfrontCommitmentForBillingPeriod": "0",
        "savingsPlan/NetRecurringCommitmentForBillingPeriod": "0.9",
    }
    bill = write_csv(
        [
            cur_line(cost="10", lineItem__NetUnblendedCost="9"),
            cur_line("EdpDiscount", cost="-1", lineItem__NetUnblendedCost="-1"),
            fee | net_fee,
            usage | {"savingsPlan/NetSavingsPlanEffectiveCost": "0.54"},
            negation,
        ]
    )

    rows = hourly(convert(bill))

    found = {(r["charge_kind"], r["commitment_status"]): r["effective_cost"] for r in rows}
    assert found["Usage", None] == 9
    assert found["EdpDiscount", None] == 0
    assert found["SavingsPlanCoveredUsage", "Used"] == Decimal("0.54")
    assert found["SavingsPlanRecurringFee", "Unused"] == Decimal("0.36")
    assert sum(r["billed_cost"] for r in rows) == 10


def test_split_lines_without_a_cost_of_their_own_are_kept(
    write_csv: Write, cur_line: Line, convert: Convert
) -> None:
    pod = cur_line(cost="", splitLineItem__ParentResourceId="i-1", splitLineItem__SplitCost="0.1")

    conversion = convert(write_csv([pod, cur_line(cost="")]))

    assert [refusal.reason for refusal in conversion.refusals] == [
        "lineItem/UnblendedCost is missing"
    ]
    assert conversion.rows_accepted == 1


def test_spot_usage_is_dynamic_and_lines_without_a_public_price_are_counted(
    write_csv: Write, cur_line: Line, convert: Convert, hourly: Rows
) -> None:
    spot = cur_line(lineItem__UsageType="SpotUsage:m5.2xlarge", product__instanceType="m5.2xlarge")

    (row,) = hourly(convert(write_csv([spot, spot])))

    assert row["pricing_category"] == "Dynamic"
    assert (row["instance_type"], row["family"], row["size"]) == ("m5.2xlarge", "m5", "2xlarge")
    assert (row["lines"], row["lines_without_list_cost"], row["list_cost"]) == (2, 2, None)


@pytest.mark.req("ING-10", part="CUR 2.0 with nested columns")
def test_nested_columns_of_cur_2_are_opened(tmp_path: Path, convert: Convert, hourly: Rows) -> None:
    start, end = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 1, 1, tzinfo=UTC)
    zoned, naive = pa.timestamp("ms", "UTC"), pa.timestamp("ms")
    text_map = pa.map_(pa.string(), pa.string())
    table = pa.table(
        {
            "bill_payer_account_id": ["011111111111"],
            "bill_billing_period_start_date": pa.array([start], zoned).cast(naive),
            "line_item_usage_account_id": pa.array([22222222222], pa.int64()),
            "line_item_line_item_type": ["Usage"],
            "line_item_usage_start_date": pa.array([start], zoned),
            "line_item_usage_end_date": pa.array([end], zoned),
            "line_item_currency_code": ["USD"],
            "line_item_unblended_cost": [0.1],
            "product_sku": ["SKU1"],
            "product": pa.array([[("operating_system", "Linux"), ("tenancy", "Shared")]], text_map),
            "resource_tags": pa.array([[("user_team", "a")]], text_map),
            "cost_category": pa.array([[("Owner", "b")]], text_map),
        }
    )
    pq.write_table(table, tmp_path / "bill.parquet")

    conversion = convert(tmp_path / "bill.parquet")

    (row,) = hourly(conversion)
    assert conversion.schema == "aws-cur-2.0"
    assert (row["platform"], row["tenancy"], row["sku_id"]) == ("Linux", "Shared", "SKU1")
    assert row["account_id"] == "022222222222"
    assert row["billed_cost"] == Decimal("0.1")
    tags = pq.read_table(conversion.directory / "tags.parquet").to_pylist()
    assert {(t["key"], t["value"]) for t in tags} == {("costCategory/Owner", "b"), ("team", "a")}


@pytest.mark.req("ING-14", part="impossible amounts")
def test_impossible_amounts_in_parquet_are_refused_by_row(tmp_path: Path, convert: Convert) -> None:
    table = pa.table(
        {
            "BilledCost": [1.0, float("nan"), float("inf"), 1e300],
            "EffectiveCost": [1.0] * 4,
            "ChargeCategory": ["Usage"] * 4,
            "ChargePeriodStart": ["2026-10-01T00:00:00Z"] * 4,
            "BillingCurrency": ["USD"] * 4,
        }
    )
    pq.write_table(table, tmp_path / "bill.parquet")

    conversion = convert(tmp_path / "bill.parquet")

    (refusal,) = conversion.refusals
    assert (refusal.reason, refusal.count, refusal.lines) == (
        "BilledCost is not an amount",
        3,
        (2, 3, 4),
    )
    assert (conversion.rows_read, conversion.rows_accepted) == (4, 1)
