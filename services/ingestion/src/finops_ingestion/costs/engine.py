"""Engines that run the lake's statements over Parquet files.

A statement is the same text for all of them but for what they really write differently; an
engine brings its dialect and shows it the files as tables.
"""

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa
from sqlalchemy import Dialect, Select, TableClause
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.sql import visitors

_DIALECT: Dialect = dialect()  # type: ignore[no-untyped-call] # SQLAlchemy leaves it untyped


@dataclass(frozen=True)
class File:
    """A Parquet file of a table, and the name of its place in the lake."""

    path: Path
    part: str


Files = Mapping[str, Sequence[File]]
"""The files of each table that a statement names, at least one of each."""


class TooMuchError(Exception):
    """A statement needs more memory than its engine may have, or amounts beyond its digits."""


class Engine(Protocol):
    """What answers statements."""

    def rows(self, statement: Select[Any], files: Files) -> list[tuple[Any, ...]]:
        """Synchronous and heavy: call it in a thread. Decimals exact, times without zone.

        Raises:
            TooMuchError: it needs more memory, or amounts larger, than the engine may have.
        """


def tables_of(statement: Select[Any]) -> frozenset[str]:
    """The names of the tables a statement reads."""
    found = visitors.iterate(statement)
    return frozenset(each.name for each in found if isinstance(each, TableClause))


class DuckEngine:
    """One DuckDB per process; each query has a cursor of its own, so several may run at once."""

    def __init__(self, memory_mb: int = 512, threads: int = 2) -> None:
        self._connection = duckdb.connect(
            config={
                "memory_limit": f"{memory_mb}MB",
                "threads": threads,
                "autoinstall_known_extensions": False,
                # A process that serves requests writes nothing; what does not fit is refused.
                "temp_directory": "",
            }
        )

    def close(self) -> None:
        """Let go of the engine's memory."""
        self._connection.close()

    def rows(self, statement: Select[Any], files: Files) -> list[tuple[Any, ...]]:
        """The statement's rows over the files."""
        text, values = _written(statement)
        with self._connection.cursor() as cursor:
            _show(cursor, files)
            try:
                return cursor.execute(text, values).fetchall()
            except (duckdb.OutOfMemoryException, duckdb.OutOfRangeException) as error:
                raise TooMuchError from error

    @contextmanager
    def batches(
        self, statement: Select[Any], files: Files, rows: int
    ) -> Iterator[Generator[pa.RecordBatch]]:
        """The statement's rows as they are found, so many at a time; never all in memory.

        Raises:
            TooMuchError: as `rows`, when they are read.
        """
        text, values = _written(statement)
        with self._connection.cursor() as cursor:
            _show(cursor, files)
            # Variables, since DuckDB gathers the whole answer of a statement with parameters.
            for place, value in enumerate(values, 1):
                cursor.execute(f"SET VARIABLE p{place} = ?", [value])
            text = re.sub(r"\$(\d+)", r"getvariable('p\1')", text)
            yield _read(cursor.sql(text), rows)


def _read(relation: duckdb.DuckDBPyRelation, rows: int) -> Generator[pa.RecordBatch]:
    try:
        with relation.to_arrow_reader(rows) as reader:
            yield from reader
    except (duckdb.OutOfMemoryException, duckdb.OutOfRangeException) as error:
        raise TooMuchError from error


def _written(statement: Select[Any]) -> tuple[str, list[Any]]:
    compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    return str(compiled), [compiled.params[name] for name in compiled.positiontup or ()]


def _show(cursor: duckdb.DuckDBPyConnection, files: Files) -> None:
    cursor.execute("SET TimeZone = 'UTC'")
    for name, found in files.items():
        # Of the cursor's own: others that run now do not see it, and it goes with it.
        cursor.execute(f"CREATE TEMP VIEW {name} AS {_view(name, found)}")


def _view(name: str, files: Sequence[File]) -> str:
    if name == "lines":
        return " UNION ALL BY NAME ".join(_numbered(file) for file in files)
    # Times without zone from here on: engines differ in how they truncate zoned ones. Not by a
    # cast, which asks a calendar of time zones for each row and takes four times the query.
    hour = {
        "records": "* REPLACE (make_timestamp(epoch_us(hour)) AS hour)",
        "items": "*, charge_start AS hour",
    }
    return f"SELECT {hour.get(name, '*')} FROM {_parquet(files)}"  # noqa: S608 - our own names


def _numbered(file: File) -> str:
    columns = f"*, charge_start AS hour, file_row_number AS line, {_text(file.part)} AS part"
    return f"SELECT {columns} FROM {_parquet([file], 'file_row_number = true')}"  # noqa: S608 - our own names


def _parquet(files: Sequence[File], *options: str) -> str:
    names = ", ".join(_text(str(file.path)) for file in files)
    given = ", ".join(("hive_partitioning = false", "union_by_name = true", *options))
    return f"read_parquet([{names}], {given})"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
