"""Where refused rows stand: lines of the text file, whatever quotes and blank lines do.

DuckDB counts records; people open the file at a line. One walk over the text, only made when
something was refused, translates the one into the other.
"""

import csv
import gzip
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TextIO

from finops_ingestion.bills.files import BillFile

SHOWN = 5
"""Places given per reason and file."""


@dataclass(frozen=True, slots=True)
class Places:
    """Text lines by record number (header 1, blank lines count) and by accepted ordinal."""

    by_record: dict[int, int]
    by_ordinal: dict[int, int]


def find_lines(
    file: BillFile, records: Collection[int], ordinals: Collection[int], rejected: Collection[int]
) -> Places:
    """Text lines of records by number, and of the n-th records the reader took.

    `rejected` are the numbers of all records the reader did not take.
    """
    if file.layout.format == "json":
        return Places({}, _filled_lines(file, ordinals))
    places = Places({}, {})
    last_record, last_ordinal = max(records, default=0), max(ordinals, default=0)
    ordinal = 0
    with _open(file) as stream:
        for number, line, is_blank in _records(stream, file.layout.delimiter):
            if number in records:
                places.by_record[number] = line
            if number > 1 and not is_blank and number not in rejected:
                ordinal += 1
                if ordinal in ordinals:
                    places.by_ordinal[ordinal] = line
            if number >= last_record and ordinal >= last_ordinal:
                break
    return places


def lines_at(
    file: BillFile, ordinals: Collection[int], rejected: Collection[int]
) -> dict[int, int]:
    """Text lines, or rows of a Parquet file, of the n-th records the reader took."""
    if file.layout.format == "parquet" or not ordinals:
        return {ordinal: ordinal for ordinal in ordinals}
    places = find_lines(file, (), ordinals, rejected)
    return {ordinal: places.by_ordinal.get(ordinal, ordinal + 1) for ordinal in ordinals}


def _filled_lines(file: BillFile, ordinals: Collection[int]) -> dict[int, int]:
    """Lines of JSON rows: readers pass over blank ones."""
    with _open(file) as stream:
        filled = (number for number, line in enumerate(stream, start=1) if line.strip())
        rows = enumerate(islice(filled, max(ordinals, default=0)), start=1)
        return {ordinal: line for ordinal, line in rows if ordinal in ordinals}


def _open(file: BillFile) -> TextIO:
    opener = gzip.open if file.layout.compression == "gzip" else open
    return opener(file.path, "rt", encoding="utf-8-sig", errors="replace", newline="")


def _records(stream: TextIO, delimiter: str) -> Iterator[tuple[int, int, bool]]:
    csv.field_size_limit(sys.maxsize)
    reader = csv.reader(stream, delimiter=delimiter)
    begin = 1
    for number, record in enumerate(reader, start=1):
        yield number, begin, not record
        begin = reader.line_num + 1
