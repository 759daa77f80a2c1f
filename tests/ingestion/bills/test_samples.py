"""Real and worked bills: what is read of each, and what is refused by name."""

import csv
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from finops_ingestion.bills.conversion import Conversion
from finops_ingestion.bills.detect import detect
from finops_ingestion.bills.refusals import BillRefusedError
from finops_ingestion.bills.totals import Costs, by_currency

BILLS = Path(__file__).parents[2] / "data" / "bills"
FULLY_USED = "focus/spec-1.2-examples/one_hundred_percent_utilization"

Convert = Callable[..., Conversion]

# file, schema, rows accepted, rows refused, billed cost
READ = (
    ("aws-cur/cur-legacy-anonymised-part1.csv", "aws-cur-legacy", 897, 0, "1.2561112515"),
    ("focus/focus-1.0-sample-part1.csv", "focus-1.0", 700, 0, "14.92148401015"),
    ("focus/generated/focus_1_2_cost_and_usage_aws.csv", "focus-1.2", 240, 0, "3789.137622557738"),
    ("focus/generated/focus_1_2_cost_and_usage_azure.csv", "focus-1.2", 240, 0, "5395.43237778888"),
    ("focus/generated/focus_1_2_cost_and_usage_gcp.csv", "focus-1.2", 240, 0, "7460.043509322798"),
    (
        "focus/generated/focus_1_3_cost_and_usage_aws.csv",
        "focus-1.3",
        240,
        0,
        "3998.778301187392",
    ),
    (
        "focus/generated/focus_1_3_cost_and_usage_azure.csv",
        "focus-1.3",
        240,
        0,
        "5291.159134060800000",
    ),
    (
        "focus/generated/focus_1_3_cost_and_usage_gcp.csv",
        "focus-1.3",
        240,
        0,
        "6315.799511512810000",
    ),
    (
        "focus/spec-1.2-examples/commitment_discount_purchase_scenario_1.csv",
        "focus-1.2",
        1,
        0,
        "8760",
    ),
    ("focus/spec-1.2-examples/commitment_discount_purchase_scenario_2.csv", "focus-1.2", 2, 1, "2"),
    ("focus/spec-1.2-examples/commitment_discount_usage_scenario_1.csv", "focus-1.2", 1, 0, "0"),
    ("focus/spec-1.2-examples/commitment_discount_usage_scenario_2.csv", "focus-1.2", 1, 0, "0"),
    ("focus/spec-1.2-examples/commitment_discount_usage_scenario_4.csv", "focus-1.2", 2, 0, "0.5"),
    (
        f"{FULLY_USED}_with_commitment_discount_flexibility_with_1_resource.csv",
        "focus-1.2",
        3,
        0,
        "2.75",
    ),
    (
        f"{FULLY_USED}_without_commitment_discount_flexibility.csv",
        "focus-1.2",
        2,
        0,
        "1.5",
    ),
    ("focus/spec-1.2-saas/saas_spend_agreements_a1.csv", "focus-1.2", 4, 0, "1200"),
    ("focus/spec-1.2-saas/saas_spend_agreements_a2.csv", "focus-1.2", 13, 0, "1200"),
    ("focus/spec-1.2-saas/simple_saas_agreements_a1.csv", "focus-1.2", 1, 0, "10000"),
    ("focus/spec-1.2-saas/simple_saas_agreements_a2.csv", "focus-1.2", 1, 0, "50000"),
    ("focus/spec-1.2-saas/simple_saas_agreements_c.csv", "focus-1.2", 3, 0, "35800"),
    ("focus/spec-1.2-saas/virtual_currency_pricing_model_a1.csv", "focus-1.2", 1, 0, "200000"),
    ("focus/spec-1.2-saas/virtual_currency_pricing_model_a2.csv", "focus-1.2", 3, 0, "0"),
    ("focus/spec-1.2-saas/virtual_currency_pricing_model_b1.csv", "focus-1.2", 1, 0, "100000"),
    ("focus/spec-1.2-saas/virtual_currency_pricing_model_b2.csv", "focus-1.2", 3, 0, "0"),
    ("focus/spec-1.2-saas/virtual_currency_pricing_model_c.csv", "focus-1.2", 2, 0, "53000"),
    ("azure/EA_AmortizedCost_Small.csv", "azure-ea", 28, 0, "15.797780136169"),
    ("azure/EA_NoRows.csv", "azure-ea", 0, 0, "0"),
    ("azure/opencost/headersets/BOM.csv", "azure-payg", 0, 1, "0"),
    ("azure/opencost/headersets/Enterprise.csv", "azure-ea", 1, 0, "0"),
    ("azure/opencost/headersets/PayAsYouGo.csv", "azure-payg", 1, 0, "0.075"),
    ("azure/opencost/headersets/YA.csv", "azure-payg", 1, 0, "0.075"),
    ("azure/opencost/values/Template.csv", "azure-mca", 87, 0, "16.393506212225"),
    ("azure/opencost/values/VirtualMachine.csv", "azure-mca", 1, 0, "4"),
    (
        "gcp/gcp-billing-export-flattened-generated-2026-10.csv.gz",
        "gcp-billing-export",
        576,
        0,
        "2.446943031488",
    ),
)

REFUSED = {
    "focus/generated/focus_1_3_contract_commitment_aws.csv": "FOCUS contract commitment dataset",
    "focus/generated/focus_1_3_contract_commitment_azure.csv": "FOCUS contract commitment dataset",
    "focus/generated/focus_1_3_contract_commitment_gcp.csv": "FOCUS contract commitment dataset",
}


@pytest.mark.req("ING-10", part="legacy CUR, Azure, Google Cloud, FOCUS 1.0 to 1.3 files")
@pytest.mark.parametrize(
    ("file", "schema", "accepted", "refused", "billed"), READ, ids=[row[0] for row in READ]
)
def test_a_supported_bill_is_read_to_the_last_row(
    file: str, schema: str, accepted: int, refused: int, billed: str, convert: Convert
) -> None:
    conversion = convert(BILLS / file)

    assert conversion.schema == schema
    assert (conversion.rows_accepted, conversion.rows_refused) == (accepted, refused)
    assert conversion.rows_read == accepted + refused
    costs = [c for found in by_currency(conversion.totals).values() for c in found.values()]
    assert sum(costs, Costs()).billed_cost == Decimal(billed)


@pytest.mark.req("ING-14", part="unknown provider refused, named")
@pytest.mark.parametrize(("file", "name"), REFUSED.items(), ids=list(REFUSED))
def test_what_we_cannot_read_yet_is_refused_by_its_name(
    file: str, name: str, convert: Convert
) -> None:
    with pytest.raises(BillRefusedError, match=name) as refusal:
        convert(BILLS / file)

    assert refusal.value.code == "schema-not-supported"
    assert Path(file).name in str(refusal.value)


def test_every_sample_is_either_read_or_refused() -> None:
    files = {str(p.relative_to(BILLS)) for p in BILLS.rglob("*") if p.suffix in {".csv", ".gz"}}

    assert files == {row[0] for row in READ} | set(REFUSED)


def test_one_bill_of_several_providers_keeps_them_apart(convert: Convert) -> None:
    conversion = convert(BILLS / "focus/focus-1.0-sample-part1.csv")

    assert conversion.providers == ("AWS", "Microsoft", "Oracle")
    assert [period.name for period in conversion.periods] == ["2024-09", "2024-10"]


def test_an_unknown_bill_is_refused_with_its_columns(convert: Convert, tmp_path: Path) -> None:
    bill = tmp_path / "stranger.csv"
    bill.write_text("Kunde,Betrag,Monat\n1,2,3\n")

    with pytest.raises(BillRefusedError, match=r"stranger\.csv.*Kunde, Betrag, Monat") as refusal:
        convert(bill)

    assert refusal.value.code == "schema-unknown"


@pytest.mark.parametrize(
    ("more", "schema"),
    [
        ((), "focus-1.0"),
        (("BillingAccountType", "SubAccountType", "x_PricingCurrency"), "focus-1.0"),
        (("SkuMeter",), "focus-1.2"),
        (("InvoiceId", "PricingCurrency"), "focus-1.2"),
        (("InvoiceId", "ServiceProviderName", "HostProviderName"), "focus-1.3"),
    ],
    ids=["plain", "as Microsoft writes 1.0", "1.1", "1.2", "1.3"],
)
def test_the_version_of_focus_is_told_by_its_columns(more: tuple[str, ...], schema: str) -> None:
    core = ("BilledCost", "EffectiveCost", "ChargeCategory", "ChargePeriodStart", "ProviderName")

    assert detect((*core, *more), Path("bill.csv")).name == schema


@pytest.mark.req("ING-10", part="FOCUS 1.4 cost and usage")
def test_focus_1_4_without_the_columns_it_dropped_reads_as_1_3(
    convert: Convert, tmp_path: Path
) -> None:
    older = BILLS / "focus/generated/focus_1_3_cost_and_usage_aws.csv"
    newer = tmp_path / "newer.csv"
    with older.open(newline="") as source, newer.open("w", newline="") as target:
        rows = list(csv.DictReader(source))
        kept = [name for name in rows[0] if name not in {"ProviderName", "PublisherName"}]
        writer = csv.DictWriter(target, kept, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)

    expected, found = convert(older), convert(newer)

    assert (expected.schema, found.schema) == ("focus-1.3", "focus-1.4")
    assert found.providers == ("AWS",)
    assert by_currency(found.totals) == by_currency(expected.totals)


def test_columns_of_cur_are_legacy_with_slashes_and_2_0_without() -> None:
    slashed = ("lineItem/LineItemType", "lineItem/UnblendedCost")
    athena = ("line_item_line_item_type", "line_item_unblended_cost")

    names = [
        detect(columns, Path("bill")).name
        for columns in (slashed, (*athena, "product_product_name"), (*athena, "product"))
    ]

    assert names == ["aws-cur-legacy", "aws-cur-legacy", "aws-cur-2.0"]
