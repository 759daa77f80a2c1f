"""Laws a bill should keep; broken ones are told, not mended."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import duckdb

from finops_ingestion.bills.cells import literal
from finops_ingestion.bills.examples import Example, examples_of, grouped_sql
from finops_ingestion.bills.files import BillFile
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
    examples: tuple[Example, ...] = ()
    """The groups that are off the most, at most five."""


def findings(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, files: Sequence[BillFile]
) -> tuple[Finding, ...]:
    """The checks of the schema that the table `cube` breaks; looks at files again only then.

    Raises:
        BillRefusedError: one of them is fatal: the rows are not one bill.
    """
    broken = {check: found for check in _checks(mapping) if (found := _run(connection, check))}
    examples = examples_of(connection, mapping, files, list(broken))
    return tuple(
        replace(found, meaning=_meaning(connection, check), examples=examples[check.name])
        for check, found in broken.items()
    )


def _checks(mapping: Mapping) -> Iterable[Check]:
    """The schema's own, and that there is no line type it has never heard of."""
    yield from mapping.checks
    if mapping.known_kinds:
        known = ", ".join(literal(kind) for kind in sorted(mapping.known_kinds))
        yield Check(
            "unknown-line-types",
            "line types we do not know count as adjustments",
            f"charge_kind NOT IN ({known})",
            ("charge_kind",),
            f"sum(abs({mapping.billed}))",
            tolerance="-1",
        )


def _run(connection: duckdb.DuckDBPyConnection, check: Check) -> Finding | None:
    query = select(
        ["count(*)", "coalesce(sum(abs(off)), 0)"],
        bracketed(grouped_sql(check)),
        f"WHERE abs(off) > {check.tolerance}",
    )
    groups, difference = connection.execute(query).fetchall()[0]
    if groups and check.fatal:
        raise BillRefusedError(check.name, check.meaning)
    return Finding(check.name, check.meaning, groups, Decimal(difference)) if groups else None


def _meaning(connection: duckdb.DuckDBPyConnection, check: Check) -> str:
    """What the law says; of line types, with all their names."""
    if check.scope != ("charge_kind",):
        return check.meaning
    asked = select(["DISTINCT charge_kind"], "key_sets", f"WHERE {check.where} ORDER BY 1")
    return f"{check.meaning}: {', '.join(kind for (kind,) in connection.execute(asked).fetchall())}"


def unkept_promise(promised: int | None, rows: int) -> tuple[Finding, ...]:
    """Whether the files have other rows than their manifests count; None promises nothing."""
    if promised in {None, rows}:
        return ()
    meaning = f"the manifest counts {promised} rows, the files have {rows}"
    return (Finding("manifest-rows", meaning, 1, Decimal(abs(rows - (promised or 0)))),)
