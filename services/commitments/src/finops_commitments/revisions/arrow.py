"""Arrow parts: which hours one holds, its days, and many as one table."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from finops_common.contracts.cost_records import COLUMNS

_HOUR = pa.timestamp("us", "UTC")
_TYPES = {
    "timestamp": _HOUR,
    "date": pa.date32(),
    # Few words in many rows: as numbers of words a record takes little more than half.
    "text": pa.dictionary(pa.int32(), pa.string()),
    "decimal": pa.decimal128(38, 12),
    "count": pa.int64(),
}
_SCHEMA = pa.schema([(column.name, _TYPES[column.kind]) for column in COLUMNS])
_SENT = pa.schema(
    [(field.name, pa.string() if pa.types.is_dictionary(field.type) else field.type)
     for field in _SCHEMA]
)  # fmt: skip
_NAMES = _SCHEMA.names
_SUMMED = [column.name for column in COLUMNS if column.kind in {"decimal", "count"}]


class NotAPartError(ValueError):
    """The bytes are no hourly records of the contract; says what is wrong."""


@dataclass(frozen=True, slots=True)
class PartRead:
    """The first and last hour of a part, and its records added up by day, as Arrow bytes."""

    first_hour: datetime
    last_hour: datetime
    daily: bytes


def read_part(records: bytes) -> PartRead:
    """What a part holds.

    Raises:
        NotAPartError: not Arrow, other columns, or no rows.
    """
    try:
        sent = pa.ipc.open_stream(records).read_all()
        missing = [name for name in _NAMES if name not in sent.schema.names]
        if missing:
            raise NotAPartError(f"columns are missing: {', '.join(missing)}")
        hours = sent.column("hour")
        if hours.type != _HOUR or hours.null_count or not len(hours):
            raise NotAPartError(f"hour is {hours.type} in {len(hours)} rows")
        daily = _bytes(_by_day(sent.select(_NAMES).cast(_SENT)))
    except pa.ArrowException as error:
        raise NotAPartError(f"cannot be read: {error}") from error
    first_last: dict[str, Any] = pc.min_max(hours).as_py()
    return PartRead(first_last["min"], first_last["max"], daily)


def _by_day(records: pa.Table) -> pa.Table:
    """The records of a day as one, of which every sum over whole days is the same.

    What is unknown stays apart from what is known, and a record without lines from all others,
    since each of those counts as one line where its amount is missing.
    """
    day = pc.floor_temporal(records.column("hour"), unit="day")
    without_lines = pc.equal(records.column("lines"), 0)
    alone = pc.if_else(without_lines, pa.array(range(len(records))), -1)
    records = records.set_column(_NAMES.index("hour"), "hour", day).append_column("alone", alone)
    for name in _SUMMED:
        if records.column(name).null_count:
            records = records.append_column(f"no {name}", pc.is_null(records.column(name)))
    keys = [name for name in records.column_names if name not in _SUMMED]
    summed = records.group_by(keys).aggregate([(name, "sum") for name in _SUMMED])
    columns = [summed.column(f"{name}_sum" if name in _SUMMED else name) for name in _NAMES]
    return pa.Table.from_arrays(columns, names=_NAMES)


def _bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def table_of(parts: Iterable[bytes]) -> pa.Table:
    """All parts' rows with the columns of the contract in its order."""
    tables = [pa.ipc.open_stream(part).read_all().select(_NAMES) for part in parts]
    return pa.concat_tables([table.cast(_SCHEMA) for table in tables] or [_SCHEMA.empty_table()])
