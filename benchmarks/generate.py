"""Seeded CUR 2.0 bills of any size: `python benchmarks/generate.py 1m` makes .cache/bench/cur-1m.

One month of one payer, a file per million rows and slice of time, rows unordered inside it.
Each account uses a dozen SKUs and two commitments, else sums over hours would sum nothing.
"""

import shutil
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from finops_sandbox.world.bills_columns import (
    CUR2_PRODUCT_COLUMNS,
    PLAIN_COLUMNS,
    column_type,
    snake,
)

CACHE = Path(__file__).parents[1] / ".cache" / "bench"
SIZES = {
    "tiny": 2_000,
    "naive": 20_000,
    "check": 250_000,
    "1m": 1_000_000,
    "4m": 4_000_000,
    "5m": 5_000_000,
    "20m": 20_000_000,
    "50m": 50_000_000,
}
MONTH = datetime(2026, 10, 1)  # noqa: DTZ001 - CUR's instants carry no zone and are UTC
HOURS = 744
SEED = 20261001
FILE_ROWS = 1_000_000
ROW_GROUP = 250_000
PAYER = "100000000000"
REGIONS = [f"{area}-{way}-{n}" for area in ("us", "eu", "ap") for way in ("east", "west") for n in (1, 2)]  # fmt: skip
INSTANCES = [f"{family}.{size}" for family in ("m5", "c6i", "r6g", "t3") for size in ("large", "xlarge", "2xlarge")]  # fmt: skip
_TYPES = {"number": pa.float64(), "time": pa.timestamp("us"), "text": pa.string()}
_MAP = pa.map_(pa.string(), pa.string())

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """Who uses what: each resource has an account, a SKU, a tag set and a way it is paid."""

    accounts: int
    skus: int
    account: Ints
    sku: Ints
    tag_set: Ints
    paid: Ints
    """Per resource: 0 on demand, 1 by a Savings Plan, 2 by a reservation."""
    price: Floats
    """Per SKU, in ten-thousandths of a dollar, so that sums of doubles stay exact to the cent."""


def ensure_bill(size: str) -> Path:
    """The folder of the bill of that size, made when it is not there."""
    folder = CACHE / f"cur-{size}"
    if not folder.exists():
        draft = CACHE / f".cur-{size}-draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        write_bill(draft, SIZES[size])
        draft.rename(folder)
    return folder


def write_bill(folder: Path, rows: int, seed: int = SEED) -> None:
    """Write exactly `rows` lines; the same rows and seed give the same bill."""
    world = a_world(rows, seed)
    files = max(1, rows // FILE_ROWS)
    for number in range(files):
        hours = (HOURS * number // files, HOURS * (number + 1) // files)
        table = lines(world, np.random.default_rng([seed, number]), rows // files, hours)
        # Without Arrow's own schema text columns read as what they are in real exports.
        pq.write_table(
            table,
            folder / f"cur-{number:05}.snappy.parquet",
            row_group_size=ROW_GROUP,
            compression="snappy",
            store_schema=False,
        )


def a_world(rows: int, seed: int = SEED) -> World:
    """24 accounts, 2,800 resources and 400 SKUs per million rows; the ratio stays."""
    rng = np.random.default_rng(seed)
    accounts, resources = max(2, rows // 41_666), max(40, rows // 357)
    skus = max(50, min(2000, rows // 2500))
    account = rng.integers(0, accounts, resources)
    chosen = rng.integers(0, skus, (accounts, 12))
    slot = rng.integers(0, 12, resources)
    return World(
        accounts=accounts,
        skus=skus,
        account=account,
        sku=chosen[account, slot],
        tag_set=rng.integers(0, max(20, rows // 550), resources),
        # By slot, not by resource: an account covers a service, not single machines.
        paid=np.select([slot < 3, slot < 5], [1, 2], 0),
        price=rng.integers(10, 20_000, skus).astype(np.float64),
    )


def lines(world: World, rng: np.random.Generator, count: int, hours: tuple[int, int]) -> pa.Table:
    """`count` lines with usage in hours [first, end) of the month."""
    fees = (hours[1] - hours[0]) * world.accounts
    fees = fees if fees < count // 4 else 0
    n = count - fees
    resource = rng.integers(0, len(world.account), n)
    hour = rng.integers(hours[0], hours[1], n)
    kind = _kinds(world, rng, resource, hour)
    account, sku = world.account[resource], world.sku[resource]
    quantity = rng.integers(1, 101, n) / 100
    cost = np.round(world.price[sku] * quantity) / 10_000
    _pair_negations(kind, cost, quantity)
    taken = np.where(kind == _COVERED, _discounted(cost), 0.0)
    used: Floats = np.zeros(world.accounts * HOURS)
    np.add.at(used, account * HOURS + hour, taken)
    fee = _Fees(np.repeat(np.arange(world.accounts), hours[1] - hours[0]), hours, used, fees)
    columns = _columns(world, rng, _Usage(resource, hour, kind, account, sku, quantity, cost), fee)
    return pa.table(columns, schema=_schema()).take(pa.array(rng.permutation(count)))


_KINDS = ["Usage", "SavingsPlanCoveredUsage", "SavingsPlanNegation", "DiscountedUsage", "Tax", "Credit", "SavingsPlanRecurringFee"]  # fmt: skip
_COVERED, _NEGATION, _RESERVED, _TAX, _CREDIT, _FEE = range(1, 7)


@dataclass(frozen=True)
class _Usage:
    resource: Ints
    hour: Ints
    kind: Ints
    account: Ints
    sku: Ints
    quantity: Floats
    cost: Floats


class _Fees:
    """The hourly fees of one Savings Plan an account: what was used and a tenth more."""

    def __init__(self, account: Ints, hours: tuple[int, int], used: Floats, count: int) -> None:
        self.account = account[:count]
        self.hour = np.tile(np.arange(*hours), len(account) // (hours[1] - hours[0]))[:count]
        self.used = np.round(used[self.account * HOURS + self.hour], 4)
        self.commitment = np.round(self.used * 1.1 + 0.01, 4)
        self.count = count


def _discounted(cost: Floats) -> Floats:
    return np.round(cost * 0.72, 4)


def _kinds(world: World, rng: np.random.Generator, resource: Ints, hour: Ints) -> Ints:
    """Line types; every second line of a plan becomes the negation of the one before."""
    chance = rng.random(len(resource))
    other = np.select([chance < 0.005, chance < 0.02], [_TAX, _CREDIT], 0)
    kind = np.select([world.paid[resource] == 1, world.paid[resource] == 2], [_COVERED, _RESERVED], other)  # fmt: skip
    planned = np.flatnonzero(kind == _COVERED)
    if len(planned) % 2:
        kind[planned[-1]] = 0
        planned = planned[:-1]
    kind[planned[1::2]] = _NEGATION
    for column in (resource, hour):
        column[planned[1::2]] = column[planned[::2]]
    return kind.astype(np.int64)


def _pair_negations(kind: Ints, cost: Floats, quantity: Floats) -> None:
    covered, negated = kind == _COVERED, kind == _NEGATION
    cost[negated] = -cost[covered]
    quantity[negated] = quantity[covered]
    cost[kind == _CREDIT] *= -1


def _columns(world: World, rng: np.random.Generator, use: _Usage, fee: _Fees) -> dict[str, Any]:
    """Every column of the export by its CUR 2.0 name; what this bill does not use is null."""
    total = len(use.kind) + fee.count
    found: dict[str, Any] = {name: pa.nulls(total, kind) for name, kind in _fields()}
    known = _common(world, rng, use, fee, total) | _of_usage(world, use, fee) | _paid(use, fee)
    return found | {(snake(name) if "/" in name else name): value for name, value in known.items()}


def _common(
    world: World, rng: np.random.Generator, use: _Usage, fee: _Fees, total: int
) -> dict[str, Any]:
    hour = np.concatenate([use.hour, fee.hour])
    start = np.datetime64(MONTH, "us") + hour.astype("timedelta64[h]")
    intervals = [_interval(MONTH + timedelta(hours=n)) for n in range(HOURS)]
    accounts = [f"{n:012}" for n in range(1, world.accounts + 1)]
    account = np.concatenate([use.account, fee.account])
    end = np.datetime64(MONTH + timedelta(hours=HOURS), "us")
    unblended = use.cost * (use.kind != _RESERVED)
    return {
        "identity/LineItemId": _identities(rng, total),
        "identity/TimeInterval": _pick(intervals, hour),
        "bill/InvoicingEntity": _pick(["Amazon Web Services, Inc."], hour * 0),
        "bill/BillingEntity": _pick(["AWS"], hour * 0),
        "bill/BillType": _pick(["Anniversary"], hour * 0),
        "bill/PayerAccountId": _pick([PAYER], hour * 0),
        "bill/BillingPeriodStartDate": pa.array(np.full(total, np.datetime64(MONTH, "us"))),
        "bill/BillingPeriodEndDate": pa.array(np.full(total, end)),
        "lineItem/UsageAccountId": _pick(accounts, account),
        "lineItem/LineItemType": _pick(
            _KINDS, np.concatenate([use.kind, np.full(fee.count, _FEE)])
        ),
        "lineItem/UsageStartDate": pa.array(start),
        "lineItem/UsageEndDate": pa.array(start + np.timedelta64(1, "h")),
        "lineItem/CurrencyCode": _pick(["USD"], hour * 0),
        "lineItem/LegalEntity": _pick(["Amazon Web Services, Inc."], hour * 0),
        "lineItem/UnblendedCost": pa.array(np.concatenate([unblended, fee.commitment])),
        "lineItem/BlendedCost": pa.array(np.concatenate([use.cost, fee.commitment])),
        "resource_tags": _tags(world, use.resource, fee.count),
    }


def _of_usage(world: World, use: _Usage, fee: _Fees) -> dict[str, Any]:
    """What SKU and resource say; fees have neither."""
    sku = np.concatenate([use.sku, np.full(fee.count, -1)])
    resource = np.concatenate([use.resource, np.full(fee.count, -1)])
    quantity = np.concatenate([use.quantity, np.ones(fee.count)])
    public = np.where(np.isin(use.kind, (0, _COVERED, _RESERVED)), use.cost, 0.0)
    n = range(world.skus)
    instances = [INSTANCES[i % len(INSTANCES)] if i % 5 else None for i in n]
    regions = [REGIONS[i % len(REGIONS)] for i in n]
    usage = [f"BoxUsage:{instances[i]}" if i % 5 else f"DataTransfer-{i}" for i in n]
    products = [
        {"region": regions[i], "operating_system": ("Linux", "Windows")[i % 2], "tenancy": "Shared", "vcpu": "4"}
        for i in n
    ]  # fmt: skip
    return {
        "lineItem/ProductCode": _pick([f"AmazonService{i % 60}" if i % 3 else "AmazonEC2" for i in n], sku),
        "product/servicecode": _pick([f"AmazonService{i % 60}" if i % 3 else "AmazonEC2" for i in n], sku),
        "lineItem/UsageType": _pick(usage, sku),
        "product/usagetype": _pick(usage, sku),
        "lineItem/Operation": _pick([f"RunInstances:{i % 16:04}" for i in n], sku),
        "lineItem/AvailabilityZone": _pick([f"{region}a" for region in regions], sku),
        "lineItem/ResourceId": _pick([f"i-{i:017x}" for i in range(len(world.account))], resource),
        "lineItem/LineItemDescription": _pick([f"${i / 1e4:.4f} per hour of SKU {i}" for i in n], sku),
        "product/instanceType": _pick(instances, sku),
        "product/productFamily": _pick(["Compute Instance" if i % 5 else "Data Transfer" for i in n], sku),
        "product/regionCode": _pick(regions, sku),
        "product/location": _pick([f"Location of {region}" for region in regions], sku),
        "product/sku": _pick([f"SKU{i:013}" for i in n], sku),
        "pricing/unit": _pick(["Hrs" if i % 5 else "GB" for i in n], sku),
        "pricing/currency": _pick(["USD"], sku * 0),
        "pricing/term": _pick(["OnDemand"], sku * 0),
        "lineItem/UsageAmount": pa.array(quantity),
        "pricing/publicOnDemandCost": pa.array(np.concatenate([public, np.zeros(fee.count)])),
        "product": _chosen(pa.array([list(p.items()) for p in products] + [[]], _MAP), sku),
    }  # fmt: skip


def _paid(use: _Usage, fee: _Fees) -> dict[str, Any]:
    """The columns of Savings Plans and reservations: one of each per account."""
    covered, reserved, planned = (np.isin(use.kind, kinds) for kinds in ((_COVERED,), (_RESERVED,), (_COVERED, _NEGATION)))  # fmt: skip
    accounts = range(int(use.account.max(initial=0)) + 1)
    plans = [f"arn:aws:savingsplans::{PAYER}:savingsplan/{n:08x}" for n in accounts]
    reservations = [f"arn:aws:ec2:us-east-1:{PAYER}:reserved-instances/{n:08x}" for n in accounts]
    plan = np.concatenate([np.where(planned, use.account, -1), fee.account])
    nothing = np.zeros(fee.count)
    effective = _discounted(use.cost)
    return {
        "savingsPlan/SavingsPlanARN": _pick(plans, plan),
        "savingsPlan/OfferingType": _pick(["ComputeSavingsPlans"], np.minimum(plan, 0)),
        "savingsPlan/SavingsPlanEffectiveCost": pa.array(np.concatenate([np.where(covered, effective, 0), nothing])),
        "savingsPlan/TotalCommitmentToDate": pa.array(np.concatenate([np.zeros(len(use.kind)), fee.commitment])),
        "savingsPlan/UsedCommitment": pa.array(np.concatenate([np.zeros(len(use.kind)), fee.used])),
        "reservation/ReservationARN": _pick(reservations, np.concatenate([np.where(reserved, use.account, -1), np.full(fee.count, -1)])),
        "reservation/EffectiveCost": pa.array(np.concatenate([np.where(reserved, effective, 0), nothing])),
    }  # fmt: skip


def _schema() -> pa.Schema:
    return pa.schema(_fields())


def _fields() -> list[tuple[str, pa.DataType]]:
    plain = [(snake(name), _TYPES[column_type(name)]) for name in (*PLAIN_COLUMNS, *CUR2_PRODUCT_COLUMNS)]  # fmt: skip
    return [*plain, ("product", _MAP), ("resource_tags", _MAP), ("cost_category", _MAP)]


def _pick(words: list[Any], index: Ints) -> pa.Array:
    """The words at `index`; null where it is negative."""
    return pa.array(words, pa.string()).take(pa.array(index, mask=index < 0))


def _chosen(values: pa.Array, index: Ints) -> pa.Array:
    """The values at `index`; the last one where it is negative."""
    return values.take(pa.array(np.where(index < 0, len(values) - 1, index)))


def _tags(world: World, resource: Ints, fees: int) -> pa.Array:
    sets = [[("user_env", ("prod", "dev", "test")[n % 3]), ("user_team", f"team-{n % 40}"), ("user_app", f"app-{n}")] for n in range(int(world.tag_set.max()) + 1)]  # fmt: skip
    index = np.concatenate([world.tag_set[resource], np.full(fees, -1)])
    return _chosen(pa.array([*sets, []], _MAP), index)


def _identities(rng: np.random.Generator, count: int) -> pa.Array:
    """Line ids as AWS's: 52 characters that nothing compresses."""
    text = rng.bytes(count * 26).hex().encode()
    offsets = np.arange(0, (count + 1) * 52, 52, dtype=np.int32)
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets.tobytes()), pa.py_buffer(text))


def _interval(start: datetime) -> str:
    end = start + timedelta(hours=1)
    return f"{start.isoformat()}Z/{end.isoformat()}Z"


if __name__ == "__main__":
    print(ensure_bill(sys.argv[1] if len(sys.argv) > 1 else "1m"))
