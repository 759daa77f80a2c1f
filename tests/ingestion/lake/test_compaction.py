"""A compacted file has the rows of its sources, each as often, and no others."""

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.ingestion.lake.shore import ITEMS, a_line

from finops_ingestion.bills.engine import Limits
from finops_ingestion.lake.compaction import compact

LINE = st.builds(
    lambda cost, service, account: a_line(str(cost), service=service, account_id=account),
    st.decimals("-1000", "1000", places=12),
    st.sampled_from(["a", "b", None]),
    st.sampled_from(["1", "2", None]),
)


def a_file(folder: Path, rows: list[dict[str, object]], digits: int = 37) -> Path:
    money = pa.decimal128(digits, 12)
    schema = pa.schema([(f.name, money if pa.types.is_decimal(f.type) else f.type) for f in ITEMS])
    path = folder / f"{len(list(folder.iterdir()))}.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema), path)
    return path


def sorted_rows(*tables: pa.Table) -> list[str]:
    return sorted(repr(sorted(row.items())) for table in tables for row in table.to_pylist())


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.lists(LINE, max_size=8), min_size=1, max_size=4))
def test_rows_are_the_same(tmp_path: Path, files: list[list[dict[str, object]]]) -> None:
    digits = (27, 37, 38)
    sources = [a_file(tmp_path, rows, digits[n % 3]) for n, rows in enumerate(files)]
    target = tmp_path / "compacted.target"

    compact("line_items", sources, target, Limits("256MB", 1))

    written = pq.read_table(target)
    assert sorted_rows(written) == sorted_rows(*map(pq.read_table, sources))
    services = [row["service"] for row in written.to_pylist() if row["service"]]
    assert services == sorted(services)


def test_rows_that_are_the_same_are_kept_as_often(tmp_path: Path) -> None:
    sources = [a_file(tmp_path, [a_line("1"), a_line("1")]), a_file(tmp_path, [a_line("1")])]
    target = tmp_path / "compacted.target"

    compact("line_items", sources, target, Limits("256MB", 1))

    assert pq.read_table(target)["effective_cost"].to_pylist() == [Decimal(1)] * 3
