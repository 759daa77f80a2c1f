"""Arrow parts: which hours one holds, its days, and many as one table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

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
# A part is small: threads take longer to be woken than to unpack it.
_ALONE = pa.ipc.IpcReadOptions(use_threads=False)
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
        sent = pa.ipc.open_stream(records, options=_ALONE).read_all()
        missing = [name for name in _NAMES if name not in sent.schema.names]
        if missing:
            raise NotAPartError(f"columns are missing: {', '.join(missing)}")
        hours = sent.column("hour")
        if hours.type != _HOUR or hours.null_count or not len(hours):
            raise NotAPartError(f"hour is {hours.type} in {len(hours)} rows")
        daily = _bytes(_by_day(sent.select(_NAMES).cast(_SCHEMA)))
    except pa.ArrowException as error:
        raise NotAPartError(f"cannot be read: {error}") from error
    first_last: dict[str, Any] = pc.min_max(hours).as_py()
    return PartRead(first_last["min"], first_last["max"], daily)


def _by_day(records: pa.Table) -> pa.Table:
    """Neighbours of one day as one record, of which every sum over whole days is the same.

    Ingestion sends the hours of one key after another, so neighbours are nearly all there are.
    What is unknown stays apart from what is known, as do records that count as a line of their own.
    """
    day = pc.floor_temporal(records.column("hour"), unit="day")
    records = records.set_column(_NAMES.index("hour"), "hour", day)
    records = records.unify_dictionaries().combine_chunks()
    begins = _beginnings(records)
    numbered = records.select(_SUMMED).append_column("of", pa.array(begins.cumsum()))
    # In order, as one thread leaves it: the groups are those of the beginnings.
    grouped = numbered.group_by("of", use_threads=False)
    summed = grouped.aggregate([(name, "sum") for name in _SUMMED])
    keys = records.filter(pa.array(begins))
    columns = [
        summed.column(f"{name}_sum") if name in _SUMMED else keys.column(name) for name in _NAMES
    ]
    return pa.Table.from_arrays(columns, names=_NAMES)


def _beginnings(records: pa.Table) -> NDArray[np.bool_]:
    """Which rows cannot be added to the one before."""
    alone = _counting_one(records)
    begins: NDArray[np.bool_] = alone.copy()
    begins[1:] |= alone[:-1]
    begins[0] = True
    for name in _NAMES:
        column: Any = records.column(name).chunk(0)
        if 0 < column.null_count < len(column):
            missing = column.is_null().to_numpy(zero_copy_only=False)
            begins[1:] |= missing[1:] != missing[:-1]
        if name not in _SUMMED:
            values = column.indices if pa.types.is_dictionary(column.type) else column
            differs = pc.not_equal(values[1:], values[:-1])
            begins[1:] |= pc.fill_null(differs, fill_value=False).to_numpy(zero_copy_only=False)
    return begins


def _counting_one(records: pa.Table) -> NDArray[np.bool_]:
    """Which records count as a line where an amount is missing, though they have none.

    Of unused commitment only its quantity is asked for, and that is hardly ever missing.
    """
    unused = pc.equal(records.column("commitment_status"), "Unused")
    complete = pc.and_(unused, pc.is_valid(records.column("commitment_quantity")))
    no_lines = pc.equal(records.column("lines"), 0)
    found = pc.and_not(no_lines, pc.fill_null(complete, fill_value=False))
    counting: NDArray[np.bool_] = found.to_numpy()
    return counting


def _bytes(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd", use_threads=False)
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def days_and_hours(
    parts: Iterable[tuple[bytes, bytes | None]], by_hour: Sequence[datetime]
) -> pa.Table:
    """All parts by day as one table; the days `by_hour`, by their midnights, come by hour.

    Each part is its records by day, and those by hour where it has any on such a day.
    """
    days = pa.array(by_hour, _HOUR)
    tables = []
    for daily, hours in parts:
        of_days = table_of([daily])
        tables.append(of_days.filter(pc.invert(_on(days, of_days))) if by_hour else of_days)
        if hours is not None:
            of_hours = table_of([hours])
            # One by one: a month by hour is far more than what is kept of it.
            tables.append(of_hours.filter(_on(days, of_hours)))
    return pa.concat_tables(tables or [_SCHEMA.empty_table()])


def _on(days: pa.Array, records: pa.Table) -> Any:  # noqa: ANN401 - a mask
    return pc.is_in(pc.floor_temporal(records.column("hour"), unit="day"), days)


def table_of(parts: Iterable[bytes]) -> pa.Table:
    """All parts' rows with the columns of the contract in its order."""
    tables = [pa.ipc.open_stream(part).read_all().select(_NAMES) for part in parts]
    return pa.concat_tables([table.cast(_SCHEMA) for table in tables] or [_SCHEMA.empty_table()])
