"""Exports of Azure in a customer's container become revisions that stand."""

import csv
import gzip
import io
import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from tests.ingestion.clouds import AzureCustomer
from tests.ingestion.imports.clouds import collected
from tests.ingestion.reading import Told

from finops_common.contracts.ingestion import NOTICE

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


@pytest.mark.req("ING-10", part="Azure exports without partitions, which have no manifest")
@pytest.mark.req("ING-13", part="Azure: of runs without manifests the newest replaces the former")
@pytest.mark.req("ORG-40", part="ingestion: a bill that was given up")
async def test_every_run_without_a_manifest_replaces_the_one_before_unless_it_is_cut_short(
    azure: AzureCustomer, told: Told
) -> None:
    state, rows = azure.azure.state, lines()
    whole = gzip.compress(as_csv(rows))
    state.deliver_whole(azure.export, MONTH, as_csv(rows[:10]))
    bills = await collected(azure, azure.body())
    await bills.ask_for("2023-09")
    (first,) = await bills.ended(1)

    state.deliver_whole(azure.export, MONTH, whole[: len(whole) // 2], suffix=".csv.gz")
    await bills.ask_for("2023-09")
    damaged, _ = await bills.ended(2)
    kept = await bills.cost("2023-09-01", "2023-10-01")
    name = state.deliver_whole(azure.export, MONTH, whole, suffix=".csv.gz")
    await bills.ask_for("2023-09")
    done, *_ = await bills.ended(3)

    assert (first["state"], first["rows_read"]) == ("done", 10)
    assert (damaged["state"], damaged["code"]) == ("failed", "damaged-file")
    (notice,) = [each.data for each in await told(NOTICE, azure.organization, 1)]
    assert (notice.kind, notice.facts["cause"]) == ("collection.failed", "damaged-file")
    assert abs(kept - sum(Decimal(row["Cost"]) for row in rows[:10])) < Decimal("0.000001")
    assert (done["state"], done["rows_read"]) == ("done", len(rows))
    assert [file["name"] for file in await bills.files(done["id"])] == [name]


@pytest.mark.req("ING-14", part="row counts against the manifest, in imports")
async def test_rows_that_the_manifest_counts_and_the_files_lack_are_told(
    azure: AzureCustomer,
) -> None:
    state, export, rows = azure.azure.state, azure.export, lines()
    names = state.deliver(export, MONTH, parts(rows))
    folder = names[0].rsplit("/", 1)[0]
    blobs = [
        {"blobName": name, "byteCount": 1, "dataRowCount": count}
        for name, count in zip(names, (len(rows) // 2, len(rows)), strict=True)
    ]
    manifest = json.dumps({"blobs": blobs}).encode()
    state.put(export.storage_account, export.container, f"{folder}/manifest.json", manifest)
    bills = await collected(azure, azure.body())

    await bills.ask_for("2023-09")
    (done,) = await bills.ended(1)

    promised = len(rows) // 2 + len(rows)
    (told,) = [each for each in done["findings"] if each["name"] == "manifest-rows"]
    assert (told["difference"], done["rows_read"]) == (str(promised - len(rows)), len(rows))
    ledger = await bills.files(done["id"])
    assert sum(file["rows"] for file in ledger) == promised


@pytest.mark.req("ING-11", part="a range of months in one call, told which are there")
async def test_a_range_of_months_is_asked_for_at_once(azure: AzureCustomer) -> None:
    azure.azure.state.deliver(azure.export, MONTH, parts(lines()))
    bills = await collected(azure, azure.body())
    path = f"{azure.root}/billing-sources/{bills.source}/backfill"
    wanted = {"first": "2023-08", "last": "2023-10"}

    asked = (await azure.owner.post(path, wanted, expect=202))["items"]
    repeated = (await azure.owner.post(path, wanted, expect=202))["items"]
    (done,) = await bills.ended(1)
    after = (await azure.owner.post(path, wanted, expect=202))["items"]
    backwards = await azure.owner.ask("POST", path, {"first": "2023-10", "last": "2023-08"})

    told = [(each["period"], each["answer"]) for each in asked]
    missing = [("2023-08-01", "not_delivered"), ("2023-10-01", "not_delivered")]
    assert told == [missing[0], ("2023-09-01", "queued"), missing[1]]
    assert repeated[1]["answer"] in {"under_way", "stands"}
    assert (done["id"], done["cause"]) == (asked[1]["import_id"], "backfill")
    assert [each["answer"] for each in after] == ["not_delivered", "stands", "not_delivered"]
    assert backwards.status_code == 422


@pytest.mark.req("ING-11", part="of an account that cannot be read nothing is asked for")
async def test_a_range_cannot_be_asked_for_where_nothing_can_be_read(azure: AzureCustomer) -> None:
    azure.azure.state.deliver(azure.export, MONTH, parts(lines()))
    bills = await collected(azure, azure.body())
    path = f"{azure.root}/billing-sources/{bills.source}/backfill"
    azure.app.secret = "another"

    refused = await azure.owner.ask("POST", path, {"first": "2023-09", "last": "2023-09"})

    assert (refused.status_code, refused.json()["code"]) == (409, "not-connected")
    assert refused.json()["cause"] == "secret_wrong"
