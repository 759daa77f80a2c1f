"""ClickHouse's dialect over the same files, in process by chDB: what it writes differently.

Parameters are written into the text, as its own literals; joins are told to fill with nulls.
The statements are ours, unchanged.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from chdb.session import Session
from sqlalchemy import Date, DateTime, Dialect, Numeric, Select, String
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from finops_ingestion.costs.engine import File, Files
from finops_ingestion.costs.lake import bucket, folded


class _Text(String):
    def literal_processor(self, dialect: Dialect) -> Callable[[str], str]:  # noqa: ARG002 - SQLAlchemy's own
        return _text


class _Instant(DateTime):
    def literal_processor(self, dialect: Dialect) -> Callable[[datetime], str]:  # noqa: ARG002 - SQLAlchemy's own
        return lambda value: f"toDateTime64('{value:%Y-%m-%d %H:%M:%S.%f}', 6, 'UTC')"


class _Amount(Numeric[Decimal]):
    def literal_processor(self, dialect: Dialect) -> Callable[[Decimal], str]:  # noqa: ARG002 - SQLAlchemy's own
        return lambda value: f"toDecimal128('{value}', 12)"


class _Day(Date):
    def literal_processor(self, dialect: Dialect) -> Callable[[date], str]:  # noqa: ARG002 - SQLAlchemy's own
        return lambda value: f"toDate32('{value}')"


class _ClickHouse(DefaultDialect):
    name = "clickhouse"
    supports_statement_cache = False
    colspecs: Mapping[Any, Any] = MappingProxyType(
        {String: _Text, DateTime: _Instant, Numeric: _Amount, Date: _Day}
    )


def _text(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


@compiles(bucket, "clickhouse")
def _bucket(element: bucket, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    # Of a month it makes a day, and of all others a time in whole seconds.
    inner = compiler.process(element.clause_expr, **options)
    return f"toDateTime64(date_trunc{inner}, 6, 'UTC')"


@compiles(folded, "clickhouse")
def _folded(element: folded, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    return "lowerUTF8" + compiler.process(element.clause_expr, **options)


class ClickHouseEngine:
    """chDB: one session per process, so there is one of these."""

    def __init__(self) -> None:
        self._session = Session()
        self._session.query("SET join_use_nulls = 1")

    def close(self) -> None:
        self._session.close()

    def rows(self, statement: Select[Any], files: Files) -> list[tuple[Any, ...]]:
        """The statement's rows over the files."""
        for name, found in files.items():
            self._session.query(f"CREATE OR REPLACE VIEW {name} AS {_view(name, found)}")
        text = statement.compile(dialect=_ClickHouse(), compile_kwargs={"literal_binds": True})
        table = self._session.query(str(text), "ArrowTable")
        columns = [[_plain(value) for value in column.to_pylist()] for column in table.columns]
        return list(zip(*columns, strict=True))


def _view(name: str, files: Sequence[File]) -> str:
    more = {
        "items": ", charge_start AS hour",
        "lines": ", charge_start AS hour, _row_number AS line, {part} AS part",
    }.get(name, "")
    return " UNION ALL ".join(
        f"SELECT *{more.format(part=_text(file.part))} FROM file({_text(str(file.path))}, Parquet)"  # noqa: S608 - our own paths
        for file in files
    )


def _plain(value: object) -> object:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value
