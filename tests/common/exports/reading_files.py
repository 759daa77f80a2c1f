"""Exports read again as a customer would, without the code that wrote them."""

import csv
import io
from typing import Any
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pyarrow as pa
import pyarrow.parquet as pq

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
Rows = list[dict[str, Any]]


def csv_rows(data: bytes) -> Rows:
    """Texts; what is empty is None."""
    rows = csv.DictReader(io.StringIO(data.decode("utf-8"), newline=""))
    return [{name: value or None for name, value in row.items()} for row in rows]


def parquet_table(data: bytes) -> pa.Table:
    return pq.read_table(io.BytesIO(data))


def xlsx_sheets(data: bytes) -> dict[str, list[list[tuple[str, str] | None]]]:
    """By sheet its rows of cells: (`n`, digits), (`s`, text), (`q`, text that looks like a formula)."""
    with ZipFile(io.BytesIO(data)) as book:
        assert book.testzip() is None
        links = {
            each.attrib["Id"]: each.attrib["Target"]
            for each in ET.fromstring(book.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - our own
        }
        styles = ET.fromstring(book.read("xl/styles.xml"))  # noqa: S314 - our own
        quoted = [
            str(n)
            for n, xf in enumerate(styles.find(f"{_MAIN}cellXfs") or [])
            if "quotePrefix" in xf.attrib
        ]
        sheets = ET.fromstring(book.read("xl/workbook.xml")).iter(f"{_MAIN}sheet")  # noqa: S314 - our own
        return {
            each.attrib["name"]: _rows(book.read(f"xl/{links[each.attrib[_LINK]]}"), quoted)
            for each in sheets
        }


def xlsx_rows(data: bytes, sheet: str) -> Rows:
    """Digits and texts under the names of the first row."""
    header, *rows = xlsx_sheets(data)[sheet]
    names = [cell[1] for cell in header if cell]
    return [{name: cell and cell[1] for name, cell in zip(names, row, strict=True)} for row in rows]


def _rows(xml: bytes, quoted: list[str]) -> list[list[tuple[str, str] | None]]:
    root = ET.fromstring(xml)  # noqa: S314 - our own
    assert root.find(f".//{_MAIN}f") is None, "a formula"
    return [[_cell(cell, quoted) for cell in row] for row in root.iter(f"{_MAIN}row")]


def _cell(cell: ET.Element, quoted: list[str]) -> tuple[str, str] | None:
    if not len(cell):
        return None
    if cell.attrib.get("t") == "inlineStr":
        kind = "q" if cell.attrib.get("s") in quoted else "s"
        return kind, cell.findtext(f"{_MAIN}is/{_MAIN}t") or ""
    return "n", cell.findtext(f"{_MAIN}v") or ""
