"""From a bill file to the expected figures, through both offline commands."""

import json
import subprocess
import sys
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finops_commitments.figures.domain import Group
from finops_commitments.figures.measures import commitment_figures
from finops_commitments.figures.records import HourlyRecords
from finops_commitments.inventory.billed import commitments_in_bill

GOLDEN = Path(__file__).parents[2] / "data" / "aws-cur" / "golden"
CLOSE = Decimal("1e-6")


def run(*arguments: str) -> str:
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 -- our own commands
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module", params=["golden-1-legacy-cur.csv", "golden-1-cur2-names.parquet"])
def converted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("converted")
    bill = str(GOLDEN / request.param)
    # As of the month's end: the month fee of the reservation is due for all its hours.
    run("finops_ingestion", "convert", bill, "--to", str(folder), "--as-of", "2026-11-01T00:00:00Z")
    return folder


def agrees(shown: Mapping[str, Any], name: str, expected: Decimal) -> bool:
    return abs(Decimal(shown[name]) - expected) <= CLOSE


@pytest.mark.req("COM-20", part="used, unused and utilization per commitment")
@pytest.mark.req("COM-21", part="coverage by payer and hour")
@pytest.mark.req("COM-22", part="on-demand equivalent, net savings, effective savings rate")
def test_both_commands_give_every_expected_figure(
    converted: Path, golden_expected: list[dict[str, Any]]
) -> None:
    report = run(
        "finops_commitments", "report", str(converted), "--by", "hour", "--group", "payer", "--json"
    )

    body = json.loads(report)
    plans = {each["id"]: each for each in body["commitments"]}
    rows = {(row["period_start"], row["group"]): row for row in body["rows"]}
    assert len(rows) == len(golden_expected)
    for scenario in golden_expected:
        row = rows[scenario["hour"], scenario["payer"]]
        on_demand = scenario["on_demand_charges"]
        assert agrees(row, "on_demand_cost", on_demand)
        assert agrees(row, "on_demand_charged", on_demand)
        assert agrees(row, "on_demand_equivalent", scenario["on_demand_equivalent_total"])
        assert agrees(row, "savings_plan_coverage_percent", scenario["sp_coverage_pct"])
        committed = scenario["amortised_cost_of_the_hour"] - on_demand
        assert agrees(row, "amortised_cost", committed)
        assert agrees(row, "net_savings", scenario["savings_vs_on_demand"])
        rate = scenario["effective_savings_rate_pct"]
        assert agrees(row, "effective_savings_rate_percent", rate)
        for plan in scenario["plans"]:
            shown = plans.pop(plan["arn"])
            assert agrees(shown, "total", plan["commitment_per_hour"])
            assert agrees(shown, "used", plan["used_commitment"])
            assert agrees(shown, "unused", plan["unused_commitment"])
            assert agrees(shown, "utilization_percent", plan["utilization_pct"])
            assert agrees(shown, "on_demand_equivalent", plan["on_demand_equivalent_covered"])
            assert agrees(shown, "net_savings", plan["net_savings"])
    (reservation,) = plans.values()
    with_reservation = golden_expected[3]
    used, covered = (
        with_reservation["ri_effective_cost"],
        with_reservation["ri_on_demand_equivalent"],
    )
    assert agrees(reservation, "total", with_reservation["ri_fee_month"])
    assert agrees(reservation, "used", used)
    assert agrees(reservation, "on_demand_equivalent", covered)
    assert covered - used == with_reservation["ri_net_savings_for_the_used_hours"]


@pytest.mark.req("COM-1", part="AWS, as a bill shows it")
def test_the_converted_bill_shows_upfront_fees_and_unused_hours(
    converted: Path, golden_expected: list[dict[str, Any]]
) -> None:
    with HourlyRecords.from_parquet(sorted(converted.glob("hourly/*/*.parquet"))) as records:
        seen = {each.id: each for each in commitments_in_bill(records)}
        (reserved,) = (cell for cell in commitment_figures(records) if cell.unit == "Hours")

    assert reserved.sums.unused_units.value == golden_expected[3]["ri_unused_hours"]
    assert seen[str(reserved.cell.group(Group.COMMITMENT))].quantity == 2
    for plan in (plan for scenario in golden_expected for plan in scenario["plans"]):
        assert seen[plan["arn"]].upfront == plan["upfront_fee"]
        assert seen[plan["arn"]].hourly_amount == plan["commitment_per_hour"]
