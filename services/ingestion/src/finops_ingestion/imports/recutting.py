"""Cuts a revision that stands anew, after accounts have moved: from its own files, not the cloud's."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from finops_ingestion.bills.cells import literal
from finops_ingestion.bills.engine import Limits, engine
from finops_ingestion.imports.cutting import cut_periods
from finops_ingestion.imports.orders import Order, Reading, StandingFiles


@dataclass(frozen=True)
class _Products:
    """A standing revision as `cutting` takes it."""

    name: str
    hourly_files: tuple[Path, ...]
    line_item_files: tuple[Path, ...]


@dataclass(frozen=True)
class _Recut:
    periods: tuple[_Products, ...]


def recut(order: Order, standing: StandingFiles, limits: Limits) -> Reading:
    """Cut the standing revision by the order's organizations, in this process."""
    with engine(limits) as connection:
        for name in ("tag_sets", "tags"):
            _put_together(connection, standing.files[name], order.to / f"{name}.parquet")
    products = _Products(
        f"{standing.period:%Y-%m}", standing.files["hourly"], standing.files["items"]
    )
    periods = cut_periods(order, _Recut((products,)), limits)
    lines = sum(share.lines for period in periods for share in period.shares)
    return Reading(
        schema_name=standing.schema_name,
        providers=(),
        rows_read=lines,
        rows_accepted=lines,
        rows_refused=0,
        refusals=[],
        findings=[],
        reached=None,
        invoiced=False,
        periods=periods,
    )


def _put_together(
    connection: duckdb.DuckDBPyConnection, files: Sequence[Path], target: Path
) -> None:
    """Every tag set once: several organizations may have had lines with the same one."""
    if files:
        names = ", ".join(literal(str(file)) for file in files)
        query = f"SELECT DISTINCT * FROM read_parquet([{names}], hive_partitioning = false)"  # noqa: S608 - our own paths
        options = "(FORMAT parquet, COMPRESSION zstd)"
        connection.execute(f"COPY ({query}) TO {literal(str(target))} {options}")
