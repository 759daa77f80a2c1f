"""Asks the organization's Parquet files with DuckDB, in the part of SQL that other engines share."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from sqlalchemy import (
    ColumnElement,
    Dialect,
    Select,
    and_,
    column,
    func,
    literal_column,
    select,
    table,
)
from sqlalchemy.dialects.postgresql.asyncpg import dialect

from finops_ingestion.costs.domain import (
    COLUMN_OF,
    COST_OF,
    Cell,
    Costs,
    Group,
    Question,
    share_of,
)

_NAMES = ("hour", "account_id", "service", "region", "currency", *COST_OF.values())
_records = table("records", *(column(name) for name in _NAMES))
_shown = table("shown", column("place"), column("currency"), column("first"), column("second"))
_SHOWN = ("first", "second")
_DIALECT: Dialect = dialect()  # type: ignore[no-untyped-call] # SQLAlchemy leaves it untyped


class CostEngine:
    """One DuckDB per process; each query has a cursor of its own, so several may run at once."""

    def __init__(self, memory_mb: int = 512, threads: int = 2) -> None:
        self._connection = duckdb.connect(
            config={
                "memory_limit": f"{memory_mb}MB",
                "threads": threads,
                "autoinstall_known_extensions": False,
            }
        )

    def close(self) -> None:
        """Let go of the engine's memory."""
        self._connection.close()

    def ask(self, question: Question, files: Sequence[Path]) -> Costs:
        """Synchronous and heavy: call it in a thread."""
        if not files:
            return Costs({}, (), {}, ())
        with self._connection.cursor() as cursor:
            cursor.execute("SET TimeZone = 'UTC'")
            cursor.execute(f"CREATE TEMP VIEW records AS {_source(files)}")
            try:
                return _answer(cursor, question)
            finally:
                cursor.execute("DROP VIEW records")


def _source(files: Sequence[Path]) -> str:
    names = ", ".join("'" + str(file).replace("'", "''") + "'" for file in files)
    columns = ", ".join(_NAMES[1:])
    # Times without zone from here on: engines differ in how they truncate zoned ones.
    return (
        f"SELECT CAST(hour AS TIMESTAMP) AS hour, {columns}"  # noqa: S608 - our own names
        f" FROM read_parquet([{names}], hive_partitioning = false)"
    )


def _answer(cursor: duckdb.DuckDBPyConnection, question: Question) -> Costs:
    totals: dict[str, Decimal] = defaultdict(Decimal)
    found = [tuple(row) for row in _run(cursor, _groups_sql(question))]
    for currency, cost, *_ in found:
        totals[currency] += cost
    groups = _ranked(question, found, totals) if question.by else ()
    rest = {
        currency: total - sum((g.cost for g in groups if g.currency == currency), Decimal(0))
        for currency, total in totals.items()
    }
    hidden = len(groups) < len(found) and bool(question.by)
    cells = _cells(cursor, question, groups) if question.granularity != "total" else ()
    return Costs(dict(totals), groups, rest if hidden else {}, cells)


def _ranked(
    question: Question, found: Sequence[tuple[Any, ...]], totals: dict[str, Decimal]
) -> tuple[Group, ...]:
    shown: list[Group] = []
    for currency in sorted(totals):
        mine = [row for row in found if row[0] == currency]
        mine.sort(key=lambda row: (-row[1], [value or "" for value in row[2:]]))
        shown += [
            Group(tuple(values), currency, cost, share_of(cost, totals[currency]))
            for _, cost, *values in mine[: question.top]
        ]
    return tuple(shown)


def _groups_sql(question: Question) -> Select[Any]:
    dimensions = [_records.c[COLUMN_OF[name]] for name in question.by]
    columns = [_records.c.currency, _cost(question).label("cost"), *dimensions]
    found = select(*columns).where(*_conditions(question))
    return found.group_by(_records.c.currency, *dimensions)


def _cells(
    cursor: duckdb.DuckDBPyConnection, question: Question, groups: tuple[Group, ...]
) -> tuple[Cell, ...]:
    cursor.register("shown", _shown_table(groups))
    bucket = func.date_trunc(literal_column(f"'{question.granularity}'"), _records.c.hour)
    joined = [_shown.c.currency == _records.c.currency]
    joined += [
        _shown.c[ours].is_not_distinct_from(_records.c[COLUMN_OF[name]])
        for ours, name in zip(_SHOWN, question.by, strict=False)
    ]
    keys = (bucket.label("start"), _shown.c.place, _records.c.currency)
    found = (
        select(*keys, _cost(question).label("cost"))
        .select_from(_records.outerjoin(_shown, and_(*joined)))
        .where(*_conditions(question))
        .group_by(*keys)
        .order_by(*keys)
    )
    return tuple(
        Cell(start.replace(tzinfo=UTC), None if place is None else groups[place], currency, cost)
        for start, place, currency, cost in _run(cursor, found)
    )


def _shown_table(groups: tuple[Group, ...]) -> pa.Table:
    values = [[*group.values, None, None][:2] for group in groups]
    return pa.table(
        {
            "place": pa.array(range(len(groups)), pa.int64()),
            "currency": pa.array([group.currency for group in groups], pa.string()),
            "first": pa.array([first for first, _ in values], pa.string()),
            "second": pa.array([second for _, second in values], pa.string()),
        }
    )


def _cost(question: Question) -> ColumnElement[Any]:
    return func.coalesce(func.sum(_records.c[COST_OF[question.metric]]), 0)


def _conditions(question: Question) -> list[ColumnElement[bool]]:
    first, last = (datetime.combine(day, time()) for day in (question.start, question.end))
    found = [_records.c.hour >= first, _records.c.hour < last]
    found += [_records.c[COLUMN_OF[name]].in_(values) for name, values in question.filters.items()]
    if question.currency:
        found.append(_records.c.currency == question.currency)
    return found


def _run(cursor: duckdb.DuckDBPyConnection, statement: Select[Any]) -> list[tuple[Any, ...]]:
    compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    values = [compiled.params[name] for name in compiled.positiontup or ()]
    return cursor.execute(str(compiled), values).fetchall()
