"""Writes CSV as RFC 4180 has it: UTF-8, a header, no exponents, no formulas."""

from collections.abc import Generator

import pyarrow as pa
import pyarrow.compute as pc

from finops_common.exports.domain import Sheet
from finops_common.exports.texts import (
    data_of,
    each_value,
    instant_texts,
    is_day,
    is_instant,
    is_number,
    joined,
    number_texts,
    runs,
)


def write_csv(sheet: Sheet) -> Generator[bytes]:
    """The sheet, batch by batch. A text that a spreadsheet program would run gets an apostrophe."""
    yield data_of(_lines([pa.array([name]) for name in sheet.schema.names]))
    for batch in sheet.batches:
        yield data_of(_lines(batch.columns))


def _lines(columns: list[pa.Array]) -> pa.Array:
    parts: list[pa.Array | str] = []
    for column in columns:
        parts += [pc.fill_null(each_value(column, _texts), ""), ","]
    return joined(*parts[:-1], "\r\n")


def _texts(column: pa.Array) -> pa.Array:
    if is_number(column.type):
        return number_texts(column)
    if is_instant(column.type):
        return instant_texts(column)
    if is_day(column.type):
        return column.cast(pa.string())
    safe = pc.if_else(runs(column), joined("'", column), column)
    quoted = joined('"', pc.replace_substring(safe, '"', '""'), '"')
    return pc.if_else(pc.match_substring_regex(safe, '[",\\r\\n]'), quoted, safe)
