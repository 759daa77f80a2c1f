"""One file of a bill: what kind it is and which columns it has, told from its first bytes."""

import csv
import gzip
import io
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
from pyarrow import ArrowException

from finops_ingestion.bills.refusals import BillRefusedError

HEADER_BYTES = 1 << 20
_SLASH_DATE = re.compile(r"\s*(\d{1,2})/(\d{1,2})/\d{2,4}\b")
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
    """A column as the file names it; `type` is DuckDB's for Parquet, VARCHAR for text."""

    name: str
    type: str = "VARCHAR"


@dataclass(frozen=True, slots=True)
class Layout:
    """What files must share to be read by one scan."""

    columns: tuple[Column, ...]
    format: str
    """csv or parquet"""
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
        BillRefusedError: the file is no CSV, gzip CSV or Parquet, or is damaged.
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
    return Layout(tuple(Column(f.name, str(f.type)) for f in schema), "parquet")


def _text_layout(path: Path, *, packed: bool) -> Layout:
    head = _head(path, packed=packed)
    if b"\x00" in head:
        raise BillRefusedError("unreadable-file", "binary data: not CSV or Parquet", path)
    text = head.decode("utf-8-sig", errors="replace")
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=first.count)
    names = next(csv.reader(io.StringIO(text), delimiter=delimiter), [])
    if not names:
        raise BillRefusedError("empty-file", "empty: there is not even a header", path)
    columns = tuple(Column(name.strip()) for name in names)
    sample = list(csv.reader(io.StringIO(text), delimiter=delimiter))[1:-1]
    compression = "gzip" if packed else "none"
    return Layout(columns, "csv", compression, delimiter, _is_day_first(names, sample))


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
