"""Hourly cost records: Parquet per billing period, and Arrow parts small enough for Kafka."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from finops_common.contracts.cost_records import COLUMNS, Kind
from finops_ingestion.bills.cells import literal
from finops_ingestion.bills.keys import words
from finops_ingestion.bills.mapping import Mapping
from finops_ingestion.bills.normalise import (
    bracketed,
    known_sql,
    parts_sql,
    record_columns,
    select,
)

MAX_PART_BYTES = 900_000
BATCH_ROWS = 10_000
ROW_GROUP = 122_880
_TYPES: dict[Kind, str] = {
    "timestamp": "TIMESTAMPTZ",
    "date": "DATE",
    "text": "VARCHAR",
    "decimal": "DECIMAL(38, 12)",
    "count": "BIGINT",
}
_COLUMN_TYPES = {column.name: _TYPES[column.kind] for column in COLUMNS}
TEXTS = [column.name for column in COLUMNS if column.kind == "text"]
"""Columns that repeat: only these are worth a dictionary in Parquet."""


def write_hourly(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    periods: Sequence[str],
    directory: Path,
) -> None:
    """Write `hourly/billing_period=YYYY-MM/part-0.parquet` from the tables `key_sets` and `sums`.

    What does not depend on hours is worked out once per key set, whose records stand together:
    files and parts are then smaller by half.
    """
    parts = bracketed(parts_sql(mapping, "key_sets"))
    numbered = select(["row_number() OVER () - 1 AS number", "*"], parts)
    connection.execute("CREATE TABLE parts AS " + numbered)
    columns = {name: _typed(name, sql) for name, sql in record_columns(mapping).items()}
    varying = {"hour", "lines", "priced", *mapping.sums()}
    hourly = {name: sql for name, sql in columns.items() if words(sql) & varying}
    lasting = {name: sql for name, sql in columns.items() if name not in hourly}
    sets = connection.sql(select(lasting, "parts", "ORDER BY number")).to_arrow_table()
    for period in periods:
        folder = directory / "hourly" / f"billing_period={period}"
        folder.mkdir(parents=True)
        mine = select(["*"], "parts", f"WHERE billing_period = DATE {literal(period + '-01')}")
        known = known_sql(mapping, f"sums JOIN {bracketed(mine)} USING (key_set)")
        found = connection.sql(
            select({"number": "number", **hourly}, bracketed(known), "ORDER BY number, hour")
        )
        with closing(found.to_arrow_reader(ROW_GROUP)) as reader:
            _write(reader, _dictionaries(sets), folder / "part-0.parquet")


def _typed(name: str, expression: str) -> str:
    return f"CAST({expression} AS {_COLUMN_TYPES[name]})"


def _dictionaries(sets: pa.Table) -> pa.Table:
    """The table with its texts as dictionaries, which the file takes over without reading them."""
    columns = [
        column.combine_chunks().dictionary_encode() if pa.types.is_string(column.type) else column
        for column in sets.columns
    ]
    return pa.table(columns, sets.column_names)


def _write(hours: pa.RecordBatchReader, sets: pa.Table, path: Path) -> None:
    """Write records: each row of `hours` with the row of `sets` that its number names."""
    names = [column.name for column in COLUMNS]
    fields = [(sets if n in sets.column_names else hours).schema.field(n) for n in names]
    with pq.ParquetWriter(
        path, pa.schema(fields), compression="zstd", use_dictionary=TEXTS, store_schema=False
    ) as writer:
        for batch in joined(hours, ROW_GROUP):
            mine = sets.take(batch.column("number"))
            columns = [(mine if n in mine.column_names else batch).column(n) for n in names]
            writer.write_table(pa.table(columns, schema=writer.schema), batch.num_rows)


def joined(reader: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """Batches of about so many rows: the engine gives smaller ones."""
    held: list[pa.RecordBatch] = []
    for batch in reader:
        held.append(batch)
        if sum(each.num_rows for each in held) >= rows:
            yield pa.concat_batches(held)
            held = []
    if held:
        yield pa.concat_batches(held)


def parts_of(files: Sequence[Path], limit: int = MAX_PART_BYTES) -> Iterator[bytes]:
    """Arrow IPC streams (zstd) of at most `limit` bytes, each readable by itself."""
    for file in files:
        with pq.ParquetFile(file) as parquet:
            for batch in parquet.iter_batches(BATCH_ROWS):
                for _, part in cut(batch, limit):
                    yield part


def cut(
    batch: pa.RecordBatch, limit: int = MAX_PART_BYTES
) -> Iterator[tuple[pa.RecordBatch, bytes]]:
    """The batch in pieces whose Arrow IPC streams have at most `limit` bytes, with these."""
    part = arrow_stream(batch)
    if len(part) <= limit or batch.num_rows == 1:
        yield batch, part
        return
    half = batch.num_rows // 2
    yield from cut(batch.slice(0, half), limit)
    yield from cut(batch.slice(half), limit)


def arrow_stream(batch: pa.RecordBatch) -> bytes:
    """The batch as one Arrow IPC stream (zstd)."""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, batch.schema, options=options) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())
