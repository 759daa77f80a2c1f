"""Rows to file bytes: gzip CSV and Parquet, the same bytes for the same rows."""

import csv
import gzip
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from finops_sandbox.world.bills_columns import (
    CUR2_PRODUCT_COLUMNS,
    LEGACY_COLUMNS,
    PLAIN_COLUMNS,
    column_type,
    snake,
)
from finops_sandbox.world.bills_cur import utc_text
from finops_sandbox.world.bills_focus import (
    FOCUS_COLUMNS,
    FOCUS_MAPS,
    FOCUS_NUMBERS,
    FOCUS_TIMES,
)

Rows = Sequence[Mapping[str, object]]
Schema = Sequence[tuple[str, str]]
# Column name and type: text, number, time, map or number map.

_ARROW: dict[str, Any] = {
    "text": pa.string(),
    "number": pa.float64(),
    "time": pa.timestamp("ms"),
    "map": pa.map_(pa.string(), pa.string()),
    "number map": pa.map_(pa.string(), pa.float64()),
}

LEGACY_SCHEMA: Schema = [(name, column_type(name)) for name in LEGACY_COLUMNS]
LEGACY_PARQUET_SCHEMA: Schema = [(snake(name), kind) for name, kind in LEGACY_SCHEMA]
CUR2_SCHEMA: Schema = sorted(
    [
        *((snake(name), column_type(name)) for name in PLAIN_COLUMNS + CUR2_PRODUCT_COLUMNS),
        ("bill_payer_account_name", "text"),
        ("line_item_usage_account_name", "text"),
        *((name, "map") for name in ("product", "resource_tags", "cost_category")),
        ("discount", "number map"),
    ]
)


def _focus_type(name: str) -> str:
    if name in FOCUS_NUMBERS:
        return "number"
    if name in FOCUS_TIMES:
        return "time"
    return "map" if name in FOCUS_MAPS else "text"


FOCUS_SCHEMA: Schema = [(name, _focus_type(name)) for name in FOCUS_COLUMNS]


def csv_gz(rows: Iterable[Mapping[str, object]], schema: Schema) -> bytes:
    """A gzip CSV with a header; missing values are empty, maps are JSON."""
    names = [name for name, _ in schema]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        texts = {name: _csv_text(value) for name, value in row.items() if value is not None}
        writer.writerow([texts.get(name, "") for name in names])
    return gzip.compress(text.getvalue().encode(), compresslevel=3, mtime=0)


def parquet(rows: Rows, schema: Schema) -> bytes:
    """A snappy Parquet file; numbers are doubles as in AWS's exports."""
    arrays = [pa.array(_arrow_values(rows, name, kind), type=_ARROW[kind]) for name, kind in schema]
    sink = io.BytesIO()
    table = pa.table(arrays, names=[name for name, _ in schema])
    pq.write_table(table, sink, compression="snappy")
    return sink.getvalue()


def _csv_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return utc_text(value)
    return json.dumps(value, sort_keys=True) if isinstance(value, dict) else str(value)


def _arrow_values(rows: Rows, name: str, kind: str) -> list[object]:
    values = (row.get(name) for row in rows)
    return [None if value is None else _arrow_value(value, kind) for value in values]


def _arrow_value(value: object, kind: str) -> object:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return sorted(value.items())
    if kind == "number":
        return float(str(value))
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    return _csv_text(value)
