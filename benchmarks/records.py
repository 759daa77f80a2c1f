"""The hourly records of a bill as ingestion cuts them for Kafka; converted once and kept."""

import shutil
from pathlib import Path

import pyarrow as pa

from finops_commitments.revisions.arrow import table_of
from finops_ingestion.bills.convert import convert_bill, hourly_parts
from finops_ingestion.bills.hourly import arrow_stream

PERIOD = "2026-10"
BATCH = 10_000


def parts_of(bill: str, most: int) -> list[bytes]:
    """Parts of ten thousand records, `most` records in all or fewer; Arrow IPC streams."""
    table = _records(Path(bill)).slice(0, most).combine_chunks()
    return [arrow_stream(batch) for batch in table.to_batches(max_chunksize=BATCH)]


def _records(bill: Path) -> pa.Table:
    kept = bill.with_name(f"{bill.name}-hourly.arrows")
    if not kept.exists():
        _convert(bill, kept)
    with pa.memory_map(str(kept)) as file:
        return pa.ipc.open_stream(file).read_all()


def _convert(bill: Path, kept: Path) -> None:
    folder = kept.with_suffix(".draft")
    conversion = convert_bill([bill], folder, line_items=False)
    table = table_of(hourly_parts(conversion, PERIOD))
    draft = folder / kept.name
    with pa.OSFile(str(draft), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    draft.rename(kept)
    shutil.rmtree(folder)
