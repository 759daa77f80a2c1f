"""Exports of Azure in a customer's container become revisions that stand."""

import csv
import io
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from tests.ingestion.clouds import AzureCustomer
from tests.ingestion.imports.clouds import collected

pytestmark = pytest.mark.timeout(180)
SAMPLE = Path(__file__).parents[2] / "data" / "bills" / "azure" / "EA_AmortizedCost_Small.csv"
MONTH = date(2023, 9, 1)


def lines() -> list[dict[str, str]]:
    with SAMPLE.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def as_csv(rows: Iterable[dict[str, str]]) -> bytes:
    """As an export writes them."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(lines()[0]))
    writer.writeheader()
    writer.writerows(rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def parts(rows: list[dict[str, str]]) -> dict[str, bytes]:
    """One delivery in two files."""
    half = len(rows) // 2
    return {"part_0_0001.csv": as_csv(rows[:half]), "part_1_0001.csv": as_csv(rows[half:])}


@pytest.mark.req("ING-10", part="Azure cost exports from Blob storage, several files, manifest")
@pytest.mark.req("ING-12", part="ledger of files, from Azure")
async def test_a_delivered_month_is_imported_once_and_costs_what_the_export_says(
    azure: AzureCustomer,
) -> None:
    names = azure.azure.state.deliver(azure.export, MONTH, parts(lines()))
    expected = sum(Decimal(line["Cost"]) for line in lines())
    bills = await collected(azure, azure.body())

    await bills.ask_for("2023-09")
    (done,) = await bills.ended(1)
    await bills.ask_for("2023-09")

    assert (done["state"], done["rows_read"]) == ("done", len(lines())), done
    ledger = await bills.files(done["id"])
    assert [file["name"] for file in ledger] == sorted(names)
    assert abs(await bills.cost("2023-09-01", "2023-10-01") - expected) < Decimal("0.000001")
    assert len(await bills.ended(1)) == 1


@pytest.mark.req("ING-13", part="Azure: a newer run replaces the former one")
async def test_the_newest_run_of_an_export_counts_and_one_that_is_being_written_does_not(
    azure: AzureCustomer,
) -> None:
    state, rows = azure.azure.state, lines()
    state.deliver(azure.export, MONTH, parts(rows[:10]))
    bills = await collected(azure, azure.body())
    await bills.ask_for("2023-09")
    await bills.ended(1)

    state.deliver(azure.export, MONTH, parts(rows))
    await bills.ask_for("2023-09")

    newest, _ = await bills.ended(2)
    assert (newest["state"], newest["rows_read"]) == ("done", len(rows))
