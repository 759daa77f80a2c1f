"""What `convert` gives people: a FOCUS 1.2 file that keeps the specification's own rules."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from finops_ingestion.bills.command import run
from finops_ingestion.bills.conversion import Conversion
from finops_ingestion.bills.focus_file import COLUMNS

DATA = Path(__file__).parents[2] / "data"
BILLS = {
    "AWS": DATA / "aws-cur" / "golden" / "golden-1-legacy-cur.csv",
    "AWS, real": DATA / "bills" / "aws-cur" / "cur-legacy-anonymised-part1.csv",
    "Azure": DATA / "bills" / "azure" / "EA_AmortizedCost_Small.csv",
    "GCP": DATA / "bills" / "gcp" / "gcp-billing-export-flattened-generated-2026-10.csv.gz",
    "FOCUS": DATA / "bills" / "focus" / "focus-1.0-sample-part1.csv",
}
CATEGORIES = {
    "AI and Machine Learning", "Analytics", "Business Applications", "Compute", "Databases",
    "Developer Tools", "Identity", "Integration", "Internet of Things", "Management and Governance",
    "Media", "Migration", "Mobile", "Multicloud", "Networking", "Security", "Storage", "Web",
    "Other",
}  # fmt: skip
ALWAYS = (
    "BilledCost", "BillingAccountId", "BillingCurrency", "BillingPeriodEnd", "BillingPeriodStart",
    "ChargeCategory", "ChargeDescription", "ChargeFrequency", "ChargePeriodEnd",
    "ChargePeriodStart", "ContractedCost", "EffectiveCost", "InvoiceIssuerName", "ListCost",
    "ProviderName", "PublisherName", "ServiceCategory", "ServiceName", "ServiceSubcategory",
)  # fmt: skip
WRONG = {
    "a tax with price or quantity": "ChargeCategory = 'Tax' AND (PricingQuantity IS NOT NULL"
    " OR ListUnitPrice IS NOT NULL OR ContractedUnitPrice IS NOT NULL OR SkuPriceId IS NOT NULL)",
    "usage or a purchase without quantity": "ChargeCategory IN ('Usage', 'Purchase')"
    " AND (PricingQuantity IS NULL OR PricingUnit IS NULL)",
    "a price that does not give its cost": "abs(ListUnitPrice * PricingQuantity - ListCost)"
    " > 1e-12 * greatest(1, abs(PricingQuantity))",
    "a contracted price that does not give its cost": "abs(ContractedUnitPrice * PricingQuantity"
    " - ContractedCost) > 1e-12 * greatest(1, abs(PricingQuantity))",
    "a price less than nothing": "ListUnitPrice < 0 OR ContractedUnitPrice < 0",
    "something consumed that is not used": "ConsumedQuantity IS NOT NULL"
    " AND (ChargeCategory <> 'Usage' OR CommitmentDiscountStatus = 'Unused')",
    "a purchase by usage": "ChargeCategory = 'Purchase' AND ChargeFrequency = 'Usage-Based'",
    "a resource without type, or a type without resource": "(ResourceId IS NULL)"
    " <> (ResourceType IS NULL)",
    "a commitment without category": "CommitmentDiscountId IS NOT NULL"
    " AND CommitmentDiscountCategory IS NULL",
    "used or unused nothing": "CommitmentDiscountId IS NULL"
    " AND CommitmentDiscountStatus IS NOT NULL",
    "a meter without SKU": "SkuId IS NULL AND (SkuMeter IS NOT NULL OR SkuPriceId IS NOT NULL)",
}


@pytest.fixture(scope="module", params=BILLS)
def bill(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that a bill was converted into, as a person would."""
    folder = tmp_path_factory.mktemp("converted")
    assert run([str(BILLS[request.param]), "--to", str(folder)]) == 0
    return folder


def ask(folder: Path, text: str) -> list[tuple[Any, ...]]:
    source = f"read_parquet('{folder}/focus/*/*.parquet', hive_partitioning = false)"
    return duckdb.sql(text.replace("FROM bill", f"FROM {source}")).fetchall()


@pytest.mark.req("ING-10", part="convert gives all columns of FOCUS 1.2, each with its type")
def test_a_converted_bill_has_all_columns_of_focus(bill: Path) -> None:
    (first, *_) = sorted((bill / "focus").glob("*/*.parquet"))

    schema = pq.read_schema(first)

    assert schema.names == list(COLUMNS)
    standard = [name for name in COLUMNS if not name.startswith("x_")]
    assert len(standard) == 57
    assert standard == sorted(standard)
    assert {str(schema.field(name).type) for name in ("BilledCost", "ListUnitPrice")} == {
        "decimal128(38, 12)"
    }
    assert str(schema.field("SubAccountId").type) == "string"


@pytest.mark.req("ING-14", part="a converted bill keeps FOCUS's own rules")
@pytest.mark.parametrize("wrong", WRONG)
def test_no_line_breaks_a_rule_of_focus(bill: Path, wrong: str) -> None:
    found = ask(bill, f"SELECT * FROM bill WHERE {WRONG[wrong]} LIMIT 3")  # noqa: S608 - our own

    assert found == []


@pytest.mark.req("ING-14", part="a converted bill keeps FOCUS's own rules")
def test_what_focus_wants_of_every_line_is_there(bill: Path) -> None:
    missing = ", ".join(f"count(*) FILTER ({name} IS NULL)" for name in ALWAYS)
    (counts,) = ask(bill, f"SELECT {missing} FROM bill")  # noqa: S608 - our own

    assert dict(zip(ALWAYS, counts, strict=True)) == dict.fromkeys(ALWAYS, 0)
    categories = {row[0] for row in ask(bill, "SELECT DISTINCT ServiceCategory FROM bill")}
    assert categories <= CATEGORIES
    assert categories - {"Other"}


@pytest.mark.req("ING-10", part="the FOCUS file costs what the bill does")
@pytest.mark.parametrize("name", BILLS)
def test_the_file_costs_what_the_bill_does(name: str, convert: Callable[..., Conversion]) -> None:
    conversion = convert(BILLS[name], focus=True)

    sums = "sum(BilledCost), sum(EffectiveCost)"
    ((billed, effective),) = ask(conversion.directory, f"SELECT {sums} FROM bill")  # noqa: S608 - our own

    totals = [total.costs for total in conversion.totals]
    assert billed == sum((each.billed_cost for each in totals), Decimal(0))
    assert effective == sum((each.effective_cost for each in totals), Decimal(0))


def test_a_price_that_no_amount_holds_is_left_out(
    write_csv: Callable[..., Path],
    focus_line: Callable[..., dict[str, object]],
    convert: Callable[..., Conversion],
) -> None:
    line = focus_line(
        ListCost="999999999999999", ConsumedQuantity="0.000000000001", ConsumedUnit="GB"
    )

    conversion = convert(write_csv([line]), focus=True)

    assert conversion.refusals == ()
    ((cost, price),) = ask(conversion.directory, "SELECT ListCost, ListUnitPrice FROM bill")
    assert (cost, price) == (Decimal(10**15 - 1), None)


@pytest.mark.parametrize(
    ("cost", "quantity", "price"),
    [
        ("98765.123456789012", "1", "98765.123456789012"),
        ("0.000000000001", "1000", None),
        ("3", "2", "1.5"),
    ],
)
def test_a_price_is_that_of_one_or_none_at_all(
    cost: str,
    quantity: str,
    price: str | None,
    write_csv: Callable[..., Path],
    focus_line: Callable[..., dict[str, object]],
    convert: Callable[..., Conversion],
) -> None:
    line = focus_line(ListCost=cost, ConsumedQuantity=quantity, ConsumedUnit="GB")

    conversion = convert(write_csv([line]), focus=True)

    ((found,),) = ask(conversion.directory, "SELECT ListUnitPrice FROM bill")
    assert found == (None if price is None else Decimal(price))


def test_imports_and_hourly_conversions_write_no_focus_file(
    tmp_path: Path, convert: Callable[..., Conversion]
) -> None:
    conversion = convert(BILLS["AWS"])
    hourly = tmp_path / "hourly-only"

    run([str(BILLS["AWS"]), "--to", str(hourly), "--hourly-only"])

    assert not (conversion.directory / "focus").exists()
    assert not (hourly / "focus").exists()


NAMES = "BillingAccountName, SubAccountName, InvoiceId"


def names_in(folder: Path) -> set[tuple[str | None, ...]]:
    return set(ask(folder, f"SELECT DISTINCT {NAMES} FROM bill"))  # noqa: S608 - our own


@pytest.mark.req("ING-10", part="convert keeps the names of accounts and the invoice")
def test_names_of_accounts_and_invoices_are_kept_where_a_bill_says_them(
    write_csv: Callable[..., Path],
    focus_line: Callable[..., dict[str, object]],
    convert: Callable[..., Conversion],
) -> None:
    told = {"BillingAccountName": "Holding", "SubAccountName": "shop", "InvoiceId": "INV-1"}
    told["SubAccountId"] = "022222222222"
    other = {**told, "SubAccountName": "NULL", "InvoiceId": ""}
    nobody = {**told, "SubAccountId": "", "SubAccountName": "nobody's"}

    conversion = convert(
        write_csv([focus_line(**told), focus_line(**other), focus_line(**nobody)]), focus=True
    )

    assert names_in(conversion.directory) == {
        ("Holding", "shop", "INV-1"),
        ("Holding", None, None),
        ("Holding", None, "INV-1"),
    }


@pytest.mark.req("ING-10", part="convert keeps the names of accounts and the invoice")
def test_names_of_a_cur_stand_on_each_of_its_lines(
    write_csv: Callable[..., Path],
    cur_line: Callable[..., dict[str, object]],
    convert: Callable[..., Conversion],
) -> None:
    payer = {"bill/PayerAccountName": "Holding", "bill/InvoiceId": "42"}
    first = cur_line(**payer, lineItem__UsageAccountName="shop")
    second = cur_line(hour=1, **payer, lineItem__UsageAccountName="mail")

    conversion = convert(write_csv([first, second]), focus=True)

    assert names_in(conversion.directory) == {("Holding", "shop", "42"), ("Holding", "mail", "42")}


@pytest.mark.req("ING-10", part="convert keeps the names of accounts and the invoice")
@pytest.mark.parametrize("name", ["Azure", "GCP", "FOCUS"])
def test_names_of_other_clouds_are_the_bills_own(
    name: str, convert: Callable[..., Conversion]
) -> None:
    columns = {
        "Azure": ("BillingAccountName", "SubscriptionName"),
        "GCP": ("NULL", '"project.name"'),
        "FOCUS": ("BillingAccountName", "SubAccountName"),
    }[name]
    shown = ", ".join(f"nullif({each}, 'NULL')" for each in columns)
    bill = f"read_csv('{BILLS[name]}', all_varchar = true)"
    stated = set(duckdb.sql(f"SELECT DISTINCT {shown} FROM {bill}").fetchall())  # noqa: S608 - our own

    conversion = convert(BILLS[name], focus=True)

    found = {each[:2] for each in names_in(conversion.directory)}
    assert found == stated
    assert found != {(None, None)}
