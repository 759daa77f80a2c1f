"""Columns as texts: amounts to the last digit, instants as FOCUS writes them."""

from collections.abc import Callable
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from finops_common.money import plain

FORMULA = r"^[=+\-@\t\r\n\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]"
"""How texts begin that spreadsheet programs would run: full-width signs are some programs', too."""


def is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_decimal(kind))


def is_instant(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind))


def is_day(kind: pa.DataType) -> bool:
    return bool(pa.types.is_date32(kind))


def number_texts(column: pa.Array) -> pa.Array:
    """Decimals without exponent and trailing zeros; null stays null."""
    texts = column.cast(pa.string())
    # Arrow writes 0.0000001 as 1E-7. Such amounts are few in most columns; zeros are not.
    small = pc.and_(
        pc.match_substring(texts, "E"), pc.not_equal(column, pa.scalar(Decimal(0), column.type))
    )
    wanted = pc.fill_null(small, fill_value=False)
    if pc.any(wanted).as_py():
        mended = [plain(each.as_py()) for each in column.filter(wanted)]
        texts = pc.replace_with_mask(texts, wanted, pa.array(mended, pa.string()))
    dotted = pc.match_substring(texts, ".")
    short = pc.utf8_rtrim(pc.utf8_rtrim(texts, characters="0"), characters=".")
    texts = pc.if_else(dotted, short, texts)
    return pc.if_else(pc.match_substring(texts, "E"), "0", texts)


def instant_texts(column: pa.Array) -> pa.Array:
    """To the second, UTC: 2026-10-01T00:00:00Z."""
    return pc.strftime(column.cast(pa.timestamp("s", "UTC"), safe=False), "%Y-%m-%dT%H:%M:%SZ")


def runs(column: pa.Array) -> pa.Array:
    """Whether a spreadsheet program would run a text as a formula."""
    return pc.match_substring_regex(column, FORMULA)


def each_value(column: pa.Array, write: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """The column as `write` writes its values, each of them once: bills repeat themselves."""
    encoded = column.dictionary_encode()
    return write(encoded.dictionary).take(encoded.indices)


def joined(*parts: pa.Array | str) -> pa.Array:
    """Row by row one text; null where a part is null."""
    return pc.binary_join_element_wise(*parts, "")


def data_of(texts: pa.Array) -> bytes:
    """All texts behind one another, as they lie in memory."""
    offsets = pa.Array.from_buffers(
        pa.int32(), len(texts) + 1, [None, texts.buffers()[1]], offset=texts.offset
    )
    start, end = offsets[0].as_py(), offsets[len(texts)].as_py()
    return bytes(memoryview(texts.buffers()[2])[start:end]) if end > start else b""
