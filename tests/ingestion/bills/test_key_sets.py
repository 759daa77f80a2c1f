"""Key sets: texts are worked on once per set, and lines of different sets never mix."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finops_ingestion.bills.conversion import Conversion
from finops_ingestion.bills.key_sets import KeySetCollisionError, check_hashes
from finops_ingestion.bills.keys import late_keys, late_texts, set_columns
from finops_ingestion.bills.mapping import Mapping
from finops_ingestion.bills.schemas import MAPPINGS

each_schema = pytest.mark.parametrize("mapping", MAPPINGS, ids=[m.name for m in MAPPINGS])


@each_schema
def test_every_key_is_a_set_column_or_follows_from_them(mapping: Mapping) -> None:
    late = {value.name for value in late_keys(mapping)}

    assert set(mapping.keys()) <= {"hour", *late, *set_columns(mapping)}
    assert late.isdisjoint(set_columns(mapping))
    assert set(late_texts(mapping)) <= set(set_columns(mapping))


def test_what_tells_line_types_apart_is_known_of_every_line() -> None:
    cur = next(mapping for mapping in MAPPINGS if mapping.name == "aws-cur-2.0")

    assert "charge_kind" not in late_texts(cur)
    assert "usage_type" in late_texts(cur)
    assert {"service", "commitment_id"} <= {value.name for value in late_keys(cur)}
    assert "commitment_unit" not in {value.name for value in late_keys(cur)}


@pytest.mark.req("ING-21", part="one record for all lines that agree in every dimension")
def test_texts_that_come_to_the_same_keys_make_one_record(
    convert: Callable[..., Conversion],
    hourly: Callable[..., list[dict[str, Any]]],
    cur_line: Callable[..., dict[str, object]],
    tmp_path: Path,
) -> None:
    zones = ["", "NULL", "null", None]
    lines = [cur_line(cost="0.25", lineItem__AvailabilityZone=zone) for zone in zones]
    bill = tmp_path / "bill.parquet"
    pq.write_table(pa.Table.from_pylist(lines), bill)

    conversion = convert(bill, line_items=True)

    (record,) = hourly(conversion)
    assert record["zone"] is None
    assert record["lines"] == len(zones)
    assert record["billed_cost"] == Decimal(1)


@pytest.mark.req("ING-14", part="sums of different lines are never mixed")
def test_two_sets_with_one_hash_stop_the_conversion() -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE key_sets AS FROM (VALUES ([1, 2]), ([3])) AS sets(same)")
        check_hashes(connection)
        connection.execute("INSERT INTO key_sets VALUES ([3])")

        with pytest.raises(KeySetCollisionError):
            check_hashes(connection)
