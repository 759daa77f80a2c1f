"""Cuts a converted bill by the organization each account belongs to."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, date
from pathlib import Path
from typing import Protocol
from uuid import UUID

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from finops_common.contracts.ingestion import CostTotal
from finops_ingestion.bills.cells import literal
from finops_ingestion.bills.engine import Limits, engine
from finops_ingestion.bills.hourly import BATCH_ROWS, TEXTS, cut, joined
from finops_ingestion.imports.orders import CutPart, CutPeriod, CutShare, Order


class Products(Protocol):
    """A period's files; `name` as "2026-10"."""

    @property
    def name(self) -> str: ...

    @property
    def hourly_files(self) -> tuple[Path, ...]: ...

    @property
    def line_item_files(self) -> tuple[Path, ...]: ...


class Converted(Protocol):
    """A bill in our own form; tag sets and tags lie in the order's folder."""

    @property
    def periods(self) -> Sequence[Products]: ...


def cut_periods(order: Order, conversion: Converted, limits: Limits) -> tuple[CutPeriod, ...]:
    """Write each organization's records, parts, line items and tags below `order.to`/cut."""
    with engine(limits) as connection:
        owners = pa.table(
            {
                "account_id": pa.array(order.organizations.keys(), pa.string()),
                "owner": pa.array(map(str, order.organizations.values()), pa.string()),
            }
        )
        connection.register("owners", owners)
        return tuple(
            CutPeriod(
                period=date.fromisoformat(f"{period.name}-01"),
                shares=tuple(_shares(connection, order, period)),
            )
            for period in conversion.periods
        )


def payers_of(conversion: Converted, limits: Limits) -> tuple[str, ...]:
    """The accounts that pay for what the bill says."""
    files = [literal(str(file)) for each in conversion.periods for file in each.hourly_files]
    if not files:
        return ()
    source = f"read_parquet([{', '.join(files)}], hive_partitioning = false)"
    query = f"SELECT DISTINCT payer_account_id FROM {source} ORDER BY 1"  # noqa: S608 - our own paths
    with engine(limits) as connection:
        return tuple(payer for (payer,) in connection.execute(query).fetchall())


def _shares(
    connection: duckdb.DuckDBPyConnection, order: Order, period: Products
) -> Iterator[CutShare]:
    for owner in _owners(connection, order, period.hourly_files):
        yield _share(connection, order, period, owner)


def _owners(
    connection: duckdb.DuckDBPyConnection, order: Order, files: tuple[Path, ...]
) -> list[UUID]:
    query = f"SELECT DISTINCT {_owner(order)} {_owned(files)} ORDER BY 1"
    return [UUID(owner) for (owner,) in connection.execute(query).fetchall()]


def _owner(order: Order) -> str:
    return f"coalesce(owner, {literal(str(order.otherwise))})"


def _owned(files: tuple[Path, ...]) -> str:
    names = ", ".join(literal(str(file)) for file in files)
    return (
        f"FROM read_parquet([{names}], hive_partitioning = false) AS records"
        " LEFT JOIN owners USING (account_id)"
    )


def _share(
    connection: duckdb.DuckDBPyConnection, order: Order, period: Products, owner: UUID
) -> CutShare:
    folder = order.to / "cut" / period.name / str(owner)
    folder.mkdir(parents=True)
    mine = f"WHERE {_owner(order)} = {literal(str(owner))}"
    files = {"hourly": folder / "hourly.parquet"}
    parts = _write_hourly(connection, f"{_owned(period.hourly_files)} {mine}", folder)
    if period.line_item_files:
        items = _whole(connection, order, period, owner)
        if items is None:
            items = folder / "items.parquet"
            source = f"{_owned(period.line_item_files)} {mine}"
            _copy(connection, f"SELECT records.* {source}", items)
        files |= {"items": items} | _write_tags(connection, order, items, folder)
    rows, lines, last_hour = connection.execute(
        f"SELECT count(*), sum(lines), CAST(max(hour) FILTER (charge_category = 'Usage') AS TIMESTAMP) + INTERVAL 1 HOUR"  # noqa: S608 - our own path
        f" FROM read_parquet({literal(str(files['hourly']))})"
    ).fetchall()[0]
    return CutShare(
        organization_id=owner,
        parts=parts,
        files=files,
        rows=rows,
        lines=lines,
        totals=tuple(_totals(connection, files["hourly"])),
        last_hour=last_hour.replace(tzinfo=UTC) if last_hour else None,
    )


def _write_hourly(
    connection: duckdb.DuckDBPyConnection, source: str, folder: Path
) -> tuple[CutPart, ...]:
    """One row group a part, so that a part can be read again by its number."""
    records = connection.sql(f"SELECT records.* {source}").to_arrow_reader(BATCH_ROWS)
    parts: list[CutPart] = []
    with (
        closing(records) as reader,
        pq.ParquetWriter(
            folder / "hourly.parquet", reader.schema, compression="zstd", use_dictionary=TEXTS
        ) as writer,
    ):
        for batch in joined(reader, BATCH_ROWS):
            for piece, stream in cut(batch):
                writer.write_batch(piece, row_group_size=piece.num_rows)
                path = folder / f"{len(parts)}.arrow"
                path.write_bytes(stream)
                parts.append(CutPart(path=path, rows=piece.num_rows))
    return tuple(parts)


def _whole(
    connection: duckdb.DuckDBPyConnection, order: Order, period: Products, owner: UUID
) -> Path | None:
    """The file that has the owner's line items and nobody else's, if there is one.

    Writing lines is most of the work of an import: they are not written twice. A standing
    revision's files are not this process's to give away.
    """
    files = period.line_item_files
    if order.standing or len(files) > 1 or _owners(connection, order, files) != [owner]:
        return None
    return files[0]


def _write_tags(
    connection: duckdb.DuckDBPyConnection, order: Order, items: Path, folder: Path
) -> dict[str, Path]:
    """Tags are cut too: another organization's are none of this one's business."""
    files = {name: folder / f"{name}.parquet" for name in ("tag_sets", "tags")}
    used = f"SELECT tag_set_id FROM read_parquet({literal(str(items))})"  # noqa: S608 - our own path
    for name, target in files.items():
        whole = literal(str(order.to / f"{name}.parquet"))
        query = f"SELECT * FROM read_parquet({whole}) WHERE tag_set_id IN ({used})"  # noqa: S608 - as above
        _copy(connection, query, target)
    return files


def _copy(connection: duckdb.DuckDBPyConnection, query: str, target: Path) -> None:
    options = "(FORMAT parquet, COMPRESSION zstd)"
    connection.execute(f"COPY ({query}) TO {literal(str(target))} {options}")


def _totals(connection: duckdb.DuckDBPyConnection, hourly: Path) -> Iterator[CostTotal]:
    costs = ("billed_cost", "effective_cost", "list_cost")
    sums = ", ".join(f"coalesce(sum({cost}), 0)" for cost in costs)
    query = (
        f"SELECT currency, {sums} FROM read_parquet({literal(str(hourly))}) GROUP BY ALL ORDER BY 1"  # noqa: S608 - our own path
    )
    for currency, *found in connection.execute(query).fetchall():
        yield CostTotal(currency=currency, **dict(zip(costs, found, strict=True)))
