"""Google Cloud bills as files: flattened CSV, JSON lines and Parquet say the same."""

import csv
import gzip
import json
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finops_ingestion.bills.command import run
from finops_ingestion.bills.conversion import Conversion
from finops_ingestion.bills.refusals import BillRefusedError
from finops_ingestion.bills.totals import by_currency

BILLS = Path(__file__).parents[2] / "data" / "bills"
SAMPLE = BILLS / "gcp" / "gcp-billing-export-flattened-generated-2026-10.csv.gz"
LABELS = ("labels", "system_labels", "project.labels")
AMOUNTS = ("cost", "currency_conversion_rate", "usage.amount_in_pricing_units")

Convert = Callable[..., Conversion]
Rows = Callable[..., list[dict[str, Any]]]
Line = Callable[..., dict[str, Any]]
Write = Callable[..., Path]

pytestmark = pytest.mark.req("ING-10", part="Google Cloud billing export files")


def sample() -> list[dict[str, str]]:
    with gzip.open(SAMPLE, "rt", newline="") as stream:
        return list(csv.DictReader(stream))


def nested(flat: Mapping[str, str]) -> dict[str, Any]:
    """A flattened row as BigQuery has it; what is empty is left out, as its exports do."""
    row: dict[str, Any] = {}
    for name, text in flat.items():
        if not text:
            continue
        *parents, leaf = name.split(".")
        inner = row.setdefault(parents[0], {}) if parents else row
        inner[leaf] = _value(name, text)
    return row


def _value(name: str, text: str) -> object:
    if name in (*LABELS, "credits"):
        return json.loads(text.replace("'", '"'))
    return float(text) if name in AMOUNTS else text


def test_the_sample_is_read_to_the_last_row_and_digit(convert: Convert) -> None:
    lines = sample()
    step = Decimal("1e-12")
    expected = sum(Decimal(line["cost"]).quantize(step, ROUND_HALF_UP) for line in lines)

    conversion = convert(SAMPLE)

    assert conversion.schema == "gcp-billing-export"
    assert (conversion.rows_read, conversion.rows_accepted, len(lines)) == (576, 576, 576)
    assert conversion.findings == ()
    ((category, costs),) = by_currency(conversion.totals)["USD"].items()
    assert category == "Usage"
    assert {costs.billed_cost, costs.effective_cost, costs.list_cost} == {expected}


def test_labels_of_resources_and_projects_are_tags_whatever_their_quotes(
    convert: Convert,
) -> None:
    conversion = convert(SAMPLE)

    with duckdb.connect() as connection:
        path = str(conversion.directory / "tags.parquet")
        keys = connection.read_parquet(path).select("key").distinct().fetchall()
    assert {key for (key,) in keys} == {"foo", "goog-dm", "test_storage_key", "vm_key_proj2"}


def test_json_lines_and_parquet_give_the_records_of_the_flattened_file(
    write_json: Write, convert: Convert, hourly: Rows, tmp_path: Path
) -> None:
    rows = [nested(line) for line in sample()]
    parquet = tmp_path / "bill.parquet"
    pq.write_table(pa.Table.from_pylist(_typed(rows)), parquet)
    packed = tmp_path / "bill-000000000000.json.gz"
    packed.write_bytes(gzip.compress(write_json(rows).read_bytes()))

    flat = sorted(map(str, hourly(convert(SAMPLE))))

    assert len(flat) > 400
    for bill in (write_json(rows, "bill.json"), packed, parquet):
        assert sorted(map(str, hourly(convert(bill)))) == flat


def _typed(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows whose empty lists have the element type Arrow cannot guess."""
    empty = {"type": "PROMOTION", "amount": 0.0}
    return [
        row | {"credits": [empty], "labels": row["labels"] or [{"key": None, "value": None}]}
        for row in rows
    ]


def test_credits_of_all_three_forms_lower_the_bill(
    gcp_line: Line, write_json: Write, write_csv: Write, convert: Convert, tmp_path: Path
) -> None:
    row = gcp_line("123456789.1", lowered=[("PROMOTION", -0.1), ("DISCOUNT", "-23456789")])
    flat = row | {"sku.id": "a", "credits": str(row["credits"])}
    parquet = tmp_path / "bill.parquet"
    stored = gcp_line(123456789.1, lowered=[("PROMOTION", -0.1), ("DISCOUNT", -23456789.0)])
    pq.write_table(pa.Table.from_pylist([stored]), parquet)

    bills = [write_json([row]), write_csv([flat]), parquet]

    for bill in bills:
        (total,) = convert(bill).totals
        assert total.costs.billed_cost == Decimal(100_000_000)


def test_nested_fields_of_nulls_alone_hold_nothing(
    gcp_line: Line, convert: Convert, hourly: Rows, tmp_path: Path
) -> None:
    parquet = tmp_path / "bill.parquet"
    row = gcp_line(lowered=[("PROMOTION", 0)], subscription={"instance_id": None})
    pq.write_table(pa.Table.from_pylist([row]), parquet)

    (record,) = hourly(convert(parquet))

    assert (record["commitment_id"], record["billed_cost"]) == (None, 1)


def test_a_column_that_only_later_rows_fill_is_read(
    gcp_line: Line, write_json: Write, convert: Convert
) -> None:
    first = gcp_line()
    del first["credits"]
    bill = write_json([first] * 2_000 + [gcp_line(lowered=[("PROMOTION", "-0.25")])])

    (total,) = convert(bill).totals

    assert total.costs.billed_cost == Decimal("2000.75")


@pytest.mark.req("ING-14", part="JSON rows refused by line")
def test_a_broken_line_is_refused_with_its_number_and_the_others_are_read(
    gcp_line: Line, convert: Convert, tmp_path: Path
) -> None:
    good = json.dumps(gcp_line())
    bill = tmp_path / "bill.ndjson"
    lines = [good, "", good[:90], "[1]", json.dumps(gcp_line("much")), good, good[:-1]]
    bill.write_text("\n".join(lines))

    conversion = convert(bill)

    assert (conversion.rows_read, conversion.rows_accepted) == (6, 2)
    assert {r.reason: (r.count, r.lines) for r in conversion.refusals} == {
        "nothing we know on the line, or no JSON object": (3, (3, 4, 7)),
        "cost is not an amount": (1, (5,)),
    }


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("billing_account_id", None, "billing_account_id is missing"),
        ("usage_start_time", "2026-02-30 00:00:00 UTC", "usage_start_time is not a date and time"),
        ("currency", "", "currency is missing"),
        ("cost", "NaN", "cost is not an amount"),
        ("invoice", {"month": "202613"}, "invoice.month is not a month"),
        ("credits", "5 off", "credits is not an amount"),
        ("credits", {"amount": -1}, "credits is not an amount"),
        ("credits", [{"type": "PROMOTION", "amount": "1e309"}], "credits is not an amount"),
        ("credits", [{"type": "PROMOTION"}], "credits is not an amount"),
    ],
)
@pytest.mark.req("ING-14", part="impossible amounts and dates")
def test_a_row_that_cannot_be_right_is_refused_with_its_reason(
    field: str, value: object, reason: str, gcp_line: Line, write_json: Write, convert: Convert
) -> None:
    conversion = convert(write_json([gcp_line(), gcp_line() | {field: value}]))

    assert [(r.reason, r.lines) for r in conversion.refusals] == [(reason, (2,))]


def test_account_ids_keep_their_leading_zeros(
    gcp_line: Line, write_json: Write, convert: Convert, hourly: Rows
) -> None:
    row = gcp_line(billing_account_id="000012", project={"id": "0042"})

    (record,) = hourly(convert(write_json([row])))

    assert (record["payer_account_id"], record["account_id"]) == ("000012", "0042")


def test_a_folder_takes_json_bills_and_leaves_other_json_alone(
    gcp_line: Line, write_json: Write, convert: Convert, tmp_path: Path
) -> None:
    bills = tmp_path / "export"
    bills.mkdir()
    for number in range(2):
        write_json([gcp_line()], f"export/bill-{number:012}.json")
    (bills / "schema.json").write_text('[{"name": "cost", "type": "FLOAT"}]')

    conversion = convert(bills)

    assert (conversion.rows_accepted, len(conversion.files)) == (2, 2)


@pytest.mark.req("ING-17", part="truncated archives")
def test_a_cut_off_archive_of_json_is_refused_whole(
    gcp_line: Line, write_json: Write, convert: Convert, tmp_path: Path
) -> None:
    rows = write_json([gcp_line(n) for n in range(5_000)]).read_bytes()
    packed = tmp_path / "bill.json.gz"
    packed.write_bytes(gzip.compress(rows)[:-200])

    with pytest.raises(BillRefusedError) as refusal:
        convert(packed)

    assert refusal.value.code == "damaged-file"


def test_the_command_sums_the_sample_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run([str(SAMPLE), "--to", str(tmp_path / "out"), "--json"])

    body = json.loads(capsys.readouterr().out)
    assert code == 0
    assert (body["provider"], body["periods"]) == ("Google Cloud", ["2026-10"])
    assert (body["rows_read"], body["rows_refused_count"]) == (576, 0)
    assert body["currencies"]["USD"]["billed_cost"] == "2.446943031488"
