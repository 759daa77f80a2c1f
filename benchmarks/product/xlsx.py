"""P13: a table of 100,000 rows of utilization as XLSX, from Arrow as exports have it."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pyarrow as pa

from finops_common.exports.as_xlsx import write_xlsx
from finops_common.exports.domain import Sheet
from sides import Clock, Given, Sample

ROWS, BATCH, AMOUNTS = 100_000, 4096, 6
SCHEMA = pa.schema(
    [
        ("commitment", pa.string()),
        ("currency", pa.string()),
        ("period_start", pa.timestamp("us", "UTC")),
        *((f"amount_{at}", pa.decimal128(38, 12)) for at in range(AMOUNTS)),
    ]
)


def measure(given: Given) -> Sample:
    table, file = a_table(), Path(given.scratch) / "ours.xlsx"
    _write(table.slice(0, 100), file)
    with Clock() as clock:
        _write(table, file)
    return clock.sample(ROWS, told(file), mb=file.stat().st_size / 1e6)


def a_table() -> pa.Table:
    """Hours of commitments with amounts of twelve places, seeded."""
    random = np.random.default_rng(13)
    first = datetime(2026, 10, 1, tzinfo=UTC)
    plan = "arn:aws:savingsplans::111111111111:savingsplan/{:08d}"
    columns = [
        pa.array([plan.format(row // 720) for row in range(ROWS)]),
        pa.array(["USD"] * ROWS),
        pa.array([first + timedelta(hours=row % 720) for row in range(ROWS)], SCHEMA.types[2]),
        *(
            pa.array(
                [Decimal(each) / 10**12 for each in random.integers(0, 10**13, ROWS).tolist()],
                SCHEMA.types[3],
            )
            for _ in range(AMOUNTS)
        ),
    ]
    return pa.table(columns, schema=SCHEMA)


def told(file: Path) -> dict[str, float]:
    """What its first sheet holds: rows, and the sum of all numbers of at most 100 but dates."""
    with ZipFile(file) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    numbers = [float(each) for each in re.findall(r"<v>([0-9.eE+-]+)</v>", sheet)]
    amounts = [each for each in numbers if each < 100 and not each.is_integer()]
    return {"rows": len(re.findall(r"<row\b", sheet)), "sum": round(sum(amounts), 2)}


def _write(table: pa.Table, file: Path) -> None:
    batches: Iterator[pa.RecordBatch] = iter(table.to_batches(max_chunksize=BATCH))
    with file.open("wb") as target:
        for piece in write_xlsx(Sheet("Utilization", SCHEMA, batches, ())):
            target.write(piece)
