"""P7: asyncpg's copy_records_to_table of hourly records into a plain logged table, no index."""

from decimal import Decimal

import asyncpg
import pyarrow as pa

from finops_commitments.revisions.arrow import table_of
from finops_common.contracts.cost_records import COLUMNS
from finops_common.ids import new_id
from records import parts_of
from sides import Clock, Given, Sample

MOST = 50_000
_TYPES = {
    "timestamp": "timestamptz",
    "date": "date",
    "text": "text",
    "decimal": "numeric(38, 12)",
    "count": "bigint",
}


async def measure(given: Given) -> Sample:
    names = [column.name for column in COLUMNS]
    # Tuples are made before the clock starts: the limit is what copying alone takes.
    rows = _tuples(table_of(parts_of(given.bill, MOST)))
    connection = await asyncpg.connect(given.postgres)
    table = f"copied_{new_id().hex}"
    columns = ", ".join(f'"{column.name}" {_TYPES[column.kind]}' for column in COLUMNS)
    await connection.execute(f"CREATE TABLE {table} ({columns})")
    try:
        await connection.copy_records_to_table(table, records=rows[:100], columns=names)
        await connection.execute(f"TRUNCATE {table}")
        with Clock() as clock:
            await connection.copy_records_to_table(table, records=rows, columns=names)
        (found,) = await connection.fetch(f"SELECT count(*), sum(effective_cost) FROM {table}")
        size = await connection.fetchval("SELECT pg_total_relation_size($1::regclass)", table)
    finally:
        await connection.execute(f"DROP TABLE {table}")
        await connection.close()
    answer = {"records": found[0], "effective": str(Decimal(found[1]))}
    return clock.sample(len(rows), answer, bytes_per_record=size / len(rows))


def _tuples(table: pa.Table) -> list[tuple[object, ...]]:
    columns = [column.to_pylist() for column in table.columns]
    return list(zip(*columns, strict=True))
