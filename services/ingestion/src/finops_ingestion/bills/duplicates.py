"""Lines that a bill has more than once: the same number, and the same in all we read of them."""

from collections.abc import Sequence
from decimal import Decimal

import duckdb

from finops_ingestion.bills.cells import ident
from finops_ingestion.bills.examples import Group, places_of
from finops_ingestion.bills.files import BillFile
from finops_ingestion.bills.findings import Finding
from finops_ingestion.bills.keys import LINE_KEY, set_columns
from finops_ingestion.bills.line_numbers import SHOWN
from finops_ingestion.bills.mapping import Check, Mapping
from finops_ingestion.bills.normalise import select

_FEW = 100_000
"""Up to so many lines all numbers are compared; of more, one in sixteen. Bills written or
joined twice repeat far more lines than that misses."""

# A finding and no refusal: AWS promises unique numbers within one part of a report only.
_LAW = Check(
    "line-items-twice",
    "lines stand in the bill more than once, and count as often",
    "TRUE",
    (LINE_KEY, "hour"),
    "",
)


def repeated_lines(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    files: Sequence[BillFile],
    lines: str,
) -> tuple[Finding, ...]:
    """Told of the relation of single lines, which has `line_key`; looked for where a bill has one."""
    if mapping.line_id is None or not _may_repeat(connection, lines):
        return ()
    same = ", ".join(map(ident, (*_LAW.scope, *set_columns(mapping), *mapping.sums())))
    more = f"(count(*) - 1) * coalesce(any_value({mapping.billed}), 0)"
    groups = select(
        [*_LAW.scope, f"{more} AS off"],
        lines,
        f"WHERE refusal IS NULL AND {LINE_KEY} IS NOT NULL",
        f"GROUP BY {same} HAVING count(*) > 1",
    )
    connection.execute("CREATE TABLE repeated AS " + groups)
    count, difference = connection.execute("SELECT count(*), sum(off) FROM repeated").fetchall()[0]
    if not count:
        return ()
    return (_finding(connection, mapping, files, count, Decimal(difference)),)


def _may_repeat(connection: duckdb.DuckDBPyConnection, lines: str) -> bool:
    (total,) = connection.execute("SELECT sum(lines) FROM sums").fetchall()[0]
    looked_at = 1 if (total or 0) <= _FEW else 16
    query = select(
        [f"count(*) > count(DISTINCT {LINE_KEY})"], lines, f"WHERE {LINE_KEY} % {looked_at} = 0"
    )
    return bool(connection.execute(query).fetchall()[0][0])


def _finding(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    files: Sequence[BillFile],
    count: int,
    difference: Decimal,
) -> Finding:
    worst = select(
        [*_LAW.scope, "off"], "repeated", f"ORDER BY abs(off) DESC, {LINE_KEY}, hour LIMIT {SHOWN}"
    )
    rows = connection.execute(worst).fetchall()
    groups = {n: Group(_LAW, tuple(values), Decimal(off)) for n, (*values, off) in enumerate(rows)}
    places = places_of(connection, mapping, files, groups)
    examples = tuple(group.example(places[number]) for number, group in groups.items())
    return Finding(_LAW.name, _LAW.meaning, count, difference, examples)
