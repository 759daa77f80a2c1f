"""Writes Parquet: amounts as decimals, instants in UTC, what it holds among its metadata."""

import json
from collections.abc import Generator, Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from finops_common.exports.domain import Sheet
from finops_common.exports.sinks import Sink

ABOUT = b"finops.about"
GROUP_ROWS = 16_384


def write_parquet(sheet: Sheet) -> Generator[bytes]:
    """The sheet, row group by row group; a reader needs the end, so half a file is none."""
    sink = Sink()
    schema = sheet.schema.with_metadata({ABOUT: json.dumps(dict(sheet.about)).encode()})
    with pq.ParquetWriter(pa.PythonFile(sink, mode="w"), schema, compression="zstd") as writer:
        for group in _groups(sheet.batches):
            writer.write_table(pa.Table.from_batches(group).cast(schema))
            yield sink.take()
    yield sink.take()


def _groups(batches: Iterator[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    group: list[pa.RecordBatch] = []
    for batch in batches:
        group.append(batch)
        if sum(each.num_rows for each in group) >= GROUP_ROWS:
            yield group
            group = []
    if group:
        yield group
