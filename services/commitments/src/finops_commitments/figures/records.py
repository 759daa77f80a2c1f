"""Hourly cost records as a DuckDB relation, and the exact sums the figures are made of.

The same code reads the Parquet beside a converted bill and an Arrow table the service
has fetched. Rows are classified once by their distinct usages, then summed as decimals.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

import duckdb
import pyarrow as pa

from finops_commitments.figures.domain import SUMS, Amount, Group, Period, Sums
from finops_commitments.figures.views import classify, sort_into
from finops_common.contracts.cost_records import COLUMNS
from finops_common.contracts.ingestion_queries import CostGroupRules

_KIND_TYPES = {
    "timestamp": ("TIMESTAMP", "TIMESTAMP WITH TIME ZONE"),
    "date": ("DATE",),
    "text": ("VARCHAR",),
    "decimal": ("DECIMAL(38,12)",),
    "count": ("BIGINT",),
}

_GROUP_COLUMNS = {
    Group.PAYER: "payer_account_id",
    Group.ACCOUNT: "account_id",
    Group.SERVICE: "service",
    Group.REGION: "region",
    Group.FAMILY: "family",
    Group.INSTANCE_TYPE: "instance_type",
    Group.COMMITMENT: "commitment_id",
    Group.COMMITMENT_TYPE: "commitment_type",
    Group.COST_GROUP: "cost_group",
}

_COVERED = "charge_category = 'Usage' AND commitment_status = 'Used'"
_UNUSED = "charge_category = 'Usage' AND commitment_status = 'Unused'"
_STANDARD = (
    "charge_category = 'Usage' AND pricing_category = 'Standard' AND commitment_status IS NULL"
)
_ON_DEMAND = f"{_STANDARD} AND eligible"
UNCOVERED_COMPUTE = f"{_STANDARD} AND compute_eligible"
"""The SQL condition for usage a Compute Savings Plan could still cover."""
COVERED, ON_DEMAND = _COVERED, _ON_DEMAND
"""The SQL conditions for usage that a commitment paid for, and for what one could pay for."""
COVERED_OPEN_TO_PLANS = f"{_COVERED} AND spend_eligible"
"""Usage a commitment covers that a plan could cover in its place."""
COVERED_OPEN = f"{_COVERED} AND eligible"
"""The same for a commitment of any kind."""
OF_PLANS, OF_RESERVATIONS = "spend_eligible", "eligible AND NOT spend_eligible"
"""Usage that plans could cover, and what reservations alone could."""
_RESERVED = f"{_COVERED} AND commitment_category = 'Usage'"

_SUMS: dict[str, tuple[str, str]] = {
    "covered": (_COVERED, "list_cost"),
    "covered_by_savings_plans": (f"{_COVERED} AND commitment_category = 'Spend'", "list_cost"),
    "covered_own": (f"{_COVERED} AND own", "list_cost"),
    "covered_shared": (f"{_COVERED} AND NOT own", "list_cost"),
    "covered_owner_unknown": (f"{_COVERED} AND own IS NULL", "list_cost"),
    "covered_contracted": (_COVERED, "contracted_cost"),
    "used": (_COVERED, "effective_cost"),
    "unused": (_UNUSED, "effective_cost"),
    "unspread": (f"{_COVERED} AND unspread", "effective_cost"),
    "on_demand": (_ON_DEMAND, "list_cost"),
    "on_demand_savings_plan_eligible": (f"{_ON_DEMAND} AND spend_eligible", "list_cost"),
    "on_demand_contracted": (_ON_DEMAND, "contracted_cost"),
    "on_demand_charged": (_ON_DEMAND, "effective_cost"),
    "usage_cost": ("charge_category = 'Usage'", "effective_cost"),
    "reserved_hours": (_RESERVED, "usage_quantity"),
    "running_hours": (
        f"({_RESERVED}) OR reservable AND ({_COVERED} OR {_STANDARD})",
        "usage_quantity",
    ),
    "used_units": (_COVERED, "commitment_quantity"),
    "unused_units": (_UNUSED, "commitment_quantity"),
}
"""The rows and the column each sum adds up."""

# Every condition above is over these, so that rows are added up once by them and the
# many conditional sums run over few rows.
_ROLES = (
    "charge_category",
    "pricing_category",
    "commitment_status",
    "commitment_category",
    "commitment_unit",
    "eligible",
    "spend_eligible",
    "reservable",
    "own",
    "unspread",
)

# Lines missing from a sum, at least one a record: a row split off a fee line counts none.
# A list cost may lack some of the lines of its record.
_MISSING = {
    "list_cost": "CASE WHEN list_cost IS NULL THEN greatest(lines, 1) ELSE lines_without_list_cost END",
    "contracted_cost": "CASE WHEN contracted_cost IS NULL THEN greatest(lines, 1) ELSE 0 END",
    "usage_quantity": "CASE WHEN usage_quantity IS NULL THEN greatest(lines, 1) ELSE 0 END",
    "commitment_quantity": "CASE WHEN commitment_quantity IS NULL THEN greatest(lines, 1) ELSE 0 END",
    "effective_cost": "0",
}

_COMMITTED = "commitment_status IS NOT NULL"
# A line that runs longer than an hour or a day has none of them to stand in.
_SPANS: dict[Period | None, str] = {
    Period.HOUR: "charge_span = 'hour'",
    Period.DAY: "charge_span IN ('hour', 'day')",
}

_UNIT = f"""CASE WHEN count(DISTINCT commitment_unit) FILTER ({_COMMITTED}) = 1
    AND bool_and(commitment_category = 'Usage') FILTER ({_COMMITTED})
    THEN min(commitment_unit) FILTER ({_COMMITTED}) END"""

# A damaged file raises whatever its broken part leads to, even the bare base class.
_OUR_MISTAKES = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException)

_NOTHING = Amount()


class NotHourlyRecordsError(ValueError):
    """The data has not the shape of the hourly cost record (ING-21)."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which records count; None or empty means all. Instants are UTC, `until` is exclusive.

    A cost group takes in those below it, unless it is asked for `alone`.
    """

    currency: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    groups: tuple[tuple[Group, str | None], ...] = ()
    alone: bool = False


ALL = Filters()


@dataclass(frozen=True, slots=True)
class SummedRows:
    """The sums of the records that agree in `keys`."""

    keys: tuple[Any, ...]
    sums: Sums
    records: int
    lines: int
    unit: str | None


class HourlyRecords:
    """Hourly cost records, classified; close it, or use it as a context manager.

    Not for two threads at once.

    Raises:
        NotHourlyRecordsError: a column is missing or has another type.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, source: str) -> None:
        self._connection, self._source = connection, source
        self._rules: CostGroupRules | None = None
        try:
            connection.execute("SET TimeZone = 'UTC'")
            self._check(source)
            classify(connection, source)
            sort_into(connection, source, None)
        except BaseException:
            connection.close()
            raise

    @classmethod
    def from_arrow(cls, table: pa.Table) -> "HourlyRecords":
        """The records of an Arrow table; it is read in place."""
        connection = duckdb.connect()
        connection.register("arrow_records", table)
        return cls(connection, "arrow_records")

    @classmethod
    def from_parquet(cls, files: Sequence[Path]) -> "HourlyRecords":
        """The records of Parquet files; each question reads them again.

        Raises:
            NotHourlyRecordsError: also when a file is not Parquet.
        """
        connection = duckdb.connect()
        names = [str(path) for path in files]
        try:
            # Partition values in folder names would replace columns of the files.
            connection.read_parquet(names, hive_partitioning=False).create_view("parquet_records")
            return cls(connection, "parquet_records")
        except duckdb.Error as error:
            raise NotHourlyRecordsError(str(error)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()

    def sort_into(self, rules: CostGroupRules | None) -> None:
        """Give each record its cost group, until other rules are given or none.

        Only questions that have rules may be about `Group.COST_GROUP`.
        """
        if rules != self._rules:
            sort_into(self._connection, self._source, rules)
            self._rules = rules

    def currencies(self) -> list[str]:
        """The billing currencies of the records, sorted."""
        return [row[0] for row in self.rows("SELECT DISTINCT currency FROM records ORDER BY 1")]

    def summed(
        self, keys: Sequence[str], where: str, parameters: Sequence[Any], page: str = ""
    ) -> Iterator[SummedRows]:
        """All sums of the records for which `where` holds, by the expressions `keys`; a page of them."""
        for row in self.rows(_summing(keys, where) + page, parameters):
            yield _summed_row(row)

    def summed_with_totals(
        self, keys: Sequence[str], where: str, parameters: Sequence[Any]
    ) -> tuple[list[SummedRows], list[SummedRows]]:
        """What `summed` gives by the first of several keys alone, and by all of them, in one pass."""
        totals, cells = list[SummedRows](), list[SummedRows]()
        for whole, *row in self.rows(_summing(keys, where, with_totals=True), parameters):
            found = _summed_row(tuple(row))
            if whole:
                totals.append(replace(found, keys=found.keys[:1]))
            else:
                cells.append(found)
        return totals, cells

    def count(
        self, keys: Sequence[str], where: str, parameters: Sequence[Any], of: str = "records"
    ) -> int:
        """How many rows `summed` would give; cheap beside it, most `of` the view `plain`."""
        distinct = f"SELECT DISTINCT {', '.join(keys)} FROM {of} WHERE {where}"  # noqa: S608 -- own constants, values are bound
        ((count,),) = self.rows(f"SELECT count(*) FROM ({distinct})", parameters)  # noqa: S608 -- the same
        return int(count)

    def summed_batches(
        self, keys: Sequence[str], where: str, parameters: Sequence[Any], rows: int
    ) -> pa.RecordBatchReader:
        """The same as Arrow, `rows` at a time, for `summed_rows`; read it before the next question."""
        found = self._connection.sql(_summing(keys, where), params=list(parameters))
        return found.to_arrow_reader(rows)

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """What a statement over the view `records` returns."""
        return self._executed(statement, parameters).fetchall()

    def columns(self, statement: str, parameters: Sequence[Any] = ()) -> dict[str, Any]:
        """The same as numpy arrays by column name."""
        return self._executed(statement, parameters).fetchnumpy()

    def arrow(self, statement: str, parameters: Sequence[Any] = ()) -> pa.Table:
        """The same as an Arrow table."""
        return self._connection.sql(statement, params=list(parameters)).to_arrow_table()

    def _executed(self, statement: str, parameters: Sequence[Any]) -> duckdb.DuckDBPyConnection:
        try:
            return self._connection.execute(statement, list(parameters))
        except _OUR_MISTAKES:
            raise
        except duckdb.Error as error:
            raise NotHourlyRecordsError(f"cannot be read: {error}") from error

    def _check(self, source: str) -> None:
        described = self._connection.execute(f"DESCRIBE {source}").fetchall()
        found = {row[0]: row[1] for row in described}
        missing = [column.name for column in COLUMNS if column.name not in found]
        if missing:
            raise NotHourlyRecordsError(f"columns are missing: {', '.join(missing)}")
        for column in COLUMNS:
            if found[column.name] not in _KIND_TYPES[column.kind]:
                raise NotHourlyRecordsError(
                    f"{column.name} is {found[column.name]}, not {_KIND_TYPES[column.kind][0]}"
                )


def summed_rows(batch: pa.RecordBatch) -> Iterator[SummedRows]:
    """The rows of one batch of `summed_batches`."""
    for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
        yield _summed_row(row)


def condition(filters: Filters, by: Period | None = None) -> tuple[str, list[Any]]:
    """The filters as an SQL condition over `records`, with its parameters in order.

    With `by`, lines that run longer than the period are left out.
    """
    parts, parameters = [_SPANS.get(by, "true")], list[Any]()
    if filters.currency is not None:
        parts.append("currency = ?")
        parameters.append(filters.currency)
    if filters.since is not None:
        parts.append("hour >= ?")
        parameters.append(_naive(filters.since))
    if filters.until is not None:
        parts.append("hour < ?")
        parameters.append(_naive(filters.until))
    for group, value in filters.groups:
        below = group is Group.COST_GROUP and value is not None and not filters.alone
        same = f"{_GROUP_COLUMNS[group]} IS NOT DISTINCT FROM ?"
        parts.append("list_contains(cost_group_path, ?)" if below else same)
        parameters.append(value)
    return " AND ".join(parts), parameters


def entering(inputs: Sequence[str]) -> str:
    """The SQL condition for the records that enter at least one of the sums."""
    return " OR ".join(f"({_SUMS[name][0]})" for name in inputs)


def last_usage_hour(records: HourlyRecords, filters: Filters) -> datetime | None:
    """The last hour in which something was used; unused commitment is no use."""
    where, parameters = condition(filters, Period.HOUR)
    ((last,),) = records.rows(
        "SELECT max(hour) FROM records WHERE charge_category = 'Usage' "  # noqa: S608 -- own constants, values are bound
        f"AND commitment_status IS DISTINCT FROM 'Unused' AND {where}",
        parameters,
    )
    return in_utc(last)


def period_key(by: Period | None) -> str:
    """The SQL expression for the start of a record's period."""
    return "CAST(NULL AS TIMESTAMP)" if by is None else f"date_trunc('{by.value}', hour)"


def group_key(group: Group) -> str:
    """The SQL column a group is cut by."""
    return _GROUP_COLUMNS[group]


def in_utc(instant: datetime | None) -> datetime | None:
    """An instant as the database returns it, made aware."""
    return None if instant is None else instant.replace(tzinfo=UTC)


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)


def _summing(keys: Sequence[str], where: str, *, with_totals: bool = False) -> str:
    names = [f"key_{at}" for at in range(len(keys))]
    named = (f"{key} AS {name}" for key, name in zip(keys, names, strict=True))
    first, cells = names[0] if names else "", ", ".join(names)
    marked = f"grouping({names[-1]}), " if with_totals else ""
    grouped = f"GROUPING SETS (({first}), ({cells}))" if with_totals else "ALL"
    return f"""
        WITH parts AS (
            SELECT {", ".join((*named, *_ROLES, *_part_columns()))},
                sum(lines) AS lines, count(*) AS records
            FROM records WHERE {where} GROUP BY ALL)
        SELECT {marked}{", ".join((*names, *_sum_columns()))},
            CAST(coalesce(sum(records), 0) AS BIGINT),
            CAST(coalesce(sum(lines), 0) AS BIGINT), {_UNIT}
        FROM parts GROUP BY {grouped} ORDER BY ALL"""  # noqa: S608 -- own constants, values are bound


def _summed_row(row: tuple[Any, ...]) -> SummedRows:
    width = len(row) - 2 * len(SUMS) - 3
    return SummedRows(row[:width], _sums(row[width:-3]), *row[-3:])


def _part_columns() -> Iterator[str]:
    for column, missing in _MISSING.items():
        yield f"sum({column}) AS {column}"
        yield f"sum({missing}) AS {column}_missing"


def _sum_columns() -> Iterator[str]:
    for name in SUMS:
        rows, column = _SUMS[name]
        yield f"coalesce(sum({column}) FILTER ({rows}), 0)"
        yield f"CAST(coalesce(sum({column}_missing) FILTER ({rows}), 0) AS BIGINT)"


def _sums(values: Sequence[Any]) -> Sums:
    pairs = zip(values[::2], values[1::2], strict=True)
    # Most sums of most rows are nothing: one object serves for all of these.
    return Sums(*(Amount(Decimal(each[0]), each[1]) if any(each) else _NOTHING for each in pairs))
