"""Engines that know nothing of us read the same figures from the same tables."""

import subprocess
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import orjson
import pyarrow as pa
import pytest
from pyiceberg.expressions import EqualTo
from pyiceberg.table import Table
from tests.ingestion.lake.shore import MONTH, Shore, a_line

from finops_common.ids import new_id
from finops_ingestion.bills.convert import convert_bill

DATA = Path(__file__).parents[2] / "data"
BILLS = (
    DATA / "aws-cur" / "golden" / "golden-1-legacy-cur.csv",
    DATA / "bills" / "focus" / "focus-1.0-sample-part1.csv",
)
pytestmark = pytest.mark.timeout(240)
Sums = list[tuple[date, str, int, Decimal, Decimal]]
"""Period, currency, rows, billed and effective cost."""

QUERY = (
    "SELECT billing_period, currency, count(*), sum(billed_cost), sum(effective_cost)"
    " FROM {source} GROUP BY billing_period, currency ORDER BY billing_period, currency"
)
CLICKHOUSE = (
    "import sys, chdb; sys.stdout.buffer.write(chdb.query(sys.argv[1], 'JSONCompact').bytes())"
)


def by_pyiceberg(table: Table) -> Sums:
    lines = table.scan().to_arrow()
    with duckdb.connect() as connection:
        connection.register("lines", lines)
        return connection.execute(QUERY.format(source="lines")).fetchall()


def by_duckdb(table: Table) -> Sums:
    """Reads the files that a plan lists; the period stands in the plan, not in the files."""
    parts = [
        f"SELECT DATE '{period(task.file.partition[0])}' AS billing_period, *"  # noqa: S608 - our own paths
        f" FROM read_parquet('{urlsplit(task.file.file_path).path}', hive_partitioning = false)"
        for task in table.scan().plan_files()
    ]
    with duckdb.connect() as connection:
        source = f"({' UNION ALL BY NAME '.join(parts)})"
        return connection.execute(QUERY.format(source=source)).fetchall()


def by_clickhouse(table: Table) -> Sums:
    """Reads the tables themselves, from the metadata that the catalog names."""
    path = Path(urlsplit(table.location()).path)
    metadata = table.metadata_location.removeprefix(f"{table.location()}/")
    source = f"icebergLocal('{path}', SETTINGS iceberg_metadata_file_path = '{metadata}')"
    query = QUERY.format(source=source) + " SETTINGS output_format_json_quote_decimals = 1"
    # A process of its own: chDB has one engine per process, which reads below its folder only.
    root = path.parents[2]
    ran = subprocess.run(  # noqa: S603 - our own query
        [sys.executable, "-c", CLICKHOUSE, query], cwd=root, capture_output=True, check=True
    )
    return [
        (date.fromisoformat(day), currency, int(rows), Decimal(billed), Decimal(effective))
        for day, currency, rows, billed, effective in orjson.loads(ran.stdout)["data"]
    ]


def period(days: Any) -> date:  # noqa: ANN401 - as the manifest holds it
    return days if isinstance(days, date) else date.fromordinal(date(1970, 1, 1).toordinal() + days)


async def real_bills(shore: Shore) -> None:
    """Bills of several providers, whose files differ in digits and in what may be missing."""
    for number, bill in enumerate(BILLS):
        to = shore.folder / f"converted-{number}"
        conversion = convert_bill((bill,), to)
        for each in conversion.periods:
            await shore.commit(
                source=new_id(),
                period=date.fromisoformat(f"{each.name}-01"),
                finality="closed",
                files={"items": each.line_item_files[0], "tags": to / "tags.parquet"},
            )


@pytest.mark.req("PLAT-21", part="another engine reads the same tables")
@pytest.mark.parametrize("read", [by_duckdb, by_clickhouse])
async def test_other_engines_read_what_pyiceberg_reads(
    shore: Shore, read: Callable[[Table], Sums]
) -> None:
    await real_bills(shore)
    source = new_id()
    await shore.commit(a_line("1"), source=source)
    await shore.publish()
    await shore.commit(a_line("123456789.123456789012"), source=source)
    await shore.publish()
    table = await shore.table()

    found = read(table)

    assert found == by_pyiceberg(table)
    assert len(found) > 2
    standing = await shore.standing()
    assert sum(rows for _, _, rows, _, _ in found) == standing.rows
    for currency, cost in standing.costs.items():
        assert sum(each[4] for each in found if each[1] == currency) == cost


async def test_a_period_is_read_from_its_own_files_only(shore: Shore) -> None:
    await shore.commit(a_line("1"), source=new_id())
    await shore.commit(a_line("2"), source=new_id(), period=date(2026, 9, 1))
    await shore.publish()
    table = await shore.table()

    scan = table.scan(row_filter=EqualTo("billing_period", "2026-10-01"))

    assert len(list(scan.plan_files())) == 1
    read: pa.Table = scan.to_arrow()
    assert read["billing_period"].to_pylist() == [MONTH]


async def test_tables_of_before_a_new_column_gain_it(shore: Shore) -> None:
    await shore.commit(a_line("1"), source=new_id())
    await shore.publish()
    table = await shore.table()
    with table.update_schema() as change:
        change.delete_column("zone")

    again = await shore.table()

    assert "zone" in again.schema().column_names
    assert (await shore.figures()).costs == {"USD": 1}
