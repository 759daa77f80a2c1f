"""Bills simulated again from their own records, and bills that were billed otherwise."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.commitments.conftest import ARecord, Record, RecordsOf

from finops_commitments.agreement.domain import Agreement, agreement, agreements
from finops_commitments.agreement.rebuilt import BilledMonth, Payer, billed_month
from finops_commitments.figures.records import HourlyRecords

OCTOBER = datetime(2026, 10, 1, tzinfo=UTC)
GOLDEN = Path(__file__).parents[2] / "data" / "aws-cur" / "golden"
MINE, THEIRS = "111111111111", "222222222222"
PLAN = f"arn:aws:savingsplans::{MINE}:savingsplan/one"
OWN = {
    "commitment_id": PLAN,
    "commitment_type": "ComputeSavingsPlans",
    "commitment_category": "Spend",
    "commitment_unit": "USD",
}


AZURE = Path(__file__).parents[2] / "data" / "bills" / "azure" / "EA_AmortizedCost_Small.csv"


def run(*arguments: str) -> str:
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 -- our own commands
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two closed months of the sandbox's customer: plans, zonal and regional reservations."""
    bills, folder = tmp_path_factory.mktemp("bills"), tmp_path_factory.mktemp("converted")
    world = ("--months", "3", "--now", "2026-11-21T10:00:00Z", "--to", str(bills))
    run("finops_sandbox.world", "bills", "--format", "cur2", *world)
    files = [str(file) for file in bills.rglob("*.parquet") if "2026-11" not in str(file)]
    as_of = ("--as-of", "2026-11-21T00:00:00Z")
    run("finops_ingestion", "convert", *files, "--to", str(folder), *as_of)
    return folder


@pytest.fixture(scope="module")
def october(converted: Path) -> BilledMonth:
    with HourlyRecords.from_parquet(sorted(converted.glob("hourly/*/*.parquet"))) as records:
        month = billed_month(records, Payer("111122223333", "USD"), OCTOBER)
    assert month is not None
    return month


@pytest.mark.req("COM-12")
def test_a_closed_months_hours_are_simulated_as_billed(october: BilledMonth) -> None:
    found = agreement(october)

    assert found.used_commitment.billed > 2_000
    assert found.on_demand.billed > 1_000
    assert found.used_commitment.percent < 0.1
    assert found.on_demand.percent < 0.1
    assert found.causes == ()
    assert len(october.family.reserved) >= 5
    assert len(october.family.plans) == 4


@pytest.mark.req("COM-12", part="which reservations are zonal shows in the bill")
def test_taken_as_regional_a_zonal_reservation_would_cover_other_usage(
    october: BilledMonth,
) -> None:
    found = agreement(replace(october, zones={}))

    assert {each.kind for each in found.causes} == {"usage"}
    assert all(each.compared.apart > 100 for each in found.causes)


@pytest.mark.req("COM-12", part="the largest causes of a difference")
def test_a_commitment_billed_otherwise_is_the_largest_cause(october: BilledMonth) -> None:
    plan = len(october.family.reserved)
    held = october.held.copy()
    held[plan] *= 0.5

    found = agreement(replace(october, held=held))

    assert found.used_commitment.percent > 0.1
    assert found.causes[0].kind == "commitment" or found.causes[1].kind == "commitment"
    named = {each.name for each in found.causes if each.kind == "commitment"}
    assert named == {october.family.plans[0].id}
    aparts = [each.compared.apart for each in found.causes]
    assert aparts == sorted(aparts, reverse=True)


@pytest.mark.req("COM-12", part="offline, by month")
def test_the_report_compares_each_month(converted: Path) -> None:
    body = json.loads(run("finops_commitments", "report", str(converted), "--simulate", "--json"))
    text = run("finops_commitments", "report", str(converted), "--simulate")

    assert [each["month"] for each in body["simulated"]] == ["2026-09", "2026-10"]
    assert all(each["agrees"] for each in body["simulated"])
    assert all(float(each["on_demand"]["billed"]) > 1_000 for each in body["simulated"])
    assert "Simulated against billed" in text


@pytest.mark.req("COM-12", part="Azure and GCP: not comparable, with the reason, offline")
def test_the_report_names_what_it_cannot_compare(tmp_path: Path) -> None:
    run("finops_ingestion", "convert", str(AZURE), "--to", str(tmp_path))

    text = run("finops_commitments", "report", str(tmp_path), "--simulate")

    (told,) = [line for line in text.splitlines() if line.startswith("Not compared: Microsoft")]
    assert told.endswith(
        " in 2023-09, since commitments apply by the hour and the bill tells days."
    )


@pytest.mark.req("COM-12", part="golden bills")
@pytest.mark.req("COM-10", part="the open orders: golden bills show neither")
@pytest.mark.parametrize("bill", ["golden-1-legacy-cur.csv", "golden-1-cur2-names.parquet"])
def test_the_golden_bills_are_simulated_as_billed(
    bill: str, tmp_path: Path, golden_expected: list[dict[str, Any]]
) -> None:
    as_of = ("--as-of", "2026-11-01T00:00:00Z")
    run("finops_ingestion", "convert", str(GOLDEN / bill), "--to", str(tmp_path), *as_of)

    with HourlyRecords.from_parquet(sorted(tmp_path.glob("hourly/*/*.parquet"))) as records:
        found = agreements(records, OCTOBER)

    assert {payer.account_id for payer in found} == {each["payer"] for each in golden_expected}
    for expected in golden_expected:
        (each,) = (one for payer, one in found.items() if payer.account_id == expected["payer"])
        assert each.used_commitment.percent < 0.1
        assert each.on_demand.percent < 0.1
        assert each.on_demand.billed == pytest.approx(float(expected["on_demand_charges"]))
        # One commitment a payer: nothing hangs on any order.
        assert each.inferred.shared_instance_plans_first is None
        assert each.inferred.newest_first is None


def covered(a_record: ARecord, hour: int, account: str, units: str, paid: str) -> Record:
    """Usage under the plan: 0.1 a unit on demand."""
    committed = {"pricing_category": "Committed", "commitment_status": "Used"}
    return _used(a_record, hour, account, units) | committed | OWN | _paid(paid)


def free(a_record: ARecord, hour: int, account: str, units: str) -> Record:
    return _used(a_record, hour, account, units)


def unused(a_record: ARecord, hour: int, left: str) -> Record:
    nothing = {"pricing_category": "Committed", "commitment_status": "Unused", "usage_type": None}
    at = OCTOBER + timedelta(hours=hour)
    return a_record(hour=at, account_id=MINE, **nothing, **OWN, commitment_quantity=left, effective_cost=left)  # fmt: skip


def _used(a_record: ARecord, hour: int, account: str, units: str) -> Record:
    cost = str(float(units) / 10)
    at = OCTOBER + timedelta(hours=hour)
    return a_record(hour=at, account_id=account, usage_quantity=units, list_cost=cost)


def _paid(paid: str) -> Record:
    return {"commitment_quantity": Decimal(paid), "effective_cost": Decimal(paid)}


@pytest.fixture
def compared(records_of: RecordsOf) -> Callable[..., Agreement]:
    def build(*rows: Record) -> Agreement:
        (found,) = agreements(records_of(rows), OCTOBER).values()
        return found

    return build


@pytest.mark.req("COM-12", part="a bill that the documented order does not give differs")
def test_a_plan_that_stood_idle_beside_its_owners_usage_is_told(
    a_record: ARecord, compared: Callable[..., Agreement]
) -> None:
    found = compared(
        covered(a_record, 0, MINE, "10", "0.6"),
        free(a_record, 1, MINE, "10"),
        unused(a_record, 1, "0.6"),
    )

    assert [found.used_commitment.billed, found.used_commitment.simulated] == pytest.approx(
        [0.6, 1.2]
    )
    assert [found.on_demand.billed, found.on_demand.simulated] == pytest.approx([1, 0])
    assert found.on_demand.percent == pytest.approx(100)
    assert [(each.kind, each.account) for each in found.causes] == [
        ("usage", MINE),
        ("commitment", MINE),
    ]


@pytest.mark.req("COM-12", part="hours do not set each other off")
def test_hours_that_differ_both_ways_are_told_though_the_month_is_the_same(
    october: BilledMonth,
) -> None:
    found = agreement(replace(october, on_demand=np.roll(october.on_demand, 1, axis=1)))

    assert found.on_demand.billed == pytest.approx(found.on_demand.simulated)
    assert found.on_demand.percent > 1
    assert found.used_commitment.percent < 0.1


@pytest.mark.req("COM-12", part="attribution to accounts")
def test_accounts_that_were_billed_otherwise_are_told_though_the_family_was_not(
    a_record: ARecord, compared: Callable[..., Agreement]
) -> None:
    found = compared(
        covered(a_record, 0, THEIRS, "10", "0.6"),
        free(a_record, 0, MINE, "10"),
        covered(a_record, 1, MINE, "10", "0.6"),
        free(a_record, 1, THEIRS, "10"),
    )

    assert found.on_demand.percent == 0
    by_account = {each.account: each.compared for each in found.causes}
    assert set(by_account) == {MINE, THEIRS}
    assert by_account[MINE].apart == pytest.approx(1)
    assert [by_account[THEIRS].billed, by_account[THEIRS].simulated] == pytest.approx([1, 2])


def test_a_month_without_commitments_is_not_compared(
    a_record: ARecord, records_of: RecordsOf
) -> None:
    assert agreements(records_of([free(a_record, 0, MINE, "10")]), OCTOBER) == {}
    november = OCTOBER.replace(month=11)
    assert agreements(records_of([covered(a_record, 0, MINE, "1", "0.06")]), november) == {}


def test_what_a_bill_does_not_tell_is_left_out_and_breaks_nothing(
    a_record: ARecord, compared: Callable[..., Agreement]
) -> None:
    reserved = OWN | {
        "commitment_id": f"arn:aws:ec2:us-east-1:{MINE}:reserved-instances/one",
        "commitment_category": "Usage",
        "commitment_quantity": None,
    }
    unpriced = {"list_cost": None, "operation": "RunInstances:0002"}

    found = compared(
        covered(a_record, 0, MINE, "10", "0.6"),
        covered(a_record, 0, MINE, "5", "0.3") | unpriced,
        covered(a_record, 0, MINE, "1", "0.07") | reserved,
        free(a_record, -1, MINE, "7"),
    )

    assert found.used_commitment.billed == pytest.approx(0.9)
    assert found.used_commitment.simulated == pytest.approx(0.6)
    assert found.on_demand.billed == 0


def test_a_reservation_bought_in_the_month_is_held_from_then_on(
    a_record: ARecord, records_of: RecordsOf
) -> None:
    bought = OCTOBER + timedelta(days=21)
    reservation = {
        "commitment_id": f"arn:aws:ec2:us-east-1:{MINE}:reserved-instances/one",
        "commitment_type": "Reserved Instance",
        "commitment_category": "Usage",
        "commitment_unit": "Normalized Hours",
    }
    units = str(2 * 4 * 240)
    fee = a_record(
        hour=bought,
        charge_span="month",
        charge_category="Purchase",
        pricing_category=None,
        usage_type="HeavyUsage:m5.large",
        commitment_quantity=units,
        **reservation,
    )
    used = a_record(
        hour=bought,
        account_id=MINE,
        family="m5",
        size="large",
        usage_quantity="2",
        list_cost="0.2",
        pricing_category="Committed",
        commitment_status="Used",
        commitment_quantity="8",
        effective_cost="0.12",
        **reservation,
    )

    month = billed_month(records_of([fee, used]), Payer(MINE, "USD"), OCTOBER)

    assert month is not None
    assert np.unique(month.held[0, : 21 * 24]).tolist() == [0]
    assert month.held[0, 21 * 24 :].tolist() == pytest.approx([2] * 240)
