"""Rewrites several files of a table as one, sorted the way queries prune; DuckDB does the work."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from finops_ingestion.bills.cells import literal
from finops_ingestion.bills.engine import Limits, engine

ORDER: Mapping[str, str] = {
    "line_items": "CAST(charge_start AS DATE), service, account_id, resource_id",
    "tags": "key, value, tag_set_id",
}


class CompactionDiffersError(Exception):
    """The new file does not hold the same rows; it is not to be used."""


def compact(table: str, sources: Sequence[Path], target: Path, limits: Limits) -> None:
    """Write `target` with exactly the rows of `sources`, sorted.

    Raises:
        CompactionDiffersError: it does not hold the same rows.
    """
    files = ", ".join(literal(str(source)) for source in sources)
    # By name: a file written by an older version may lack a column.
    rows = f"read_parquet([{files}], union_by_name = true, hive_partitioning = false)"
    written = f"read_parquet({literal(str(target))}, hive_partitioning = false)"
    with engine(limits) as connection:
        connection.execute(
            f"COPY (SELECT * FROM {rows} ORDER BY {ORDER[table]}) TO {literal(str(target))}"  # noqa: S608 - our own paths
            " (FORMAT parquet, COMPRESSION zstd)"
        )
        if _sum_of(connection, rows) != _sum_of(connection, written):
            raise CompactionDiffersError(str(target))


def _sum_of(connection: duckdb.DuckDBPyConnection, source: str) -> tuple[int, int]:
    """Rows and the sum of their hashes, which no order changes."""
    query = f"SELECT count(*), sum(hash(CAST(r AS VARCHAR))) FROM {source} AS r"  # noqa: S608 - our own paths
    ((rows, total),) = connection.execute(query).fetchall()
    return rows, total
