"""By how many MB a process grows that exports many lines; run by a test in a process of its own."""

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
from pydantic import TypeAdapter

from finops_common.exports.domain import Format, Sheet
from finops_common.exports.files import WRITERS
from finops_ingestion.bills.line_items import STORED
from finops_ingestion.costs.domain import Days
from finops_ingestion.costs.engine import DuckEngine, File
from finops_ingestion.costs.exports.focus import FOCUS, focus_statement
from finops_ingestion.costs.exports.service import ROWS

PART = "2026-10/00000000-0000-0000-0000-000000000007"
OCTOBER = Days(date(2026, 10, 1), date(2026, 11, 1))
_MADE = {
    "charge_start": "TIMESTAMP '2026-10-01' + INTERVAL (i % 720) HOUR",
    "charge_end": "NULL::TIMESTAMP",
    "tag_set_id": "i % 1000",
    "resource_id": "'arn:aws:ec2:us-east-1:1:instance/i-' || md5(i::VARCHAR)",
}


def make_lake(folder: Path, lines: int) -> dict[str, list[File]]:
    amounts = {name for name in STORED if name.endswith(("_cost", "_quantity"))}
    columns = [
        _MADE.get(name)
        or ("(i / 1000003)::DECIMAL(37, 12)" if name in amounts else f"'{name} ' || (i % 97)")
        for name in STORED
    ]
    made = ", ".join(f"{sql} AS {name}" for sql, name in zip(columns, STORED, strict=True))
    items, sets = folder / "items.parquet", folder / "tag_sets.parquet"
    with duckdb.connect(config={"threads": 1}) as writer:
        writer.execute(f"COPY (SELECT {made} FROM range({lines}) t(i)) TO '{items}'")  # noqa: S608 - our own
        text = """'{"team":"web","number":"' || i || '"}'"""
        writer.execute(
            f"COPY (SELECT i AS tag_set_id, {text} AS tags FROM range(1000) t(i)) TO '{sets}'"  # noqa: S608 - our own
        )
    return {"lines": [File(items, PART)], "tag_sets": [File(sets, PART)]}


def export(engine: DuckEngine, files: dict[str, list[File]], form: Format, most: int) -> int:
    """The largest size of the process, in MB, while it writes."""

    def read(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        count = 0
        for batch in batches:
            yield batch.cast(FOCUS)
            count += batch.num_rows
            if count >= most:
                return

    largest = 0
    with engine.batches(focus_statement(OCTOBER, ()), files, ROWS) as batches:
        for _ in WRITERS[form](Sheet("Lines", FOCUS, read(batches), ())):
            largest = max(largest, size_mb())
    return largest


def size_mb() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4 // 1024


if __name__ == "__main__":
    folder, lines = Path(sys.argv[1]), int(sys.argv[2])
    files, engine = make_lake(folder, lines), DuckEngine(128, threads=1)
    form: Format = TypeAdapter[Format](Format).validate_python(sys.argv[3])
    # What the first export loads, libraries above all, stays whatever comes after.
    before = export(engine, files, form, 1)
    print(export(engine, files, form, lines) - before)  # noqa: T201 - what the test reads
