"""From the lines of the golden bills back to the usage, and simulated to the same figures."""

import csv
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from finops_commitments.simulation.answer import simulated
from finops_commitments.simulation.scenario import Scenario

GOLDEN = Path(__file__).parents[2] / "data" / "aws-cur" / "golden"
CLOSE = Decimal("1e-6")
EXPECTED = json.loads((GOLDEN / "golden-1-expected.json").read_text("utf-8"), parse_float=Decimal)

Line = Mapping[str, str]
USED = {"Usage", "DiscountedUsage", "SavingsPlanCoveredUsage"}


def bill_lines() -> list[Line]:
    with (GOLDEN / "golden-1-legacy-cur.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def kind(line: Line) -> str:
    return f"{line['lineItem/UsageType']} {line['lineItem/Operation']}"


def usage_of(lines: Iterable[Line], rates: Mapping[str, str]) -> list[dict[str, Any]]:
    """The usage of one payer and hour, whatever covered it, at the rates the bills show."""
    usage: dict[str, dict[str, Any]] = {}
    quantities: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        if line["lineItem/LineItemType"] in USED:
            family, _, size = line["product/instanceType"].partition(".")
            quantities[kind(line)] += Decimal(line["lineItem/UsageAmount"])
            usage[kind(line)] = {
                "label": kind(line),
                "service": line["lineItem/ProductCode"],
                "region": line["product/region"] or None,
                "zone": line["lineItem/AvailabilityZone"] or None,
                "family": family or None,
                "size": size or None,
                "platform": line["product/operatingSystem"] or None,
                "tenancy": line["product/tenancy"] or None,
                "on_demand_rate": line["pricing/publicOnDemandRate"],
                "rates": {"compute": rates[kind(line)]},
            }
    return [each | {"quantity": quantities[label]} for label, each in usage.items()]


def reservations_of(lines: Iterable[Line]) -> list[dict[str, Any]]:
    fees = [line for line in lines if line["lineItem/LineItemType"] == "RIFee"]
    return [
        {
            "id": fee["reservation/ReservationARN"],
            "family": fee["product/instanceType"].partition(".")[0],
            "size": fee["product/instanceType"].partition(".")[2],
            "region": fee["product/region"],
            "count": fee["reservation/NumberOfReservations"],
            "hourly_rate": fee["lineItem/UnblendedRate"],
        }
        for fee in fees
    ]


@pytest.mark.req("COM-10", part="golden bills to 1e-6")
@pytest.mark.parametrize("expected", EXPECTED["scenarios"], ids=lambda each: each["payer"])
def test_a_golden_bill_simulated_gives_its_figures(
    expected: dict[str, Any], scenario_of: Callable[[Mapping[str, Any]], Scenario]
) -> None:
    lines = bill_lines()
    rates = {kind(line): rate for line in lines if (rate := line["savingsPlan/SavingsPlanRate"])}
    of_payer = [line for line in lines if line["bill/PayerAccountId"] == expected["payer"]]
    (plan,) = expected["plans"]
    held = {"id": plan["arn"], "type": "compute", "hourly_commitment": plan["commitment_per_hour"]}

    answer = simulated(
        scenario_of(
            {
                "usage": usage_of(of_payer, rates),
                "reserved_instances": reservations_of(of_payer),
                "savings_plans": [held],
            }
        )
    )

    (shown,) = answer["savings_plans"]
    totals = {name: Decimal(value) for name, value in answer["totals"].items()}
    amortised = totals["amortised_cost"] + totals["on_demand_cost"]
    assert abs(Decimal(shown["used"]) - plan["used_commitment"]) < CLOSE
    assert abs(Decimal(shown["unused"]) - plan["unused_commitment"]) < CLOSE
    assert abs(totals["on_demand_cost"] - expected["on_demand_charges"]) < CLOSE
    assert abs(totals["on_demand_equivalent"] - expected["on_demand_equivalent_total"]) < CLOSE
    assert abs(amortised - expected["amortised_cost_of_the_hour"]) < CLOSE
    assert abs(totals["net_savings"] - expected["savings_vs_on_demand"]) < CLOSE
    rate = expected["effective_savings_rate_pct"]
    assert abs(totals["effective_savings_rate_percent"] - rate) < CLOSE
    reserved_hours = sum(Decimal(each["used"]) for each in answer["reserved_instances"])
    assert reserved_hours == expected.get("ri_on_demand_equivalent", 0)
