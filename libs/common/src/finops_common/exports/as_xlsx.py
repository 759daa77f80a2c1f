"""Writes XLSX column by column, so that millions of rows take little memory and time.

Amounts stand in the file to the last digit; spreadsheet programs compute with about 15 of them,
which the last sheet says. Texts are cells of text and never formulas, and those that look like
one carry the mark of a typed apostrophe, so that they stay texts when somebody edits them.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc
from isal import isal_zlib
from stream_zip import ZIP_32, stream_zip

from finops_common.exports import xlsx_parts as parts
from finops_common.exports.domain import Fact, Sheet
from finops_common.exports.texts import (
    data_of,
    each_value,
    is_day,
    is_instant,
    is_number,
    joined,
    number_texts,
    runs,
)

MOST_ROWS = 1_048_576
"""Of a sheet, its header among them; what is more stands on the next."""
MOST_BYTES = 1_500_000_000
"""Of a sheet before it is packed: beyond 2 GB spreadsheet programs differ in what they read."""
_MOST_AT_ONCE = 4096
_MOST_OF_CELL = 32_767
_CUT_TO = 16_000
_DAY_US, _EPOCH = 86_400_000_000, 25_569
_BEGINNING = datetime(1980, 1, 1)  # noqa: DTZ001 - the first day an archive can name, in no zone
_NOTES: tuple[Fact, ...] = (
    ("Amounts", "to the last digit in this file; spreadsheet programs round to about 15 digits"),
    ("Times", "UTC"),
    ("Long texts", "beyond what a cell holds they are cut, and end in …"),
)


def write_xlsx(sheet: Sheet, most_rows: int = MOST_ROWS) -> Generator[bytes]:
    """The sheet, batch by batch; a reader needs the end, so half a file is none."""
    # igzip packs four times as fast as zlib does on its fastest level, and no worse.
    packer = partial(isal_zlib.compressobj, level=1, wbits=-isal_zlib.MAX_WBITS)
    entries = ((path, _BEGINNING, 0o600, ZIP_32, data) for path, data in _entries(sheet, most_rows))
    yield from stream_zip(
        entries,
        get_compressobj=packer,  # type: ignore[arg-type] # as zlib's, of another class
        extended_timestamps=False,
    )


def _entries(sheet: Sheet, most_rows: int) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Each part of the book by its path; to be read before the next is asked for."""
    names: list[str] = []
    head = parts.SHEET_HEAD + data_of(
        _rows([pa.array([name]) for name in sheet.schema.names], parts.BOLD)
    )
    batches = _Ahead(_parts(sheet.batches, min(_MOST_AT_ONCE, most_rows - 1)))
    while batches.next is not None or not names:
        names.append(sheet.name if not names else f"{sheet.name} {len(names) + 1}")
        yield parts.path_of(len(names)), _sheet(head, batches, most_rows)
    names.append("About")
    facts = (*sheet.about, *_NOTES)
    about = [pa.array(list(column), pa.string()) for column in zip(*facts, strict=True)]
    yield (
        parts.path_of(len(names)),
        (parts.SHEET_HEAD, data_of(_rows(about)), parts.SHEET_TAIL),
    )
    for path, text in parts.others(names):
        yield path, (text.encode(),)


class _Ahead:
    """Batches, of which the next can be looked at."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._batches = batches
        self.next = next(batches, None)

    def take(self) -> pa.RecordBatch:
        """The next; there must be one."""
        taken, self.next = self.next, next(self._batches, None)
        return taken


def _sheet(head: bytes, batches: _Ahead, most_rows: int) -> Iterator[bytes]:
    yield head
    rows, size = 1, 0
    while (
        batches.next is not None and rows + batches.next.num_rows <= most_rows and size < MOST_BYTES
    ):
        rows += batches.next.num_rows
        written = data_of(_rows(batches.take().columns))
        size += len(written)
        yield written
    yield parts.SHEET_TAIL


def _parts(batches: Iterator[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """None is empty, and each fits on a sheet of its own."""
    for batch in batches:
        for first in range(0, batch.num_rows, rows):
            yield batch.slice(first, rows)


def _rows(columns: Sequence[pa.Array], style: int | None = None) -> pa.Array:
    cells = (each_value(each, lambda column: _cells(column, style)) for each in columns)
    return joined("<row>", *(pc.fill_null(each, "<c/>") for each in cells), "</row>")


def _cells(column: pa.Array, style: int | None) -> pa.Array:
    if is_number(column.type):
        return joined("<c><v>", number_texts(column), "</v></c>")
    if is_instant(column.type):
        days = pc.divide(column.cast(pa.int64()).cast(pa.float64()), float(_DAY_US))
        serial = pc.add(days, float(_EPOCH)).cast(pa.string())
        return joined(f'<c s="{parts.INSTANT}"><v>', serial, "</v></c>")
    if is_day(column.type):
        serial = pc.add(column.cast(pa.int32()), _EPOCH).cast(pa.string())
        return joined(f'<c s="{parts.DAY}"><v>', serial, "</v></c>")
    styled = f' s="{style}"' if style is not None else ""
    marks = pc.if_else(runs(column), f' s="{parts.QUOTED}"', styled)
    opened = joined("<c", marks, ' t="inlineStr"><is><t xml:space="preserve">')
    return joined(opened, _escaped(_cut(column)), "</t></is></c>")


def _cut(column: pa.Array) -> pa.Array:
    # By bytes, of which there are never fewer than of the units that programs count.
    long = pc.and_(
        pc.greater(pc.binary_length(column), _MOST_OF_CELL),
        pc.greater(pc.utf8_length(column), _CUT_TO),
    )
    if not pc.any(long).as_py():
        return column
    return pc.if_else(long, joined(pc.utf8_slice_codeunits(column, 0, _CUT_TO), "…"), column)


def _escaped(column: pa.Array) -> pa.Array:
    for mark, written in parts.ESCAPES:
        column = pc.replace_substring(column, mark, written)
    for pattern, written in parts.RULES:
        column = pc.replace_substring_regex(column, pattern, written)
    return column
