"""One file of a bill: what kind it is and which columns it has, told from its first bytes."""

import csv
import gzip
import io
import json
import re
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import ArrowException

from finops_ingestion.bills.refusals import BillRefusedError

HEADER_BYTES = 1 << 20
_SLASH_DATE = re.compile(r"\s*(\d{1,2})/(\d{1,2})/\d{2,4}\b")
_LOCALISED = re.compile(r"(?!(?:resourceTags|costCategory)/).+? ?\(([A-Za-z][A-Za-z0-9]+)\)")
_MONTHS = 12
_DELIMITERS = ",;\t|"
_UNREADABLE_STARTS = {
    b"PK\x03\x04": "a ZIP archive: unpack it first",
    b"\x28\xb5\x2f\xfd": "zstd-packed: unpack it first",
    b"\xff\xfe": "UTF-16 text: save it as UTF-8",
    b"\xfe\xff": "UTF-16 text: save it as UTF-8",
    b"%PDF": "a PDF: not a cost export",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the file names it; `type` is Arrow's for Parquet, VARCHAR for CSV.

    A field of a nested column is a column too: `service.id`, with the names on its `path`.
    """

    name: str
    type: str = "VARCHAR"
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """What files must share to be read by one scan."""

    columns: tuple[Column, ...]
    format: str
    """csv, json (one row a line) or parquet"""
    compression: str = "none"
    delimiter: str = ","
    day_first: bool = False
    """Dates with slashes are day/month/year; else month/day/year."""

    def names(self) -> tuple[str, ...]:
        """The columns' names as the file has them."""
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True, slots=True)
class BillFile:
    """A file and its layout."""

    path: Path
    layout: Layout


def inspect(path: Path) -> BillFile:
    """Tell format and columns of one file; reads at most its first megabyte.

    Raises:
        BillRefusedError: the file is no CSV, JSON lines (gzip or not) or Parquet, or is damaged.
    """
    with path.open("rb") as stream:
        start = stream.read(4)
    for signature, what in _UNREADABLE_STARTS.items():
        if start.startswith(signature):
            raise BillRefusedError("unreadable-file", what, path)
    if start == b"PAR1":
        return BillFile(path, _parquet_layout(path))
    return BillFile(path, _text_layout(path, packed=start.startswith(b"\x1f\x8b")))


def _parquet_layout(path: Path) -> Layout:
    try:
        schema = pq.read_schema(path)
    except (ArrowException, OSError) as error:
        raise BillRefusedError("damaged-file", f"damaged Parquet: {error}", path) from error
    return Layout(tuple(column for field in schema for column in _columns(field)), "parquet")


def _columns(field: pa.Field) -> Iterator[Column]:
    yield Column(field.name, str(field.type))
    # A field that is null throughout holds nothing, and DuckDB cannot read it.
    if pa.types.is_struct(field.type):
        for child in (c for c in field.type if not pa.types.is_null(c.type)):
            yield Column(f"{field.name}.{child.name}", str(child.type), (field.name, child.name))


def _text_layout(path: Path, *, packed: bool) -> Layout:
    head = _head(path, packed=packed)
    if b"\x00" in head:
        raise BillRefusedError("unreadable-file", "binary data: not CSV or Parquet", path)
    text = head.decode("utf-8-sig", errors="replace")
    if text.lstrip().startswith("{"):
        return _json_layout(text, packed=packed)
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    names, *rows = _rows(text, delimiter, path) or [[]]
    if not names:
        raise BillRefusedError("empty-file", "empty: there is not even a header", path)
    names = [_plain(name.strip()) for name in names]
    sample = rows[:-1] if len(head) >= HEADER_BYTES else rows
    columns = tuple(Column(name) for name in names[: _width(names, sample)])
    compression = "gzip" if packed else "none"
    return Layout(columns, "csv", compression, delimiter, _is_day_first(names, sample))


def _rows(text: str, delimiter: str, path: Path) -> list[list[str]]:
    # Cells of nested tags may be larger than what the module takes by itself.
    csv.field_size_limit(sys.maxsize)
    try:
        return list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error as error:
        raise BillRefusedError("damaged-file", f"no CSV: {error}", path) from error


def _json_layout(text: str, *, packed: bool) -> Layout:
    """The columns of all rows at hand; one that is cut off or broken names none."""
    names = dict.fromkeys(name for line in text.splitlines() for name in _json_names(line))
    columns = tuple(json_column(name) for name in names)
    return Layout(columns, "json", "gzip" if packed else "none")


def _json_names(line: str) -> list[str]:
    try:
        row = json.loads(line)
    except ValueError:
        return []
    if not isinstance(row, dict):
        return []
    filled = {key: value for key, value in row.items() if value is not None}
    return [
        name
        for key, value in filled.items()
        for name in ([f"{key}.{k}" for k in value] if isinstance(value, dict) else [key])
    ]


def json_column(name: str) -> Column:
    """The column of JSON rows that this name stands for; nested values are read as their text."""
    return Column(name, "string", tuple(name.split(".")) if "." in name else ())


def _plain(name: str) -> str:
    """Portals in other languages write `Ressourcengruppe (ResourceGroup)`: the English name."""
    localised = _LOCALISED.fullmatch(name)
    return localised[1] if localised else name


def _width(names: list[str], sample: list[list[str]]) -> int:
    """How many columns rows have: some writers name more than they fill, in every row alike."""
    widths = [len(row) for row in sample if row]
    common = len(widths) > 1 and len(set(widths)) == 1
    return min(widths[0], len(names)) if common else len(names)


def _is_day_first(names: list[str], sample: list[list[str]]) -> bool:
    """Told by a part above 12, else by billing periods, which start on the first of a month."""
    found = [match for row in sample for cell in row if (match := _SLASH_DATE.match(cell))]
    if any(int(match[2]) > _MONTHS for match in found):
        return False
    if any(int(match[1]) > _MONTHS for match in found):
        return True
    starts = [
        match
        for row in sample
        for name, cell in zip(names, row, strict=False)
        if name.strip().lower().startswith("billingperiodstart")
        and (match := _SLASH_DATE.match(cell))
    ]
    return all(int(m[1]) == 1 for m in starts) and any(int(m[2]) != 1 for m in starts)


def _head(path: Path, *, packed: bool) -> bytes:
    try:
        with gzip.open(path) if packed else path.open("rb") as stream:
            return bytes(stream.read(HEADER_BYTES))
    except (EOFError, OSError, zlib.error) as error:
        raise BillRefusedError("damaged-file", f"damaged or cut off: {error}", path) from error
