"""Arrow parts: which hours one holds, and many as one table."""

from collections.abc import Iterable
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
_NAMES = _SCHEMA.names


class NotAPartError(ValueError):
    """The bytes are no hourly records of the contract; says what is wrong."""


def hours_of(records: bytes) -> tuple[datetime, datetime]:
    """The first and last hour of a part; only that column is unpacked.

    Raises:
        NotAPartError: not Arrow, other columns, or no rows.
    """
    try:
        with pa.ipc.open_stream(records) as stream:
            names = stream.schema.names
        missing = [name for name in _NAMES if name not in names]
        if missing:
            raise NotAPartError(f"columns are missing: {', '.join(missing)}")
        chosen = pa.ipc.IpcReadOptions(included_fields=[names.index("hour")])
        with pa.ipc.open_stream(records, options=chosen) as stream:
            hours = stream.read_all().column("hour")
    except pa.ArrowException as error:
        raise NotAPartError(f"cannot be read: {error}") from error
    if hours.type != _HOUR or hours.null_count or not len(hours):
        raise NotAPartError(f"hour is {hours.type} in {len(hours)} rows")
    first_last: dict[str, Any] = pc.min_max(hours).as_py()
    return first_last["min"], first_last["max"]


def table_of(parts: Iterable[bytes]) -> pa.Table:
    """All parts' rows with the columns of the contract in its order."""
    tables = [pa.ipc.open_stream(part).read_all().select(_NAMES) for part in parts]
    return pa.concat_tables([table.cast(_SCHEMA) for table in tables] or [_SCHEMA.empty_table()])
