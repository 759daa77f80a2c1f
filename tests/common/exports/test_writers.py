"""Files that say to the last digit what was asked, and run nothing where they are opened."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.common.exports.reading_files import (
    csv_rows,
    parquet_table,
    xlsx_rows,
    xlsx_sheets,
)

from finops_common.exports.as_csv import write_csv
from finops_common.exports.as_parquet import ABOUT, write_parquet
from finops_common.exports.as_xlsx import write_xlsx
from finops_common.exports.domain import Sheet

RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

SCHEMA = pa.schema(
    [
        ("text", pa.string()),
        ("amount", pa.decimal128(38, 12)),
        ("at", pa.timestamp("us", "UTC")),
    ]
)
NOON = datetime(2026, 10, 31, 12, tzinfo=UTC)
AMOUNTS = st.decimals(
    Decimal(-(10**25)), Decimal(10**25), allow_nan=False, allow_infinity=False, places=12
)
Row = tuple[str | None, Decimal | None]


def a_sheet(*rows: Row, batch: int = 2) -> Sheet:
    table = [{"text": text, "amount": amount, "at": NOON} for text, amount in rows]
    cut = (table[place : place + batch] for place in range(0, len(table), batch))
    batches = (pa.RecordBatch.from_pylist(part, SCHEMA) for part in cut)
    return Sheet("Costs", SCHEMA, batches, (("Days", "these"),))


@pytest.mark.req("ING-31", part="exports keep every digit")
@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), AMOUNTS), max_size=8))
def test_amounts_are_written_to_the_last_digit(amounts: list[Decimal | None]) -> None:
    rows: list[Row] = [("x", amount) for amount in amounts]

    written = [each["amount"] for each in csv_rows(b"".join(write_csv(a_sheet(*rows))))]
    digits = [each["amount"] for each in xlsx_rows(b"".join(write_xlsx(a_sheet(*rows))), "Costs")]
    exact = parquet_table(b"".join(write_parquet(a_sheet(*rows))))["amount"].to_pylist()

    assert [each and Decimal(each) for each in written] == [
        None if each is None else each for each in amounts
    ]
    assert digits == written
    assert exact == amounts
    assert not any("E" in each for each in written if each)


@pytest.mark.req("ING-31", part="exports keep every digit")
def test_amounts_are_plain() -> None:
    amounts = [
        "0",
        "0.000000000001",
        "-0.0000001",
        "100",
        "1.50",
        "12345678901234567890.123456789012",
    ]

    found = csv_rows(b"".join(write_csv(a_sheet(*[("x", Decimal(each)) for each in amounts]))))

    assert [each["amount"] for each in found] == [
        "0",
        "0.000000000001",
        "-0.0000001",
        "100",
        "1.5",
        "12345678901234567890.123456789012",
    ]
    assert found[0]["at"] == "2026-10-31T12:00:00Z"


@pytest.mark.req("ING-17", part="formulas in cells on export")
@pytest.mark.parametrize("start", RUNS)
def test_formulas_are_texts(start: str) -> None:
    text = f"{start}HYPERLINK(1)"
    sheet = a_sheet((text, Decimal("-1.5")), ("a=b", None))

    (first, second) = csv_rows(b"".join(write_csv(sheet)))
    _, cells, plain = xlsx_sheets(
        b"".join(write_xlsx(a_sheet((text, Decimal("-1.5")), ("a=b", None))))
    )["Costs"]

    assert (first["text"], first["amount"], second["text"]) == (f"'{text}", "-1.5", "a=b")
    assert cells[:2] == [("q", text), ("n", "-1.5")]
    assert plain[0] == ("s", "a=b")


@pytest.mark.req("COM-50", part="dates are dates")
def test_days_are_days() -> None:
    schema = pa.schema([("day", pa.date32())])
    batch = pa.RecordBatch.from_pylist([{"day": NOON.date()}, {"day": None}], schema)

    def sheet() -> Sheet:
        return Sheet("Costs", schema, iter([batch]), ())

    assert b"".join(write_csv(sheet())) == b"day\r\n2026-10-31\r\n\r\n"
    _, (first,), (second,) = xlsx_sheets(b"".join(write_xlsx(sheet())))["Costs"]
    assert (first, second) == (("n", "46326"), None)  # what Excel counts from 1899-12-30


@pytest.mark.req("ING-31", part="any text a bill may hold")
@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=30)), min_size=1, max_size=6))
def test_any_text_comes_back(texts: list[str | None]) -> None:
    rows: list[Row] = [(text, None) for text in texts]

    written = b"".join(write_csv(a_sheet(*rows))).decode("utf-8", "surrogatepass")
    found = [row[0] for row in csv.reader(io.StringIO(written, newline=""))][1:]
    cells = xlsx_sheets(b"".join(write_xlsx(a_sheet(*rows))))["Costs"][1:]

    def marked(text: str) -> str:
        return f"'{text}" if text[:1] in RUNS else text

    assert found == [marked(text or "") for text in texts]
    assert [row[0] and row[0][1] for row in cells] == [
        None if text is None else _as_xml_knows_it(text) for text in texts
    ]


def _as_xml_knows_it(text: str) -> str:
    """What XML cannot write is replaced; readers of XLSX turn _x005F_ back into an underscore."""
    unknown = {chr(n) for n in range(32)} - {"\t", "\n", "\r"} | {"\ufffe", "\uffff"}
    return "".join("\ufffd" if each in unknown else each for each in text)


def test_names_of_characters_are_no_characters() -> None:
    _, (cell, *_) = xlsx_sheets(b"".join(write_xlsx(a_sheet(("_x0041_", None)))))["Costs"]

    assert cell == ("s", "_x005F_x0041_")


@pytest.mark.req("ING-31", part="XLSX beyond what a sheet holds")
def test_rows_beyond_a_sheet_stand_on_the_next() -> None:
    rows: list[Row] = [(str(number), None) for number in range(9)]

    sheets = xlsx_sheets(b"".join(write_xlsx(a_sheet(*rows), most_rows=5)))

    assert list(sheets) == ["Costs", "Costs 2", "Costs 3", "About"]
    found = [row[0][1] for name in list(sheets)[:3] for row in sheets[name][1:] if row[0]]
    assert found == [str(number) for number in range(9)]
    assert all(sheet[0][0] == ("s", "text") for name, sheet in sheets.items() if name != "About")


@pytest.mark.timeout(20)
def test_a_batch_larger_than_a_sheet_is_parted_and_short_cells_stay_whole() -> None:
    texts = ["가" * 12_000, *(f"row {n}" for n in range(9))]

    book = b"".join(write_xlsx(a_sheet(*((text, None) for text in texts), batch=10), most_rows=5))

    sheets = list(xlsx_sheets(book).values())[:-1]
    found = [row[0][1] for sheet in sheets for row in sheet[1:] if row[0]]
    assert found == texts


@pytest.mark.req("ING-31", part="what an export holds stands in it")
def test_files_say_what_they_hold() -> None:
    about = xlsx_sheets(b"".join(write_xlsx(a_sheet(("x", None)))))["About"]
    table = parquet_table(b"".join(write_parquet(a_sheet(("x", None)))))

    assert [cell and cell[1] for cell in about[0]] == ["Days", "these"]
    assert any("last digit" in (row[1] or ("", ""))[1] for row in about)
    assert json.loads(table.schema.metadata[ABOUT]) == {"Days": "these"}
    assert table.schema.field("amount").type == pa.decimal128(38, 12)


@pytest.mark.req("ING-31", part="an empty export is a whole file")
def test_nothing_is_a_whole_file_with_its_columns() -> None:
    assert b"".join(write_csv(a_sheet())) == b"text,amount,at\r\n"
    assert list(xlsx_sheets(b"".join(write_xlsx(a_sheet())))) == ["Costs", "About"]
    assert parquet_table(b"".join(write_parquet(a_sheet()))).schema.names == SCHEMA.names


@pytest.mark.req("ING-31", part="exports that break off are no files")
@pytest.mark.parametrize("write", [write_csv, write_xlsx, write_parquet])
def test_a_break_while_reading_breaks_the_writing(write: object) -> None:
    def broken() -> Iterator[pa.RecordBatch]:
        yield pa.RecordBatch.from_pylist([{"text": "x"}], SCHEMA)
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        list(write(Sheet("Costs", SCHEMA, broken(), ())))  # type: ignore[operator] # a writer
