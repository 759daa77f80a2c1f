"""Manifests of Azure exports: the newest delivery of each, whole, and one view at a time."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from finops_ingestion.bills.collect import collect
from finops_ingestion.bills.conversion import Conversion
from finops_ingestion.bills.refusals import BillRefusedError

HEADER = "SubscriptionGuid,UsageDateTime,MeterCategory,PreTaxCost,Currency"
LINE = "00a1,2026-10-05,Storage,0.5,USD"

Convert = Callable[..., Conversion]
pytestmark = pytest.mark.req("ING-10", part="manifests of Azure exports")


def a_run(
    folder: Path,
    rows: int = 2,
    *,
    submitted: str = "2026-10-06T01:00:00Z",
    start: str = "2026-10-01T00:00:00",
    view: str = "ActualCost",
    **counts: int,
) -> Path:
    """One delivery: a data file and its manifest, which counts what is there unless told."""
    folder.mkdir(parents=True)
    data = folder / "part_0_0001.csv"
    data.write_text("\n".join([HEADER, *[LINE] * rows]) + "\n")
    there = {"byteCount": data.stat().st_size, "dataRowCount": rows}
    blob = {"blobName": f"root/export/{folder.name}/{data.name}", **there, **counts}
    manifest = folder / "manifest.json"
    manifest.write_text(
        json.dumps(
            {
                "manifestVersion": "2024-04-01",
                "blobCount": 1,
                "exportConfig": {"exportName": "daily", "resourceId": "/x", "type": view},
                "runInfo": {"submittedTime": submitted, "startDate": start},
                "blobs": [blob],
            }
        )
    )
    return manifest


def test_a_delivery_that_keeps_its_manifests_word_is_read_without_a_finding(
    tmp_path: Path, convert: Convert
) -> None:
    conversion = convert(a_run(tmp_path / "run", 3))

    assert (conversion.rows_read, conversion.findings) == (3, ())


def test_rows_that_the_manifest_counts_otherwise_are_a_finding(
    tmp_path: Path, convert: Convert
) -> None:
    conversion = convert(a_run(tmp_path / "run", 3, dataRowCount=5))

    (finding,) = conversion.findings
    assert (finding.name, finding.difference) == ("manifest-rows", Decimal(2))
    assert "counts 5 rows, the files have 3" in finding.meaning


def test_refused_rows_count_as_delivered(tmp_path: Path, convert: Convert) -> None:
    manifest = a_run(tmp_path / "run", 2, dataRowCount=3)
    data = tmp_path / "run" / "part_0_0001.csv"
    data.write_text(data.read_text() + "00a1,never,Storage,0.5,USD\n")

    conversion = convert(manifest)

    assert (conversion.rows_refused, conversion.findings) == (1, ())


def test_a_file_shorter_than_its_manifest_says_is_refused(tmp_path: Path) -> None:
    manifest = a_run(tmp_path / "run", byteCount=10_000)

    with pytest.raises(BillRefusedError, match="cut short") as refusal:
        collect([manifest])

    assert refusal.value.code == "manifest-incomplete"


def test_of_several_deliveries_of_a_month_the_newest_is_read(
    tmp_path: Path, convert: Convert
) -> None:
    a_run(tmp_path / "zz-old", 1, submitted="2026-10-05T01:00:00Z")
    a_run(tmp_path / "aa-new", 2, submitted="2026-10-06T01:00:00Z")
    a_run(tmp_path / "september", 4, start="2026-09-01T00:00:00")

    assert convert(tmp_path).rows_read == 6


def test_both_views_in_one_folder_are_refused(tmp_path: Path) -> None:
    a_run(tmp_path / "actual")
    a_run(tmp_path / "amortised", view="AmortizedCost")

    with pytest.raises(BillRefusedError, match="one by one") as refusal:
        collect([tmp_path])

    assert refusal.value.code == "azure-views-mixed"


def test_a_strangers_manifest_beside_a_file_promises_nothing(
    tmp_path: Path, convert: Convert
) -> None:
    a_run(tmp_path / "run").write_text('{"name": "web app"}')

    conversion = convert(tmp_path / "run" / "part_0_0001.csv")

    assert (conversion.rows_read, conversion.findings) == (2, ())
