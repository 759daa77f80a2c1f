"""Azure exports line by line: agreements, spellings, commitments, and what each view can say."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finops_ingestion.bills.conversion import Conversion
from finops_ingestion.bills.detect import detect
from finops_ingestion.bills.refusals import BillRefusedError
from finops_ingestion.bills.totals import Costs, by_currency

Convert = Callable[..., Conversion]
Rows = Callable[..., list[dict[str, Any]]]
Write = Callable[..., Path]
Line = dict[str, object]

ORDER = "a965d46f-aedf-4176-8ff1-2617943b8960"
RESERVATION = "f39d1c73-af74-4308-9083-fbf5efab37d1"
PLAN = "/providers/Microsoft.BillingBenefits/savingsPlanOrders/1/savingsPlans/2"
RESERVED: Line = {
    "PricingModel": "Reservation",
    "ReservationId": RESERVATION,
    "ProductOrderId": ORDER,
}
PLANNED: Line = {"PricingModel": "SavingsPlan", "benefitId": PLAN}

pytestmark = pytest.mark.req("ING-10", part="Azure EA, MCA and pay-as-you-go exports")


def an_ea_line(**more: object) -> Line:
    return {
        "BillingAccountId": "0086115",
        "AccountOwnerId": "owner@example.com",
        "BillingPeriodStartDate": "10/01/2026",
        "SubscriptionId": "9ec51cfd-5ca7-4d76-8101-dd0a4abc5674",
        "Date": "10/05/2026",
        "MeterCategory": "Virtual Machines",
        "MeterName": "D2s v5",
        "MeterId": "14fc9a21",
        "Quantity": "24",
        "UnitOfMeasure": "1 Hour",
        "EffectivePrice": "0.1",
        "Cost": "2.4",
        "UnitPrice": "0.1",
        "PayGPrice": "0.12",
        "BillingCurrency": "USD",
        "ResourceLocation": "EastUS",
        "AdditionalInfo": '{"ServiceType":"Standard_D2s_v5"}',
        "Tags": "",
        "ChargeType": "Usage",
        "PricingModel": "OnDemand",
        "ReservationId": "",
        "ProductOrderId": "",
        "benefitId": "",
        **more,
    }


def an_mca_line(**more: object) -> Line:
    return {
        "invoiceId": "",
        "billingAccountId": "abc:def_2019-05-31",
        "billingPeriodStartDate": "10/01/2026",
        "date": "10/05/2026",
        "meterCategory": "Virtual Machines",
        "meterName": "D2s v5",
        "subscriptionId": "9ec51cfd",
        "quantity": "10",
        "unitOfMeasure": "1 Hour",
        "chargeType": "Usage",
        "billingCurrency": "EUR",
        "pricingCurrency": "USD",
        "costInBillingCurrency": "0.9",
        "costInUsd": "1",
        "exchangeRatePricingToBilling": "0.9",
        "PayGPrice": "0.2",
        "unitPrice": "0.1",
        "pricingModel": "OnDemand",
        "reservationId": "",
        "benefitId": "",
        **more,
    }


def costs(conversion: Conversion, currency: str = "USD") -> Costs:
    return sum(by_currency(conversion.totals)[currency].values(), Costs())


def test_prices_of_an_mca_bill_are_turned_into_its_billing_currency(
    write_csv: Write, convert: Convert
) -> None:
    conversion = convert(write_csv([an_mca_line()]))

    assert (conversion.schema, conversion.rows_accepted) == ("azure-mca", 1)
    assert costs(conversion, "EUR") == Costs(
        Decimal("0.9"), Decimal("0.9"), Decimal("1.8"), Decimal("0.9")
    )


def test_an_mca_price_without_a_rate_is_no_list_cost(
    write_csv: Write, convert: Convert, hourly: Rows
) -> None:
    (row,) = hourly(convert(write_csv([an_mca_line(exchangeRatePricingToBilling="")])))

    assert (row["list_cost"], row["lines_without_list_cost"]) == (None, 1)
    assert row["billed_cost"] == Decimal("0.9")


def test_the_public_cost_a_bill_gives_is_taken_before_any_price(
    write_csv: Write, convert: Convert
) -> None:
    conversion = convert(write_csv([an_mca_line(paygCostInBillingCurrency="1.85")]))

    assert costs(conversion, "EUR").list_cost == Decimal("1.85")


def test_the_amortised_view_shows_used_and_unused_commitment_at_its_cost(
    write_csv: Write, convert: Convert, hourly: Rows
) -> None:
    bill = write_csv(
        [
            an_ea_line(**RESERVED, Cost="1.5", PayGPrice="0"),
            an_ea_line(**RESERVED, ChargeType="UnusedReservation", Cost="0.5", Quantity="8"),
            an_ea_line(**PLANNED, ChargeType="UnusedSavingsPlan", Cost="0.25"),
            an_ea_line(),
        ]
    )

    conversion = convert(bill)

    (used,) = hourly(conversion, "commitment_status = 'Used'")
    (unused,) = hourly(conversion, "charge_kind = 'UnusedReservation'")
    assert (used["commitment_type"], unused["commitment_status"]) == ("Reservation", "Unused")
    assert used["commitment_id"] == unused["commitment_id"]
    assert (used["billed_cost"], used["effective_cost"]) == (0, Decimal("1.5"))
    assert (unused["billed_cost"], unused["effective_cost"]) == (0, Decimal("0.5"))
    assert (unused["usage_quantity"], unused["commitment_quantity"]) == (None, 8)
    assert (used["list_cost"], unused["list_cost"]) == (Decimal("2.4"), None)
    (plan,) = hourly(conversion, "commitment_type = 'Savings Plan'")
    assert (plan["commitment_status"], plan["charge_category"]) == ("Unused", "Usage")
    assert (plan["effective_cost"], plan["commitment_unit"]) == (Decimal("0.25"), "USD")
    assert conversion.findings == ()
    assert costs(conversion).billed_cost == Decimal("2.4")


def test_the_actual_view_shows_purchases_and_free_usage_and_says_so(
    write_csv: Write, convert: Convert, hourly: Rows
) -> None:
    bill = write_csv(
        [
            an_ea_line(**RESERVED, ChargeType="Purchase", Cost="876", Quantity="1"),
            an_ea_line(**RESERVED, ChargeType="Refund", Cost="-76", Quantity="1"),
            an_ea_line(**RESERVED, Cost="0"),
        ]
    )

    conversion = convert(bill)

    (bought,) = hourly(conversion, "charge_category = 'Purchase'")
    (returned,) = hourly(conversion, "charge_category = 'Adjustment'")
    (usage,) = hourly(conversion, "charge_category = 'Usage'")
    assert (bought["billed_cost"], bought["pricing_category"]) == (876, "Standard")
    assert (bought["list_cost"], bought["commitment_quantity"]) == (None, None)
    assert (returned["billed_cost"], returned["charge_kind"]) == (-76, "Refund")
    assert (usage["effective_cost"], usage["pricing_category"]) == (0, "Committed")
    assert bought["commitment_id"] == returned["commitment_id"] == usage["commitment_id"]
    assert [finding.name for finding in conversion.findings] == ["azure-actual-view"]
    assert conversion.findings[0].difference == 24


@pytest.mark.parametrize("bought", [True, False], ids=["bought this month", "bought before"])
def test_both_views_in_one_conversion_are_refused(
    bought: bool, write_csv: Write, convert: Convert, tmp_path: Path
) -> None:
    purchase = [an_ea_line(**RESERVED, ChargeType="Purchase", Cost="876")] if bought else []
    actual = write_csv([an_ea_line(), an_ea_line(**RESERVED, Cost="0"), *purchase], "actual.csv")
    amortised = write_csv([an_ea_line(), an_ea_line(**RESERVED, Cost="1.5")], "amortised.csv")

    with pytest.raises(BillRefusedError, match="one by one") as refusal:
        convert(actual, amortised)

    assert refusal.value.code == "azure-views-mixed"
    assert list((tmp_path / "out").glob("*")) == []


@pytest.mark.parametrize(
    ("kind", "category"),
    [
        ("Usage", "Usage"),
        ("usage", "Usage"),
        ("Purchase", "Purchase"),
        ("Tax", "Tax"),
        ("Credit", "Credit"),
        ("RoundingAdjustment", "Adjustment"),
        ("Adjustment", "Adjustment"),
    ],
)
def test_charge_types_are_said_in_focus_categories(
    kind: str, category: str, write_csv: Write, convert: Convert, hourly: Rows
) -> None:
    conversion = convert(write_csv([an_ea_line(ChargeType=kind, Cost="-0.01")]))

    (row,) = hourly(conversion)
    assert row["charge_category"] == category
    assert row["billed_cost"] == row["effective_cost"] == Decimal("-0.01")
    assert conversion.findings == ()


def test_a_charge_type_nobody_knows_counts_as_adjustment_and_is_named(
    write_csv: Write, convert: Convert
) -> None:
    conversion = convert(write_csv([an_ea_line(ChargeType="Gift", Cost="3")]))

    (finding,) = conversion.findings
    assert ("Gift" in finding.meaning, finding.difference) == (True, Decimal(3))


def test_old_exports_without_a_pricing_model_name_the_commitment_only(
    write_csv: Write, convert: Convert, hourly: Rows
) -> None:
    old = an_ea_line(**{**RESERVED, "ProductOrderId": ""}, Cost="1")
    old.pop("PricingModel")

    (row,) = hourly(convert(write_csv([old])))

    assert (row["commitment_id"], row["commitment_status"]) == (RESERVATION, "Used")
    assert (row["billed_cost"], row["effective_cost"]) == (0, 1)


@pytest.mark.parametrize(
    ("model", "meter", "category"),
    [
        ("Spot", "D2s v5", "Dynamic"),
        ("", "D2s v5 Spot", "Dynamic"),
        ("", "D2s v5", "Standard"),
        ("OnDemand", "D2s v5", "Standard"),
    ],
)
def test_spot_is_told_by_the_pricing_model_or_by_the_meter(
    model: str, meter: str, category: str, write_csv: Write, convert: Convert, hourly: Rows
) -> None:
    (row,) = hourly(convert(write_csv([an_ea_line(PricingModel=model, MeterName=meter)])))

    assert row["pricing_category"] == category


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"Cost": "NaN"}, "Cost is not an amount"),
        ({"Cost": ""}, "CostInBillingCurrency or Cost or ExtendedCost is missing"),
        ({"Date": "02/30/2026"}, "Date is not a date and time"),
        ({"Date": ""}, "Date is missing"),
        ({"BillingCurrency": ""}, "BillingCurrency is missing"),
        ({"BillingAccountId": ""}, "BillingAccountId or EnrollmentNumber is missing"),
        ({"ChargeType": ""}, "ChargeType is missing"),
    ],
)
@pytest.mark.req("ING-14", part="impossible dates and amounts, row numbers and reasons")
def test_a_bad_row_is_refused_with_reason_and_line_and_the_rest_goes_on(
    wrong: Line, reason: str, write_csv: Write, convert: Convert
) -> None:
    conversion = convert(write_csv([an_ea_line(), an_ea_line(**wrong), an_ea_line(Cost="1")]))

    (refusal,) = conversion.refusals
    assert (refusal.reason, refusal.count, refusal.lines) == (reason, 1, (3,))
    assert costs(conversion).billed_cost == Decimal("3.4")


def test_a_price_too_large_to_be_one_leaves_the_cost_standing(
    write_csv: Write, convert: Convert, hourly: Rows
) -> None:
    bill = write_csv([an_ea_line(PayGPrice="99999999999999", Quantity="99999999999999")])

    (row,) = hourly(convert(bill))

    assert (row["list_cost"], row["billed_cost"]) == (None, Decimal("2.4"))


@pytest.mark.parametrize(
    ("columns", "schema"),
    [
        ("MeterCategory,PartNumber,CostInBillingCurrency,BillingAccountId", "azure-ea"),
        ("Meter Category,AccountOwnerId,ExtendedCost,Consumed Quantity", "azure-ea"),
        ("meterCategory,costInBillingCurrency,pricingCurrency,partnerName", "azure-mca"),
        ("MeterCategory,PreTaxCost,SubscriptionGuid", "azure-payg"),
    ],
)
def test_the_agreement_is_told_by_its_columns(columns: str, schema: str) -> None:
    assert detect(columns.split(","), Path("bill.csv")).name == schema


@pytest.mark.req("ING-14", part="unknown provider refused, named")
def test_an_export_without_costs_is_refused_by_name() -> None:
    with pytest.raises(BillRefusedError, match="Azure cost export of another kind"):
        detect(["SubscriptionId", "MeterId", "Quantity"], Path("usage.csv"))


def test_a_commitment_that_nothing_used_is_no_sign_of_two_views(
    write_csv: Write, convert: Convert
) -> None:
    idle = an_ea_line(**RESERVED, ChargeType="UnusedReservation", Cost="0.5")

    conversion = convert(write_csv([idle, an_ea_line(), an_ea_line(ChargeType="Purchase")]))

    assert (conversion.rows_accepted, conversion.findings) == (3, ())
