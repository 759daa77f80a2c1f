"""Folders and manifests: which files one delivery of a bill is made of."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from finops_ingestion.bills.collect import collect
from finops_ingestion.bills.conversion import Conversion
from finops_ingestion.bills.refusals import BillRefusedError

SAMPLES = Path(__file__).parents[2] / "data" / "bills" / "aws-cur" / "manifests"
Line = Callable[..., dict[str, object]]
Write = Callable[..., Path]
Convert = Callable[..., Conversion]

pytestmark = pytest.mark.req("ING-10", part="manifests, several files per month")


def legacy_manifest(path: Path, *keys: str) -> Path:
    period = {"start": "20261001T000000.000Z", "end": "20261101T000000.000Z"}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"reportKeys": keys, "billingPeriod": period, "assemblyId": "a"}))
    return path


def test_a_legacy_manifest_names_its_files_by_key(
    tmp_path: Path, write_csv: Write, cur_line: Line, convert: Convert
) -> None:
    write_csv([cur_line()], "cur/20261001-20261101/new/part-1.csv")
    write_csv([cur_line()], "cur/20261001-20261101/new/part-2.csv")
    write_csv([cur_line()] * 7, "cur/20261001-20261101/old/part-1.csv")
    keys = [f"prefix/cur/20261001-20261101/new/part-{n}.csv" for n in (1, 2)]
    manifest = legacy_manifest(tmp_path / "cur/20261001-20261101/cur-Manifest.json", *keys)
    legacy_manifest(tmp_path / "cur/20261001-20261101/old/cur-Manifest.json", "x/old/part-1.csv")

    assert convert(manifest).rows_read == 2
    assert convert(tmp_path / "cur").rows_read == 2


def test_a_data_export_manifest_lies_in_a_folder_of_its_own(
    tmp_path: Path, write_csv: Write, cur_line: Line, convert: Convert
) -> None:
    write_csv([cur_line()], "export/data/BILLING_PERIOD=2026-10/part-1.csv")
    manifest = tmp_path / "export/metadata/BILLING_PERIOD=2026-10/export-Manifest.json"
    manifest.parent.mkdir(parents=True)
    key = "s3://bucket/any/export/data/BILLING_PERIOD=2026-10/part-1.csv"
    manifest.write_text(json.dumps({"dataFiles": [key], "executionId": "e"}))

    assert convert(manifest).rows_read == 1


def test_an_azure_export_manifest_names_its_blobs(
    tmp_path: Path, write_csv: Write, focus_line: Line, convert: Convert
) -> None:
    write_csv([focus_line()], "run/part_0_0001.csv")
    (tmp_path / "run/manifest.json").write_text(
        json.dumps({"blobs": [{"blobName": "dir/run/part_0_0001.csv", "byteCount": 1}]})
    )

    assert convert(tmp_path / "run").rows_read == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ('{"reportKeys": ["a/gone.csv"]}', "manifest-incomplete"),
        ('{"reportKeys": ["../../etc/passwd"]}', "manifest-unsafe"),
        ('{"reportKeys": []}', "manifest-empty"),
        ("[1]", "manifest-unreadable"),
        ("no json", "manifest-unreadable"),
    ],
)
@pytest.mark.req("ING-17", part="path tricks in manifests")
def test_a_manifest_that_cannot_be_followed_is_refused(
    content: str, code: str, tmp_path: Path
) -> None:
    manifest = tmp_path / "m-Manifest.json"
    manifest.write_text(content)

    with pytest.raises(BillRefusedError) as refusal:
        collect([manifest])

    assert refusal.value.code == code


@pytest.mark.parametrize("name", ["manifest-2018-01.json", "manifest-2019-01.json"])
def test_real_manifests_stripped_of_their_keys_name_no_files(name: str) -> None:
    with pytest.raises(BillRefusedError, match="names no data files"):
        collect([SAMPLES / name])


def test_the_same_file_named_twice_is_read_once(
    tmp_path: Path, write_csv: Write, cur_line: Line, convert: Convert
) -> None:
    bill = write_csv([cur_line()], "bills/a.csv")

    assert convert(bill, bill, tmp_path / "bills").rows_read == 1


def test_files_of_one_schema_may_have_different_columns(
    write_csv: Write, cur_line: Line, convert: Convert
) -> None:
    first = write_csv([cur_line()], "a.csv")
    second = write_csv(
        [cur_line() | {"product/newColumn": "x", "product/tenancy": "Shared"}], "b.csv"
    )

    conversion = convert(first, second)

    assert (conversion.rows_accepted, len(conversion.files)) == (2, 2)


def test_two_schemas_in_one_conversion_are_refused(
    write_csv: Write, cur_line: Line, focus_line: Line
) -> None:
    with pytest.raises(BillRefusedError, match="one by one") as refusal:
        collect([write_csv([cur_line()], "a.csv"), write_csv([focus_line()], "b.csv")])

    assert refusal.value.code == "schemas-mixed"


def test_nothing_to_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BillRefusedError, match="no bill files"):
        collect([tmp_path])
    with pytest.raises(BillRefusedError, match="no such file"):
        collect([tmp_path / "gone.csv"])
