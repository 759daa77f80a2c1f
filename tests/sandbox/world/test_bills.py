"""Bills as files: AWS's own checks hold, and every format says the same."""

import csv
import gzip
import io
import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import pyarrow.parquet as pq
import pytest

from finops_sandbox.world import World
from finops_sandbox.world.books import Books, books
from finops_sandbox.world.publish import Delivery, Format, publish

CLOSED, OPEN = date(2026, 10, 1), date(2026, 11, 1)
Rows = list[dict[str, Any]]


@dataclass
class MemoryStore:
    objects: dict[str, bytes] = field(default_factory=dict)

    def put(self, key: str, body: bytes) -> None:
        self.objects[key] = body


@dataclass(frozen=True)
class Bill:
    delivery: Delivery
    manifest: dict[str, Any]
    objects: dict[str, bytes]
    rows: Rows


@cache
def delivered(world: World, month: date, bill_format: Format, revision: int | None = None) -> Bill:
    store = MemoryStore()
    delivery = publish(world, month, revision, bill_format, store, bucket="exports")
    manifest = json.loads(store.objects[delivery.manifest_key])
    rows = [row for key in delivery.data_keys for row in _read(store.objects[key], key)]
    return Bill(delivery, manifest, store.objects, rows)


def _read(body: bytes, key: str) -> Rows:
    if key.endswith(".csv.gz"):
        return list(csv.DictReader(io.StringIO(gzip.decompress(body).decode())))
    table = pq.read_table(io.BytesIO(body))
    rows: Rows = table.to_pylist(maps_as_pydicts="strict")
    return rows


@cache
def booked(world: World, month: date) -> Books:
    return books(world, month)


def number(value: object) -> Decimal:
    """Ten decimals, as the world has them; doubles lose nothing on the way."""
    return round(Decimal(str(value)), 10) if value not in {None, ""} else Decimal(0)


@pytest.fixture(scope="module")
def legacy(world: World) -> Bill:
    return delivered(world, CLOSED, "cur-legacy")


@pytest.fixture(scope="module")
def open_month(world: World) -> Bill:
    return delivered(world, OPEN, "cur-legacy")


def amortised(row: dict[str, Any]) -> Decimal:
    """What the line costs amortised, by cloud-facts 1.5, from the file alone."""
    match row["lineItem/LineItemType"]:
        case "DiscountedUsage":
            return number(row["reservation/EffectiveCost"])
        case "RIFee":
            return number(row["reservation/UnusedRecurringFee"]) + number(
                row["reservation/UnusedAmortizedUpfrontFeeForBillingPeriod"]
            )
        case "SavingsPlanCoveredUsage":
            return number(row["savingsPlan/SavingsPlanEffectiveCost"])
        case "SavingsPlanRecurringFee":
            return number(row["savingsPlan/TotalCommitmentToDate"]) - number(
                row["savingsPlan/UsedCommitment"]
            )
        case "Fee" | "SavingsPlanUpfrontFee" | "SavingsPlanNegation":
            return Decimal(0)
        case _:
            return number(row["lineItem/UnblendedCost"])


def test_every_line_type_of_a_commitment_bill_occurs(world: World, legacy: Bill) -> None:
    whole_year = {"Fee", "SavingsPlanUpfrontFee"}

    found = {row["lineItem/LineItemType"] for row in legacy.rows}

    assert found | whole_year == {
        *("Usage", "DiscountedUsage", "RIFee", "Fee", "SavingsPlanCoveredUsage"),
        *("SavingsPlanNegation", "SavingsPlanRecurringFee", "SavingsPlanUpfrontFee"),
        *("Tax", "Credit", "Refund"),
    }


@pytest.mark.parametrize("bill", ["legacy", "open_month"])
def test_negations_cancel_covered_usage_per_hour_and_plan(
    bill: str, request: pytest.FixtureRequest
) -> None:
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in request.getfixturevalue(bill).rows:
        if row["lineItem/LineItemType"] in {"SavingsPlanCoveredUsage", "SavingsPlanNegation"}:
            key = (row["lineItem/UsageStartDate"], row["savingsPlan/SavingsPlanARN"])
            sums[key] += number(row["lineItem/UnblendedCost"])

    assert sums
    assert set(sums.values()) == {Decimal(0)}


@pytest.mark.parametrize("bill", ["legacy", "open_month"])
def test_effective_costs_of_a_plans_hour_are_its_used_commitment(
    bill: str, request: pytest.FixtureRequest
) -> None:
    used: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in request.getfixturevalue(bill).rows:
        key = (row["lineItem/UsageStartDate"], row["savingsPlan/SavingsPlanARN"])
        used[key] += number(row["savingsPlan/SavingsPlanEffectiveCost"])
        used[key] -= number(row["savingsPlan/UsedCommitment"])

    assert set(used.values()) == {Decimal(0)}


def test_used_and_unused_parts_of_a_reservation_are_its_fee(legacy: Bill) -> None:
    fees = [row for row in legacy.rows if row["lineItem/LineItemType"] == "RIFee"]
    used: dict[str, Decimal] = defaultdict(Decimal)
    for row in legacy.rows:
        used[row["reservation/ReservationARN"]] += number(row["reservation/EffectiveCost"])

    assert len(fees) == 5
    for fee in fees:
        whole = number(fee["lineItem/UnblendedCost"]) + number(
            fee["reservation/AmortizedUpfrontFeeForBillingPeriod"]
        )
        assert used[fee["reservation/ReservationARN"]] + amortised(fee) == whole


def test_prepaid_cost_of_usage_is_its_share_of_the_months_amortised_fee(legacy: Bill) -> None:
    fees = {
        row["reservation/ReservationARN"]: row
        for row in legacy.rows
        if row["lineItem/LineItemType"] == "RIFee"
    }
    shares = [
        (
            number(row["reservation/AmortizedUpfrontCostForUsage"]),
            number(fee["reservation/AmortizedUpfrontFeeForBillingPeriod"])
            * number(row["lineItem/NormalizedUsageAmount"])
            / number(fee["reservation/TotalReservedNormalizedUnits"]),
        )
        for row in legacy.rows
        if row["lineItem/LineItemType"] == "DiscountedUsage"
        if (fee := fees[row["reservation/ReservationARN"]])
    ]

    assert len(shares) > 1000
    assert max(abs(stated - computed) for stated, computed in shares) < Decimal("1e-9")


def test_every_line_has_its_own_id(legacy: Bill, open_month: Bill) -> None:
    for bill in (legacy, open_month):
        ids = [row["identity/LineItemId"] for row in bill.rows]

        assert len(ids) == len(set(ids))


def test_negations_stand_once_per_hour_plan_operation_usage_type_zone_and_account(
    legacy: Bill,
) -> None:
    names = ("UsageStartDate", "Operation", "UsageType", "AvailabilityZone", "UsageAccountId")
    keys = [
        (row["savingsPlan/SavingsPlanARN"], *(row[f"lineItem/{name}"] for name in names))
        for row in legacy.rows
        if row["lineItem/LineItemType"] == "SavingsPlanNegation"
    ]

    assert len(keys) == len(set(keys))


def test_an_open_month_bills_plan_fees_of_hours_to_come_as_unused(
    world: World, open_month: Bill
) -> None:
    later = [
        row
        for row in open_month.rows
        if row["lineItem/LineItemType"] == "SavingsPlanRecurringFee"
        and row["lineItem/UsageStartDate"] >= "2026-11-06T10:00:00Z"
    ]

    assert len(later) > 600
    assert {row["savingsPlan/UsedCommitment"] for row in later} == {"0"}
    assert {row["lineItem/UnblendedCost"] for row in later} >= {"0", "0.9"}


@pytest.mark.parametrize("month", [CLOSED, OPEN])
def test_the_bill_sums_to_the_books_to_the_last_decimal(world: World, month: date) -> None:
    rows = delivered(world, month, "cur-legacy").rows
    book = booked(world, month)

    assert sum(number(row["lineItem/UnblendedCost"]) for row in rows) == book.payer.billed_total
    whole = sum(amortised(row) for row in rows)
    assert whole == book.payer.effective_total + book.payer.future_commitment
    for account, measures in book.accounts.items():
        own = [row for row in rows if row["lineItem/UsageAccountId"] == account]
        billed = sum(number(row["lineItem/UnblendedCost"]) for row in own)
        assert billed == measures.billed_total


def test_parquet_and_csv_of_the_legacy_report_are_the_same_lines(
    world: World, open_month: Bill
) -> None:
    parquet = delivered(world, OPEN, "cur-legacy-parquet")

    assert [row["identity_line_item_id"] for row in parquet.rows] == [
        row["identity/LineItemId"] for row in open_month.rows
    ]
    assert sum(number(row["line_item_unblended_cost"]) for row in parquet.rows) == sum(
        number(row["lineItem/UnblendedCost"]) for row in open_month.rows
    )
    assert "savings_plan_savings_plan_a_r_n" in parquet.rows[0]


def test_cur2_nests_product_tags_cost_category_and_discount(world: World, open_month: Bill) -> None:
    rows = delivered(world, OPEN, "cur2").rows

    assert sum(number(row["line_item_unblended_cost"]) for row in rows) == sum(
        number(row["lineItem/UnblendedCost"]) for row in open_month.rows
    )
    assert sum(number(row["savings_plan_savings_plan_effective_cost"]) for row in rows) == sum(
        number(row["savingsPlan/SavingsPlanEffectiveCost"]) for row in open_month.rows
    )
    instance = next(row for row in rows if row["product_instance_type"] == "m5.large")
    assert instance["product"]["operating_system"] == "Linux"
    assert instance["resource_tags"]["user_team"] == "storefront"
    assert instance["cost_category"] == {"Department": "Commerce"}
    assert instance["discount"] == {}


@pytest.mark.parametrize(
    ("month", "bill_format"),
    [(CLOSED, "focus-1.2"), (OPEN, "focus-1.2"), (OPEN, "focus-1.2-csv")],
)
def test_focus_says_the_same_totals(world: World, month: date, bill_format: Format) -> None:
    rows = delivered(world, month, bill_format).rows
    book = booked(world, month)

    assert sum(number(row["BilledCost"]) for row in rows) == book.payer.billed_total
    assert sum(number(row["EffectiveCost"]) for row in rows) == book.payer.effective_total


def test_focus_splits_a_commitment_into_used_and_unused(world: World) -> None:
    rows = delivered(world, CLOSED, "focus-1.2").rows
    book = booked(world, CLOSED)
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in rows:
        if row["CommitmentDiscountStatus"]:
            key = (row["CommitmentDiscountId"], row["CommitmentDiscountStatus"])
            sums[key] += number(row["EffectiveCost"])

    for held in book.commitments.values():
        assert sums[held.commitment.arn, "Used"] == held.used
        assert sums[held.commitment.arn, "Unused"] == held.unused


def test_the_legacy_manifest_names_every_file_and_column(legacy: Bill) -> None:
    manifest = legacy.manifest

    assert legacy.delivery.manifest_key == (
        "billing/hanbit-hourly/20261001-20261101/hanbit-hourly-Manifest.json"
    )
    assert len(manifest["reportKeys"]) > 1
    assert all(manifest["assemblyId"] in key for key in manifest["reportKeys"])
    columns = [f"{column['category']}/{column['name']}" for column in manifest["columns"]]
    assert columns == list(legacy.rows[0])


def test_an_export_manifest_lies_beside_its_data(world: World) -> None:
    bill = delivered(world, OPEN, "cur2")

    assert bill.delivery.manifest_key == (
        "billing/hanbit-cur2/metadata/BILLING_PERIOD=2026-11/hanbit-cur2-Manifest.json"
    )
    assert bill.manifest["dataFiles"] == [f"s3://exports/{key}" for key in bill.delivery.data_keys]
    assert bill.delivery.data_keys[0].startswith("billing/hanbit-cur2/data/BILLING_PERIOD=2026-11/")


def test_account_ids_keep_their_leading_zero(world: World, legacy: Bill) -> None:
    accounts = {row["lineItem/UsageAccountId"] for row in legacy.rows}

    assert accounts == {account.id for account in world.accounts}
    assert any(account.startswith("0") for account in accounts)
