"""Every Azure sample to the last digit: sums worked out again by hand from the same text."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from finops_ingestion.bills.command import run
from finops_ingestion.bills.conversion import Conversion
from finops_ingestion.bills.focus_file import focus_sql
from finops_ingestion.bills.totals import Costs, by_currency

AZURE = Path(__file__).parents[2] / "data" / "bills" / "azure"
# file, currency, and its columns for cost, prices in order of preference, quantity
SAMPLES: tuple[tuple[str, str, str, tuple[str, ...], str], ...] = (
    ("EA_AmortizedCost_Small.csv", "USD", "Cost", ("PayGPrice", "UnitPrice"), "Quantity"),
    (
        "opencost/headersets/Enterprise.csv",
        "CAD",
        "CostInBillingCurrency",
        ("PayGPrice", "UnitPrice"),
        "Quantity",
    ),
    (
        "opencost/headersets/PayAsYouGo.csv",
        "USD",
        "PreTaxCost",
        ("ResourceRate",),
        "UsageQuantity",
    ),
    (
        "opencost/headersets/YA.csv",
        "USD",
        "costInBillingCurrency",
        ("Ressourcensatz (ResourceRate)",),
        "UsageQuantity (UsageQuantity)",
    ),
    ("opencost/values/Template.csv", "XXX", "costinbillingcurrency", (), ""),
    ("opencost/values/VirtualMachine.csv", "XXX", "costinbillingcurrency", (), ""),
)

Convert = Callable[..., Conversion]
Rows = Callable[..., list[dict[str, Any]]]
pytestmark = pytest.mark.req("ING-10", part="Azure EA, pay-as-you-go and mixed exports")


def lines(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        yield from csv.DictReader(stream)


def exact(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("1e-12"), ROUND_HALF_UP)


def covered(line: Mapping[str, str]) -> bool:
    return bool(line.get("ReservationId") or line.get("benefitId"))


def list_cost(line: Mapping[str, str], prices: tuple[str, ...], quantity: str) -> Decimal:
    if not prices:
        return exact(Decimal(line["paygcostinbillingcurrency"]))
    price = next((Decimal(line[p]) for p in prices if Decimal(line[p])), Decimal(0))
    return exact(price * Decimal(line[quantity]))


@pytest.mark.parametrize(
    ("file", "currency", "cost", "prices", "quantity"), SAMPLES, ids=[row[0] for row in SAMPLES]
)
def test_a_sample_costs_what_its_lines_cost(
    file: str, currency: str, cost: str, prices: tuple[str, ...], quantity: str, convert: Convert
) -> None:
    found = list(lines(AZURE / file))
    costs = [exact(Decimal(line[cost])) for line in found]

    conversion = convert(AZURE / file)

    totals = sum(by_currency(conversion.totals)[currency].values(), Costs())
    assert (conversion.rows_read, conversion.rows_accepted) == (len(found), len(found))
    assert totals.effective_cost == sum(costs)
    assert totals.billed_cost == sum(
        amount for amount, line in zip(costs, found, strict=True) if not covered(line)
    )
    assert totals.list_cost == sum(list_cost(line, prices, quantity) for line in found)


def test_a_line_without_a_cost_is_refused_with_its_reason(convert: Convert) -> None:
    conversion = convert(AZURE / "opencost/headersets/BOM.csv")

    (refusal,) = conversion.refusals
    assert (refusal.count, refusal.lines) == (1, (2,))
    assert "is missing" in refusal.reason


def test_an_export_without_rows_is_an_empty_bill(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run([str(AZURE / "EA_NoRows.csv"), "--to", str(tmp_path), "--json"])

    body = json.loads(capsys.readouterr().out)
    assert (code, body["schema"], body["rows_read"], body["periods"]) == (0, "azure-ea", 0, [])


def test_the_command_sums_an_export_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run([str(AZURE / "EA_AmortizedCost_Small.csv"), "--to", str(tmp_path)])

    shown = capsys.readouterr().out
    assert code == 0
    assert shown.startswith("Azure EA cost export of Microsoft, 2023-09\nrows: 28 read, 28 acc")
    assert "15.797780136169" in shown
    assert "16.296932136637" in shown


def test_commitments_of_the_amortised_sample_are_named_and_counted(
    convert: Convert, hourly: Rows
) -> None:
    conversion = convert(AZURE / "EA_AmortizedCost_Small.csv")

    plan, reservation = hourly(conversion, "commitment_status = 'Used'")
    order = "/providers/Microsoft.Capacity/reservationOrders/a965d46f-aedf-4176-8ff1-2617943b8960"
    assert reservation["commitment_id"] == f"{order}/reservations/{reservation_of(reservation)}"
    assert (reservation["commitment_type"], plan["commitment_type"]) == (
        "Reservation",
        "Savings Plan",
    )
    assert (reservation["commitment_category"], plan["commitment_category"]) == ("Usage", "Spend")
    assert (reservation["commitment_unit"], plan["commitment_unit"]) == ("Hours", "USD")
    assert (reservation["usage_quantity"], reservation["commitment_quantity"]) == (8, 16)
    assert plan["commitment_quantity"] == plan["effective_cost"] == Decimal("0.006000000468")
    assert (reservation["list_cost"], reservation["effective_cost"]) == (
        Decimal("1.168"),
        Decimal("0.493152"),
    )
    assert (reservation["billed_cost"], plan["billed_cost"]) == (0, 0)


def reservation_of(row: Mapping[str, Any]) -> str:
    return str(row["commitment_id"]).rsplit("/", 1)[1]


def test_machines_are_told_from_the_additional_info(convert: Convert, hourly: Rows) -> None:
    conversion = convert(AZURE / "EA_AmortizedCost_Small.csv")

    (machine,) = hourly(conversion, "instance_type = 'Standard_DS2_v2'")
    assert (machine["family"], machine["size"], machine["platform"], machine["operation"]) == (
        "DSv2",
        "DS2_v2",
        "Canonical",
        "ComputeHR",
    )
    assert (machine["service"], machine["region"], machine["usage_type"]) == (
        "Virtual Machines",
        "eastus",
        "D2 v2/DS2 v2",
    )
    assert (str(machine["hour"]), machine["charge_span"]) == ("2023-09-22 00:00:00", "day")
    assert (machine["payer_account_id"], machine["provider"]) == ("8611537", "Microsoft")
    assert machine["account_id"] == "9ec51cfd-5ca7-4d76-8101-dd0a4abc5674"


def test_an_export_as_parquet_gives_the_same_as_its_csv(tmp_path: Path, convert: Convert) -> None:
    csv_file, parquet = AZURE / "EA_AmortizedCost_Small.csv", tmp_path / "export.parquet"
    typed = (
        "strptime(Date, '%m/%d/%Y')::DATE AS Date, Cost::DECIMAL(38, 18) AS Cost,"
        " Quantity::DOUBLE AS Quantity"
    )
    with duckdb.connect() as connection:
        connection.read_csv(str(csv_file), all_varchar=True).create_view("bill")
        typed_bill = f"SELECT * REPLACE ({typed}) FROM bill"  # noqa: S608 - our own text
        connection.execute(f"COPY ({typed_bill}) TO '{parquet}' (FORMAT parquet)")
    read = convert(csv_file).totals

    conversion = convert(parquet)

    assert (conversion.schema, conversion.rows_accepted) == ("azure-ea", 28)
    assert conversion.totals == read


def test_line_items_are_whole_focus_lines_with_resources_and_tags(convert: Convert) -> None:
    conversion = convert(AZURE / "EA_AmortizedCost_Small.csv")

    columns = "ResourceId, Tags, ProviderName, ChargePeriodStart, ChargePeriodEnd"
    view = f"SELECT {columns} FROM ({focus_sql(conversion.directory)})"  # noqa: S608 - our own text
    (line,) = duckdb.execute(f"{view} WHERE CommitmentDiscountType = 'Savings Plan'").fetchall()
    assert line[0].endswith("/virtualMachineScaleSets/aks-secretagent-37798712-vmss")
    assert json.loads(line[1])["aks-managed-poolName"] == "secretagent"
    assert (line[2], (line[4] - line[3]).days) == ("Microsoft", 1)


def test_what_no_row_fills_is_no_column(convert: Convert, tmp_path: Path) -> None:
    header, *found = (AZURE / "opencost/values/Template.csv").read_text().splitlines()
    whole = tmp_path / "whole.csv"
    whole.write_text("\n".join([header, found[0] + ",eastus", *found[1:]]) + "\n")

    assert convert(AZURE / "opencost/values/Template.csv").rows_refused == 0
    assert [refusal.count for refusal in convert(whole).refusals] == [86]
