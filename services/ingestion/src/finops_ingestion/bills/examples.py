"""Where a broken law shows: the groups that are off the most, and the first lines behind each."""

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from finops_ingestion.bills.cells import ident
from finops_ingestion.bills.engine import in_file_order
from finops_ingestion.bills.files import BillFile
from finops_ingestion.bills.keys import LINE_KEY, line_key, set_columns
from finops_ingestion.bills.line_numbers import SHOWN, lines_at
from finops_ingestion.bills.mapping import Check, Mapping
from finops_ingestion.bills.normalise import (
    bill_lines_sql,
    bracketed,
    keyed_sql,
    ordinal_column,
    select,
)
from finops_ingestion.bills.refused_rows import rejected_records


@dataclass(frozen=True, slots=True)
class Place:
    """Lines of one file, counted from 1 with the header; rows of a Parquet file from 1."""

    file: Path
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A group that breaks a law: its scope's values, how far it is off, the first lines of it."""

    scope: Map[str, str | None]
    difference: Decimal
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Lines that break a law together: the values of its scope, and how far they are off."""

    check: Check
    values: tuple[Any, ...]
    difference: Decimal

    def condition(self) -> str:
        """SQL for the lines behind it; the values are parameters."""
        same = [f"{ident(name)} IS NOT DISTINCT FROM ?" for name in self.check.scope]
        return " AND ".join([f"({self.check.where})", *same])

    def example(self, places: Sequence[Place]) -> Example:
        told = [None if value is None else str(value) for value in self.values]
        scope = dict(zip(self.check.scope, told, strict=True))
        scope.pop(LINE_KEY, None)  # a number of ours, which nobody can look for
        return Example(scope, self.difference, tuple(places))


def grouped_sql(check: Check) -> str:
    """How far each group of the table `cube` is `off` the law."""
    return select(
        [*check.scope, f"{check.expression} AS off"],
        "cube",
        f"WHERE refusal IS NULL AND ({check.where})",
        f"GROUP BY {', '.join(check.scope)} HAVING {check.having}",
    )


def examples_of(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    files: Sequence[BillFile],
    broken: Sequence[Check],
) -> dict[str, tuple[Example, ...]]:
    """Of each broken law, by name, up to five examples."""
    groups = [group for check in broken for group in _worst(connection, check)]
    wanted = [number for number, group in enumerate(groups) if group.check.located]
    places = places_of(connection, mapping, files, {number: groups[number] for number in wanted})
    told = [group.example(places.get(number, ())) for number, group in enumerate(groups)]
    return {
        check.name: tuple(
            each for group, each in zip(groups, told, strict=True) if group.check is check
        )
        for check in broken
    }


def _worst(connection: duckdb.DuckDBPyConnection, check: Check) -> list[Group]:
    query = select(
        [*check.scope, "off"],
        bracketed(grouped_sql(check)),
        f"WHERE abs(off) > {check.tolerance}",
        f"ORDER BY abs(off) DESC, {', '.join(check.scope)} LIMIT {SHOWN}",
    )
    rows = connection.execute(query).fetchall()
    return [Group(check, tuple(values), Decimal(off)) for *values, off in rows]


def places_of(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    files: Sequence[BillFile],
    groups: Map[int, Group],
) -> dict[int, list[Place]]:
    """The first lines behind each group; a file is read again only while one has too few."""
    found: dict[int, list[Place]] = {number: [] for number in groups}
    rejected = rejected_records(connection)
    for file in files:
        wanted = {n: SHOWN - sum(len(p.lines) for p in found[n]) for n in groups}
        asked = {number: groups[number] for number, more in wanted.items() if more > 0}
        if not asked:
            break
        ordinals = _first_ordinals(connection, mapping, file, asked)
        everything = {each for some in ordinals.values() for each in some}
        lines = lines_at(file, everything, rejected.get(file.path, set()))
        for number, some in ordinals.items():
            shown = tuple(lines[ordinal] for ordinal in some[: wanted[number]])
            found[number] += [Place(file.path, shown)] if shown else []
    return found


def _first_ordinals(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    file: BillFile,
    groups: Map[int, Group],
) -> dict[int, list[int]]:
    """A second look at one file, in its order; reads the same cells as the scan did."""
    place = {"ordinal": ordinal_column(file.layout), LINE_KEY: line_key(mapping, file.layout)}
    lines = bill_lines_sql(mapping, {file.layout: [file.path]}, tuple(place), {file.layout: place})
    read = ", ".join(map(ident, (*set_columns(mapping), *mapping.sums())))
    query = select(
        [f"min(ordinal, {SHOWN}) FILTER ({group.condition()})" for group in groups.values()],
        bracketed(keyed_sql(mapping, bracketed(lines))),
        f"WHERE refusal IS NULL AND hash({read}) IS NOT NULL",
    )
    values = [value for group in groups.values() for value in group.values]
    with in_file_order(connection):
        (row,) = connection.execute(query, values).fetchall()
    return {number: list(some or ()) for number, some in zip(groups, row, strict=True)}
