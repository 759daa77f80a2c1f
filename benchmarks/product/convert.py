"""P1: the bill's files to hourly records, as ingestion makes them, without line items."""

from pathlib import Path

import duckdb

from finops_ingestion.bills.convert import convert_bill
from sides import Clock, Given, Sample

COVERED = """
    SELECT sum(list_cost), count(*), sum(lines) FROM read_parquet('{files}')
    WHERE coalesce(commitment_status = 'Used', false) OR $1
"""


def measure(given: Given) -> Sample:
    scratch = Path(given.scratch)
    convert_bill([Path(given.tiny)], scratch / "tiny", line_items=False)
    with Clock() as clock:
        conversion = convert_bill([Path(given.bill)], scratch / "hourly", line_items=False)
    files = scratch / "hourly" / "hourly" / "*" / "*.parquet"
    query = COVERED.format(files=files)
    covered = duckdb.execute(query, [False]).fetchall()[0][0]
    records = duckdb.execute(query, [True]).fetchall()[0][1]
    billed = sum(total.costs.billed_cost for total in conversion.totals)
    answer = {
        "lines": conversion.rows_accepted,
        "billed": f"{billed:.2f}",
        "covered": f"{covered:.2f}",
    }
    return clock.sample(given.rows, answer, records=records)
