"""M5's bill: 13 months of 2,000 SKUs in 20 accounts under 500 commitments, by day; seeded.

Of each SKU and day one record is on demand and one is covered, by the same commitment all month;
of each commitment and day one shows what was left of it.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from finops_common.contracts.cost_records import COLUMNS
from sides import Given

SKUS, COMMITMENTS, ACCOUNTS, OPERATIONS = 2_000, 500, 20, 42
MONTHS = [date(2025 + (9 + at) // 12, (9 + at) % 12 + 1, 1) for at in range(13)]
MONTHS_OF_A_CHECK = MONTHS[-2:]
FAMILIES, SIZES = ("m5", "c6i", "r7g", "t3"), ("large", "xlarge", "2xlarge", "4xlarge")
ASKED = 3
"""How often the questions are asked inside the clock."""
REGIONS = ("us-east-1", "eu-west-1", "ap-northeast-2")
DECIMAL = pa.decimal128(38, 12)
SHARES = {"list_cost": 1.0, "contracted_cost": 0.95, "effective_cost": 0.7}
Key = Mapping[str, str]


def months_of(given: Given) -> list[date]:
    """The first days of the months that are measured."""
    return MONTHS_OF_A_CHECK if given.size == "check" else MONTHS


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def after(month: date) -> date:
    """The first day of the next month."""
    return (month + timedelta(days=32)).replace(day=1)


def a_month(first: date) -> pa.Table:
    """Its records, with the columns of the contract."""
    random = np.random.default_rng(first.toordinal())
    held = random.integers(0, COMMITMENTS, SKUS)
    usage = [_usage(number) for number in range(SKUS)]
    covered = [usage[number] | _covered(int(by)) for number, by in enumerate(held)]
    keys = [*usage, *covered, *(_left(number) for number in range(COMMITMENTS))]
    days = (after(first) - first).days
    costs = random.integers(10**11, 10**13, (len(keys), days))
    return _table(keys, first, days, costs)


def _table(keys: Sequence[Key], first: date, days: int, costs: NDArray[np.int64]) -> pa.Table:
    rows = len(keys) * days
    begins = [midnight(first + timedelta(days=day)) for day in range(days)]
    lines = pa.array(np.full(rows, 24))
    priced = np.arange(rows) < 2 * SKUS * days
    columns = {
        "hour": pa.array(begins * len(keys), pa.timestamp("us", "UTC")),
        "billing_period": pa.repeat(pa.scalar(first, pa.date32()), rows),
        "lines": lines,
        "lines_without_list_cost": pa.array(np.zeros(rows, np.int64)),
        "billed_cost": _decimals(costs, 0.0),
        **{name: _decimals(costs, share) for name, share in SHARES.items()},
        "usage_quantity": _decimals(costs, 0.5),
        "commitment_quantity": _decimals(costs, 0.7),
        "normalized_units": pa.nulls(rows, DECIMAL),
    }
    for name in ("list_cost", "contracted_cost", "usage_quantity"):
        mask = pa.array(~priced)
        columns[name] = pc.if_else(mask, pa.scalar(None, DECIMAL), columns[name])
    for column in COLUMNS:
        if column.name not in columns:
            values = pa.array([key.get(column.name) for key in keys], pa.string())
            repeated = np.repeat(np.arange(len(keys)), days)
            columns[column.name] = values.dictionary_encode().take(pa.array(repeated))
    return pa.table(
        [columns[column.name] for column in COLUMNS], [column.name for column in COLUMNS]
    )


def _decimals(costs: NDArray[np.int64], share: float) -> pa.Array:
    words = np.zeros((costs.size, 2), np.int64)
    words[:, 0] = (costs * share).astype(np.int64).ravel()
    return pa.Array.from_buffers(DECIMAL, costs.size, [None, pa.py_buffer(words)])


_EVERY = {
    "charge_span": "hour",
    "provider": "AWS",
    "payer_account_id": "111111111111",
    "charge_category": "Usage",
    "currency": "USD",
}


def _usage(number: int) -> dict[str, str]:
    family, size = FAMILIES[number % 4], SIZES[number // 4 % 4]
    return _EVERY | {
        "pricing_category": "Standard",
        "account_id": f"{111111111111 + number % ACCOUNTS}",
        "service": "AmazonEC2",
        "region": REGIONS[number % 3],
        "sku_id": f"SKU{number:05}",
        "usage_type": f"BoxUsage:{family}.{size}",
        "operation": f"RunInstances:{number % OPERATIONS:04}",
        "product_family": "Compute Instance",
        "instance_type": f"{family}.{size}",
        "family": family,
        "size": size,
        "platform": "Linux/UNIX",
        "tenancy": "Shared",
        "charge_kind": "Usage",
    }


def _covered(number: int) -> dict[str, str]:
    owner = 111111111111 + number % ACCOUNTS
    return {
        "pricing_category": "Committed",
        "commitment_id": f"arn:aws:savingsplans::{owner}:savingsplan/{number:08}",
        "commitment_type": "ComputeSavingsPlans",
        "commitment_category": "Spend",
        "commitment_status": "Used",
        "commitment_unit": "USD",
        "charge_kind": "SavingsPlanCoveredUsage",
    }


def _left(number: int) -> dict[str, str]:
    owner = {"account_id": f"{111111111111 + number % ACCOUNTS}", "service": "ComputeSavingsPlans"}
    status = {"commitment_status": "Unused", "charge_kind": "SavingsPlanRecurringFee"}
    return _EVERY | _covered(number) | owner | status
