"""COM-20, COM-21: DuckDB sums the same rows by the same keys, no more than is compared."""

from collections.abc import Sequence
from typing import Any

import duckdb
import pyarrow as pa

from finops_common.money import plain
from months import ASKED, a_month, months_of
from sides import Clock, Given, Sample

_MONTH = "strftime(date_trunc('month', hour), '%Y-%m-%d')"
COVERAGE = f"""
    SELECT {_MONTH}, service,
        coalesce(sum(list_cost) FILTER (commitment_status = 'Used'), 0),
        coalesce(sum(list_cost) FILTER (commitment_status IS NULL), 0)
    FROM bill GROUP BY ALL"""
UTILIZATION = f"""
    SELECT {_MONTH}, commitment_id,
        coalesce(sum(effective_cost) FILTER (commitment_status = 'Used'), 0),
        coalesce(sum(effective_cost) FILTER (commitment_status = 'Unused'), 0)
    FROM bill WHERE commitment_id IS NOT NULL GROUP BY ALL"""


def measure(given: Given) -> Sample:
    bill = pa.concat_tables([a_month(month) for month in months_of(given)]).unify_dictionaries()
    connection = duckdb.connect(config={"threads": 2})
    connection.register("arrow_bill", bill)
    connection.execute(
        "CREATE VIEW bill AS SELECT * REPLACE (make_timestamp(epoch_us(hour)) AS hour) FROM arrow_bill"
    )
    connection.execute(COVERAGE).fetchall()
    with Clock() as clock:
        for _ in range(ASKED):
            covered = connection.execute(COVERAGE).fetchall()
            used = connection.execute(UTILIZATION).fetchall()
    answer = {"coverage": _told(covered), "utilization": _told(used)}
    return clock.sample(ASKED * bill.num_rows, answer, asked_s=clock.seconds / ASKED)


def _told(rows: Sequence[Sequence[Any]]) -> list[list[str]]:
    return sorted([month, name, plain(one), plain(other)] for month, name, one, other in rows)
