"""P9: the same questions of a daily rollup in PostgreSQL, by account, service, region and tag set.

Made from the lake's own lines, analysed, with an index where one helps; every parallel worker
PostgreSQL wants by default.
"""

from pathlib import Path

import asyncpg
import duckdb

from finops_common.ids import new_id
from lake import ensure_lake, shares_of
from product.lake import TAG, VALUE, Sums, clocked, sums
from sides import Given, Sample

ROLLUP = """
    SELECT CAST(charge_start AS DATE) AS day, account_id, service, region, charge_category, tag_set_id,
        count(*) AS lines, sum(billed_cost) AS billed, sum(effective_cost) AS effective
    FROM read_parquet([{items}]) GROUP BY ALL
"""
TABLES = """
    CREATE TABLE {name} (day date, account_id text, service text, region text,
        charge_category text, tag_set_id bigint, lines bigint, billed numeric, effective numeric);
    CREATE TABLE {name}_tags (tag_set_id bigint, key text, value text)
"""
INDEXES = """
    CREATE INDEX ON {name} (day);
    CREATE INDEX ON {name}_tags (key, value);
    ANALYZE {name};
    ANALYZE {name}_tags
"""
PLAIN = """
    SELECT service, sum(effective) FROM {name}
    WHERE day >= '2026-10-01' AND day < '2026-11-01' GROUP BY service
"""
TAGGED = """
    SELECT service, sum(effective) FROM {name}
    WHERE day >= '2026-10-01' AND day < '2026-11-01' AND tag_set_id IN (
        SELECT tag_set_id FROM {name}_tags WHERE key = $1 AND value = $2)
    GROUP BY service
"""


async def measure(given: Given) -> Sample:
    folder = await ensure_lake(given.size)
    name = f"rollup_{new_id().hex}"
    connection = await asyncpg.connect(given.postgres)
    try:
        await _fill(connection, folder, Path(given.scratch), name)

        async def plain() -> Sums:
            return sums(await connection.fetch(PLAIN.format(name=name)))

        async def tagged() -> Sums:
            return sums(await connection.fetch(TAGGED.format(name=name), TAG, VALUE))

        sample = await clocked({"plain": plain, "tagged": tagged})
        sample.facts["records"] = await connection.fetchval(f"SELECT count(*) FROM {name}")
    finally:
        await connection.execute(f"DROP TABLE IF EXISTS {name}, {name}_tags")
        await connection.close()
    return sample


async def _fill(connection: asyncpg.Connection, folder: Path, scratch: Path, name: str) -> None:
    await connection.execute(TABLES.format(name=name))
    queries = {
        name: ROLLUP.format(items=_files(folder, "items")),
        f"{name}_tags": f"SELECT DISTINCT tag_set_id, key, value FROM read_parquet([{_files(folder, 'tags')}])",
    }
    for table, query in queries.items():
        text = scratch / f"{table}.csv"
        duckdb.execute(f"COPY ({query}) TO '{text}' (FORMAT csv, HEADER false)")
        await connection.copy_to_table(table, source=text, format="csv", timeout=3600)
        text.unlink()
    await connection.execute(INDEXES.format(name=name), timeout=3600)


def _files(folder: Path, kind: str) -> str:
    return ", ".join(f"'{folder / share['files'][kind]}'" for share in shares_of(folder))
