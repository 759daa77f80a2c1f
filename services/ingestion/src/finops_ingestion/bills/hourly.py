"""Hourly cost records: Parquet per billing period, and Arrow parts small enough for Kafka."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from finops_common.contracts.cost_records import COLUMNS, Kind
from finops_ingestion.bills.cells import literal
from finops_ingestion.bills.mapping import Mapping
from finops_ingestion.bills.normalise import bracketed, records_sql, select

MAX_PART_BYTES = 900_000
BATCH_ROWS = 10_000
_TYPES: dict[Kind, str] = {
    "timestamp": "TIMESTAMPTZ",
    "date": "DATE",
    "text": "VARCHAR",
    "decimal": "DECIMAL(38, 12)",
    "count": "BIGINT",
}


def write_hourly(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    periods: Sequence[str],
    directory: Path,
) -> None:
    """Write `hourly/billing_period=YYYY-MM/part-0.parquet` from the table `cube`."""
    records = bracketed(records_sql(mapping, "cube"))
    typed = {column.name: f"CAST({column.name} AS {_TYPES[column.kind]})" for column in COLUMNS}
    for period in periods:
        folder = directory / "hourly" / f"billing_period={period}"
        folder.mkdir(parents=True)
        query = select(typed, records, f"WHERE billing_period = DATE {literal(period + '-01')}")
        target = literal(str(folder / "part-0.parquet"))
        connection.execute(f"COPY ({query}) TO {target} (FORMAT parquet, COMPRESSION zstd)")


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
