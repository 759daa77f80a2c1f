"""The use case: any supported bill to FOCUS line items and hourly records, or a clear refusal."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from finops_ingestion.bills.cells import literal
from finops_ingestion.bills.collect import collect
from finops_ingestion.bills.conversion import Conversion, Period, conversion_json
from finops_ingestion.bills.directory import STAGED, drafted, publish
from finops_ingestion.bills.duplicates import repeated_lines
from finops_ingestion.bills.engine import Limits, engine
from finops_ingestion.bills.files import BillFile
from finops_ingestion.bills.findings import Finding, findings, unkept_promise
from finops_ingestion.bills.focus_file import write_focus
from finops_ingestion.bills.hourly import parts_of, write_hourly
from finops_ingestion.bills.invoices import invoice_sums
from finops_ingestion.bills.key_sets import make_cube
from finops_ingestion.bills.keys import LINE_KEY, line_key
from finops_ingestion.bills.line_items import EXTRA, INVOICE, NAMED, write_line_items
from finops_ingestion.bills.manifest import promised_rows
from finops_ingestion.bills.mapping import Mapping
from finops_ingestion.bills.normalise import (
    bill_lines_sql,
    bracketed,
    by_layout,
    reach_sql,
    select,
)
from finops_ingestion.bills.refusals import BillRefusedError
from finops_ingestion.bills.refused_rows import refused_rows, rejected_rows
from finops_ingestion.bills.tag_sets import tags_cell
from finops_ingestion.bills.totals import Total, bill_totals, check_totals, parquet_totals


def convert_bill(
    sources: Sequence[Path],
    to: Path,
    *,
    as_of: datetime | None = None,
    limits: Limits | None = None,
    line_items: bool = True,
    focus: bool = False,
    promised_rows: int | None = None,
) -> Conversion:
    """Convert files, folders or manifests of one bill into the folder `to`.

    Synchronous and heavy: run it in a process of its own. Replaces what an earlier run wrote
    to `to`; on any error `to` keeps what it had. Commitment fees of hours from `as_of` on are
    not counted as unused; without it, hours after each payer's last metered usage, or none
    once the month is invoiced. `focus` writes FOCUS files of the line items too. `promised_rows` is what manifests count that no longer lie
    beside their files.

    Raises:
        BillRefusedError: the bill as a whole is not read; its code and text say why.
        TotalsDisagreeError: what was written does not add up to the bill.
    """
    mapping, files = collect(sources)
    with engine(limits or Limits()) as connection, drafted(to) as draft:
        try:
            shown = (*EXTRA, *NAMED) if focus else EXTRA
            lines = _sum_lines(connection, mapping, files, draft if line_items else None, shown)
        except (duckdb.IOException, duckdb.InvalidInputException) as error:
            raise BillRefusedError("damaged-file", str(error).splitlines()[0]) from error
        _set_reach(connection, mapping, as_of)
        periods = _periods(connection)
        write_hourly(connection, mapping, periods, draft)
        if line_items:
            more = (*NAMED, INVOICE) if focus else ()
            write_line_items(connection, mapping, lines, periods, draft, more)
        if focus:
            write_focus(connection, periods, draft)
        totals = _proven_totals(connection, mapping, periods, draft, line_items=line_items)
        repeated = repeated_lines(connection, mapping, files, lines) if line_items else ()
        conversion = _conversion(connection, mapping, files, to, totals, promised_rows, repeated)
        publish(draft, to, conversion_json(conversion))
        return conversion


def hourly_parts(conversion: Conversion, period: str) -> Iterator[bytes]:
    """The hourly records of one period as Arrow IPC streams (zstd), at most 900 KB each."""
    for found in conversion.periods:
        if found.name == period:
            yield from parts_of(found.hourly_files)


def _sum_lines(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    files: Sequence[BillFile],
    stage: Path | None,
    wanted: Sequence[str],
) -> str:
    """Make the view `cube`; give the relation of single lines, text staged as Parquet.

    Text is taken apart once: a second scan would cost as much as the first, and would not
    see the same bad bytes when it needs other columns.
    """
    groups = by_layout(files)
    cells = {
        layout: {"tags": tags_cell(mapping.tags, layout), LINE_KEY: line_key(mapping, layout)}
        for layout in groups
    }
    shown = (*wanted, LINE_KEY) if stage else ()
    lines = bracketed(bill_lines_sql(mapping, groups, shown, cells if stage else {}, rejects=True))
    if stage and any(layout.format != "parquet" for layout in groups):
        staged = literal(str(stage / STAGED))
        connection.execute(f"COPY {lines} TO {staged} (FORMAT parquet, COMPRESSION snappy)")
        lines = f"read_parquet({staged})"
    make_cube(connection, mapping, lines)
    return lines


def _set_reach(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, as_of: datetime | None
) -> None:
    """Make the table `reach`: how far the bill of each payer has got."""
    query = reach_sql(mapping)
    if as_of:
        moment = as_of.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
        everywhere = [f"TIMESTAMP '{moment}' AS reach", "FALSE AS closed"]
        query = select(["DISTINCT payer_account_id", "billing_period", *everywhere], "cube")
    connection.execute("CREATE TABLE reach AS " + query)


def _periods(connection: duckdb.DuckDBPyConnection) -> list[str]:
    query = select(
        ["DISTINCT strftime(billing_period, '%Y-%m')"],
        "key_sets",
        "WHERE refusal IS NULL ORDER BY 1",
    )
    return [name for (name,) in connection.execute(query).fetchall()]


def _proven_totals(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    periods: Sequence[str],
    draft: Path,
    *,
    line_items: bool,
) -> list[Total]:
    """The totals of the hourly files, proven equal to the bill's and to the line items'."""
    totals = parquet_totals(connection, draft / "hourly", periods)
    items = parquet_totals(connection, draft / "items", periods) if line_items else None
    check_totals(bill_totals(connection, mapping), totals, items)
    return totals


def _conversion(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    files: Sequence[BillFile],
    to: Path,
    totals: Sequence[Total],
    promised: int | None,
    repeated: Sequence[Finding],
) -> Conversion:
    if promised is None:
        promised = promised_rows([file.path for file in files])
    refusals = refused_rows(connection, mapping, files)
    summed, accepted = _one_row(
        connection,
        ["coalesce(sum(lines), 0)", "coalesce(sum(lines) FILTER (refusal IS NULL), 0)"],
        "cube",
    )
    rows_read = int(summed) + rejected_rows(connection)
    reached, invoiced = _one_row(connection, ["max(reach)", "bool_and(closed)"], "reach")
    return Conversion(
        directory=to,
        schema=mapping.name,
        title=mapping.title,
        providers=_providers(connection, mapping),
        files=tuple(file.path for file in files),
        rows_read=rows_read,
        rows_accepted=int(accepted),
        refusals=refusals,
        findings=(
            *findings(connection, mapping, files),
            *repeated,
            *unkept_promise(promised, rows_read),
        ),
        periods=tuple(Period(name, to) for name in _periods(connection)),
        totals=tuple(totals),
        reached=reached.replace(tzinfo=UTC) if reached else None,
        invoiced=bool(invoiced),
        invoices=invoice_sums(connection, mapping),
    )


def _one_row(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[str], table: str
) -> tuple[Any, ...]:
    row: tuple[Any, ...] = connection.execute(select(columns, table)).fetchall()[0]
    return row


def _providers(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> tuple[str, ...]:
    rule = next(rule for rule in mapping.rules if rule.column == "provider")
    query = select(
        [f"DISTINCT {rule.expression} AS provider"],
        "key_sets",
        "WHERE refusal IS NULL ORDER BY ALL",
    )
    return tuple(name for (name,) in connection.execute(query).fetchall())
