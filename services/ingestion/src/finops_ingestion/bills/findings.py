"""Laws a bill should keep; broken ones are told, not mended."""

from dataclasses import dataclass
from decimal import Decimal

import duckdb

from finops_ingestion.bills.cells import literal
from finops_ingestion.bills.mapping import Check, Mapping
from finops_ingestion.bills.normalise import bracketed, select
from finops_ingestion.bills.refusals import BillRefusedError


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken law: in how many groups (hours and plans, ...), and off by how much in all."""

    name: str
    meaning: str
    groups: int
    difference: Decimal


def findings(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> tuple[Finding, ...]:
    """The checks of the schema that the table `cube` breaks.

    Raises:
        BillRefusedError: one of them is fatal: the rows are not one bill.
    """
    found = [_run(connection, check) for check in mapping.checks]
    return tuple(finding for finding in [*found, _unknown_kinds(connection, mapping)] if finding)


def _run(connection: duckdb.DuckDBPyConnection, check: Check) -> Finding | None:
    grouped = select(
        [*check.scope, f"{check.expression} AS off"],
        "cube",
        f"WHERE refusal IS NULL AND ({check.where})",
        f"GROUP BY {', '.join(check.scope)} HAVING {check.having}",
    )
    query = select(
        ["count(*)", "coalesce(sum(abs(off)), 0)"],
        bracketed(grouped),
        f"WHERE abs(off) > {check.tolerance}",
    )
    groups, difference = connection.execute(query).fetchall()[0]
    if groups and check.fatal:
        raise BillRefusedError(check.name, check.meaning)
    return Finding(check.name, check.meaning, groups, Decimal(difference)) if groups else None


def unkept_promise(promised: int | None, rows: int) -> tuple[Finding, ...]:
    """Whether the files have other rows than their manifests count; None promises nothing."""
    if promised in {None, rows}:
        return ()
    meaning = f"the manifest counts {promised} rows, the files have {rows}"
    return (Finding("manifest-rows", meaning, 1, Decimal(abs(rows - (promised or 0)))),)


def _unknown_kinds(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> Finding | None:
    """Line types the mapping has never heard of count as adjustments; say so."""
    if not mapping.known_kinds:
        return None
    known = ", ".join(literal(kind) for kind in sorted(mapping.known_kinds))
    query = select(
        ["charge_kind", f"sum(abs({mapping.billed}))"],
        "cube",
        f"WHERE refusal IS NULL AND charge_kind NOT IN ({known}) GROUP BY ALL ORDER BY ALL",
    )
    rows = connection.execute(query).fetchall()
    names = ", ".join(kind for kind, _ in rows)
    total = sum((cost for _, cost in rows), Decimal(0))
    meaning = f"line types we do not know count as adjustments: {names}"
    return Finding("unknown-line-types", meaning, len(rows), total) if rows else None
