"""The offline report over a folder of hourly Parquet."""

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finops_commitments.__main__ import main

Record = dict[str, Any]
Converted = Callable[[Sequence[Record]], Path]


@pytest.fixture
def converted(tmp_path: Path, table_of: Callable[[Sequence[Record]], pa.Table]) -> Converted:
    """A folder as `convert` leaves it, with these hourly records."""

    def build(rows: Sequence[Record]) -> Path:
        folder = tmp_path / "hourly" / "billing_period=2026-10"
        folder.mkdir(parents=True)
        pq.write_table(table_of(rows), folder / "part-0.parquet")
        return tmp_path

    return build


def reported(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["report", *arguments, "--json"]) == 0
    return dict(json.loads(capsys.readouterr().out))


def damage(file: Path, column: str) -> None:
    content, group = bytearray(file.read_bytes()), pq.ParquetFile(file).metadata.row_group(0)
    chunks = (group.column(at) for at in range(group.num_columns))
    chunk = next(each for each in chunks if each.path_in_schema == column)
    start = chunk.dictionary_page_offset or chunk.data_page_offset
    for at in range(start, start + chunk.total_compressed_size):
        content[at] ^= 0x5A
    file.write_bytes(content)


def test_the_golden_bill_is_reported_by_hour_and_payer(
    converted: Converted,
    golden_rows: list[Record],
    golden_expected: list[dict[str, Any]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = converted(golden_rows)

    body = reported(capsys, str(folder), "--by", "hour", "--group", "payer")

    rows = {(row["period_start"], row["group"]): row for row in body["rows"]}
    plans = {each["id"]: each for each in body["commitments"]}
    for scenario in golden_expected:
        row = rows[scenario["hour"], scenario["payer"]]
        rate = Decimal(row["effective_savings_rate_percent"])
        assert abs(rate - scenario["effective_savings_rate_pct"]) < Decimal("1e-6")
        for plan in scenario["plans"]:
            assert Decimal(plans[plan["arn"]]["used"]) == plan["used_commitment"]
    assert Decimal(body["totals"]["unused"]) == Decimal("924.195")
    assert any("921.32 USD of unused commitment" in note for note in body["notes"])


def test_without_a_breakdown_there_are_no_rows(
    converted: Converted, golden_rows: list[Record], capsys: pytest.CaptureFixture[str]
) -> None:
    body = reported(capsys, str(converted(golden_rows)))

    assert "rows" not in body
    assert body["currency"] == "USD"


def test_a_person_reads_aligned_tables_and_unknown_is_a_word(
    converted: Converted, a_record: Callable[..., Record], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = converted([a_record(list_cost=None, account_id="계정"), a_record(list_cost="1234.5")])

    code = main(["report", str(folder), "--group", "account"])

    text = capsys.readouterr().out
    assert code == 0
    assert "No commitments" in text
    assert "1,234.5000" in text
    assert "unknown" in text


def test_two_currencies_ask_for_a_choice(
    converted: Converted, a_record: Callable[..., Record], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(converted([a_record(list_cost="1"), a_record(list_cost="2", currency="KRW")]))

    refused = main(["report", folder])
    message = capsys.readouterr().err
    body = reported(capsys, folder, "--currency", "KRW")

    assert refused == 1
    assert "--currency KRW|USD" in message
    assert body["totals"]["on_demand_cost"] == "2"


def test_hours_from_as_of_on_are_left_out(
    converted: Converted, golden_rows: list[Record], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(converted(golden_rows))

    body = reported(capsys, folder, "--as-of", "2026-10-01T02:00:00Z", "--by", "hour")

    assert body["totals"]["on_demand_cost"] == "0"


@pytest.mark.parametrize("content", [None, b"", b"PAR1 but not really"])
def test_a_folder_convert_did_not_write_is_refused_with_advice(
    tmp_path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        folder = tmp_path / "hourly" / "billing_period=2026-10"
        folder.mkdir(parents=True)
        (folder / "part-0.parquet").write_bytes(content)

    code = main(["report", str(tmp_path)])

    assert code == 1
    assert capsys.readouterr().err.startswith("error: ")


def test_a_file_damaged_in_its_costs_is_refused(
    converted: Converted, golden_rows: list[Record], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = converted(golden_rows)
    (file,) = folder.glob("hourly/*/*.parquet")
    damage(file, "list_cost")

    code = main(["report", str(folder)])

    assert code == 1
    assert "cannot be read" in capsys.readouterr().err


def test_a_bill_without_records_says_so(
    converted: Converted, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["report", str(converted([]))])

    assert code == 1
    assert "holds no records" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["report", "x", "--by", "week"]])
def test_wrong_arguments_exit_with_two(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        raise SystemExit(main(arguments))

    assert stopped.value.code == 2
