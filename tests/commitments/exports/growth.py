"""By how many MB a process grows, and how long it takes, that exports many rows; run in a process of its own."""

import sys
import time
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import TypeAdapter

from finops_commitments.exports.columns import ROWS
from finops_commitments.exports.service import Shape, figure_rows, sheet_of
from finops_commitments.exports.sheets import figure_columns
from finops_commitments.exports.spool import Spool
from finops_commitments.figures.domain import Group, Period
from finops_commitments.figures.measures import figure_batches
from finops_commitments.figures.records import HourlyRecords
from finops_commitments.figures.service import Wanted
from finops_common.contracts.cost_records import COLUMNS
from finops_common.exports.domain import Format
from finops_common.exports.files import WRITERS

FIRST = datetime(2026, 10, 1, tzinfo=UTC)
HOURS = 720
HOURLY = Wanted(FIRST, FIRST + timedelta(days=31), Period.HOUR, (Group.COMMITMENT,))
_TYPES = {
    "timestamp": pa.timestamp("us", "UTC"),
    "date": pa.date32(),
    "text": pa.string(),
    "decimal": pa.decimal128(38, 12),
    "count": pa.int64(),
}
_ALIKE = {
    "charge_span": "hour",
    "billing_period": date(2026, 10, 1),
    "provider": "AWS",
    "payer_account_id": "111111111111",
    "account_id": "111111111111",
    "service": "AmazonEC2",
    "usage_type": "BoxUsage:m5.large",
    "charge_category": "Usage",
    "pricing_category": "Committed",
    "commitment_status": "Used",
    "commitment_category": "Spend",
    "currency": "USD",
    "lines": 1,
    "lines_without_list_cost": 0,
    "list_cost": Decimal("0.123456789012"),
}


def many_records(plans: int) -> HourlyRecords:
    """An October in which each of so many plans covered something every hour, by another amount."""
    count = plans * HOURS
    numbers = pa.array(range(count), pa.int64())
    hours = pa.array([FIRST + timedelta(hours=each) for each in range(HOURS)] * plans)
    plan = pc.divide(numbers, HOURS).cast(pa.string())
    made: dict[str, Any] = {
        "hour": hours.cast(_TYPES["timestamp"]),
        "commitment_id": pc.binary_join_element_wise(
            "arn:aws:savingsplans::111111111111:savingsplan", plan, "/"
        ),
        "effective_cost": pc.divide(numbers.cast(pa.decimal128(19, 0)), Decimal(1000003)).cast(
            _TYPES["decimal"], safe=False
        ),
    }
    arrays = [
        made[each.name]
        if each.name in made
        else pa.repeat(pa.scalar(_ALIKE.get(each.name), _TYPES[each.kind]), count)
        for each in COLUMNS
    ]
    return HourlyRecords.from_arrow(pa.table(arrays, [each.name for each in COLUMNS]))


def export(records: HourlyRecords, form: Format, sort: str | None) -> int:
    """The largest size of the process, in MB, while it writes."""
    largest = 0
    with ExitStack() as held:
        spool = Spool(held)
        by, groups = HOURLY.by, HOURLY.groups
        spool.write(figure_batches(records, by, groups, HOURLY.narrowed, ROWS))
        largest = size_mb()
        columns = figure_columns("utilization", groups, ())
        rows = figure_rows("utilization", HOURLY, spool)
        sheet = sheet_of("utilization", columns, rows, (), Shape(form, (), sort))
        for _ in WRITERS[form](sheet):
            largest = max(largest, size_mb())
    return largest


def size_mb() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4 // 1024


if __name__ == "__main__":
    form: Format = TypeAdapter[Format](Format).validate_python(sys.argv[2])
    sort = sys.argv[3] or None
    few, many = many_records(30), many_records(int(sys.argv[1]) // HOURS + 1)
    # What the first export loads, and what sums of so many cells take, stay whatever comes after.
    before, began = export(few, form, sort), time.monotonic()
    grown = export(many, form, sort) - before
    print(grown, time.monotonic() - began)  # noqa: T201 - what the test reads
