"""Cuts a revision that stands anew, after accounts have moved: from its own files, not the cloud's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import duckdb

from finops_common.blobs import Blobs
from finops_common.db.transaction import Transaction
from finops_ingestion.bills.cells import literal
from finops_ingestion.bills.engine import Limits, engine
from finops_ingestion.imports.cutting import cut_periods
from finops_ingestion.imports.domain import Import, Period
from finops_ingestion.imports.orders import Order, Reading, StandingFiles
from finops_ingestion.imports.repository import PeriodRepository, current_shares
from finops_ingestion.imports.tables import revisions, shares

PRODUCTS = ("hourly", "items", "tag_sets", "tags")


class Standing(NamedTuple):
    """The revision of a period that stands, with the files of all shares by what they hold."""

    period: Period
    schema: str
    files: Mapping[str, Sequence[str]]


async def find_standing(tx: Transaction, read: Import) -> Standing | None:
    """What an import after a move cuts anew; None when there is nothing (any more)."""
    if read.period is None:
        return None
    period = await PeriodRepository(tx).find(read.billing_source_id, read.period)
    if period is None or period.finality != "open":
        return None
    rows = await tx.all(
        current_shares()
        .add_columns(revisions.c.schema)
        .where(shares.c.billing_source_id == read.billing_source_id)
        .where(shares.c.period == read.period)
        .order_by(shares.c.organization_id)
    )
    if not rows:
        return None
    files = {name: [r.files[name] for r in rows if name in r.files] for name in PRODUCTS}
    return Standing(period, rows[0].schema, files)


async def fetch_standing(blobs: Blobs, standing: Standing) -> StandingFiles:
    """The same as local files.

    Raises:
        BlobMissingError: its data was deleted meanwhile.
    """
    local = {
        name: tuple([await blobs.local(key) for key in keys])
        for name, keys in standing.files.items()
    }
    return StandingFiles(period=standing.period.period, schema_name=standing.schema, files=local)


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
