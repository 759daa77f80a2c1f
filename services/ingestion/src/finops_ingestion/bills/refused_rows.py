"""The refusals of a conversion: counted by the main scan, located by a second look."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from finops_ingestion.bills.engine import in_file_order
from finops_ingestion.bills.files import BillFile
from finops_ingestion.bills.keys import set_columns
from finops_ingestion.bills.line_numbers import SHOWN, find_lines
from finops_ingestion.bills.mapping import Mapping
from finops_ingestion.bills.normalise import bill_lines_sql, bracketed, ordinal_column, select
from finops_ingestion.bills.refusals import Refusal

_REASONS = {
    "MISSING COLUMNS": "fewer cells than the header has",
    "TOO MANY COLUMNS": "more cells than the header has",
    "UNQUOTED VALUE": "a quote is not closed",
    "INVALID ENCODING": "not UTF-8",
    "LINE SIZE OVER MAXIMUM": "longer than 2 MB",
}


@dataclass(slots=True)
class _Found:
    """What one file has refused: record numbers and ordinals by reason, and how many."""

    records: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    ordinals: dict[str, list[int]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def rejected(self) -> set[int]:
        return {number for numbers in self.records.values() for number in numbers}


def refused_rows(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, files: Sequence[BillFile]
) -> tuple[Refusal, ...]:
    """Every refusal by file and reason, with the first places.

    Reads the rejects of the scan that kept them and the table `cube`; looks at the files
    again only if something was refused.
    """
    found = {file.path: _Found() for file in files}
    _add_rejects(connection, found)
    refused = connection.execute("SELECT 1 FROM cube WHERE refusal IS NOT NULL LIMIT 1").fetchall()
    if refused:
        for file in files:
            _add_refused(connection, mapping, file, found[file.path])
    return tuple(refusal for file in files for refusal in _located(file, found[file.path]))


def rejected_rows(connection: duckdb.DuckDBPyConnection) -> int:
    """Rows the text reader could not take apart, of all scans so far that kept them."""
    if not _has_rejects(connection):
        return 0
    query = "SELECT count(DISTINCT (scan_id, file_id, line)) FROM reject_errors"
    return int(connection.execute(query).fetchall()[0][0])


def rejected_records(connection: duckdb.DuckDBPyConnection) -> dict[Path, set[int]]:
    """The numbers of those rows' records, by file."""
    found: dict[Path, _Found] = defaultdict(_Found)
    _add_rejects(connection, found)
    return {path: each.rejected() for path, each in found.items()}


def _has_rejects(connection: duckdb.DuckDBPyConnection) -> bool:
    query = "SELECT 1 FROM duckdb_tables() WHERE table_name = 'reject_errors'"
    return bool(connection.execute(query).fetchall())


def _add_rejects(connection: duckdb.DuckDBPyConnection, found: dict[Path, _Found]) -> None:
    if not _has_rejects(connection):
        return
    query = select(
        ["file_path", "line", "min(CAST(error_type AS VARCHAR))"],
        "reject_errors JOIN reject_scans USING (scan_id, file_id)",
        "GROUP BY ALL ORDER BY ALL",
    )
    for path, line, error in connection.execute(query).fetchall():
        reason = _REASONS.get(error, error.lower())
        found[Path(path)].records[reason].append(line)
        found[Path(path)].counts[reason] += 1


def _add_refused(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, file: BillFile, found: _Found
) -> None:
    """Second look at one file, in its order; reads the same cells as the scan did."""
    place = {"ordinal": ordinal_column(file.layout)}
    lines = bill_lines_sql(mapping, {file.layout: [file.path]}, ("ordinal",), {file.layout: place})
    names = ", ".join((*set_columns(mapping), *mapping.sums()))
    query = select(
        ["refusal", "count(*)", f"min(ordinal, {SHOWN})"],
        bracketed(lines),
        f"WHERE refusal IS NOT NULL AND hash({names}) IS NOT NULL GROUP BY ALL",
    )
    with in_file_order(connection):
        rows = connection.execute(query).fetchall()
    for reason, count, ordinals in rows:
        found.counts[reason] += count
        found.ordinals[reason] = ordinals


def _located(file: BillFile, found: _Found) -> list[Refusal]:
    if not found.counts:
        return []
    shown = {reason: numbers[:SHOWN] for reason, numbers in found.records.items()}
    lines = dict(found.ordinals)
    if file.layout.format != "parquet":
        records = {number for numbers in shown.values() for number in numbers}
        ordinals = {number for numbers in lines.values() for number in numbers}
        places = find_lines(file, records, ordinals, found.rejected())
        lines = {r: [places.by_ordinal.get(n, n + 1) for n in ns] for r, ns in lines.items()}
        lines |= {r: [places.by_record.get(n, n) for n in ns] for r, ns in shown.items()}
    return [
        Refusal(file.path, reason, count, tuple(lines[reason]))
        for reason, count in sorted(found.counts.items())
    ]
