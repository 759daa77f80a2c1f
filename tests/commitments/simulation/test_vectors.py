"""The worked cases of AWS's guides, exact."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from finops_commitments.simulation.answer import simulated
from finops_commitments.simulation.aws import PayerFamily, PlanType, SavingsPlan, UsageLine
from finops_commitments.simulation.aws_order import order_of
from finops_commitments.simulation.scenario import Scenario

VECTORS = Path(__file__).parents[2] / "data" / "vectors" / "commitment-vectors.json"
NINE = Decimal("1e-9")
KEYS = {"csp": "compute", "eisp": "ec2_instance"}

ScenarioOf = Callable[[Mapping[str, Any]], Scenario]
Json = dict[str, Any]


def cases() -> Mapping[str, Json]:
    return {
        each["id"]: each for each in json.loads(VECTORS.read_text("utf-8"), parse_float=Decimal)
    }


CASES = cases()


def plan_usage(sku: Json) -> Json:
    """A usage line of the Savings Plan cases; the first word says what it is."""
    name, *_ = sku["sku"].split()
    family, _, size = name.partition(".")
    instance = {"family": family, "size": size} if size else {"service": name}
    rates = {KEYS[key]: sku[key] for key in KEYS if key in sku}
    usage = {"label": sku["sku"], "quantity": sku["qty"], "on_demand_rate": sku["od"]}
    return {**usage, **instance, "rates": rates}


def plan_scenario(given: Json) -> Json:
    plans = [
        {"id": f"plan-{at}", "type": plan["type"], "hourly_commitment": plan["commit"]}
        for at, plan in enumerate(given["plans"])
    ]
    reserved = [
        {"id": f"ri-{at}", **sized(each["type"].split()[0]), "count": each["count"]}
        for at, each in enumerate(given.get("ri", []))
    ]
    usage = [plan_usage(sku) for sku in given["usage"]]
    return {"usage": usage, "reserved_instances": reserved, "savings_plans": plans}


def sized(instance_type: str) -> Json:
    family, _, size = instance_type.partition(".")
    return {"family": family, "size": size, "region": "us-east-1"}


def used(text: str, account: str = "A") -> Json:
    """Usage as the reservation cases write it: number, type, zone."""
    number, instance_type, *zone = text.split()
    place = {"zone": zone[0][-2:]} if zone else {}
    return {
        "label": f"{account} {instance_type}",
        "account": account,
        "quantity": number,
        **sized(instance_type),
        **place,
    }


def reserved(text: str, account: str = "A") -> Json:
    """A reservation as the cases write it: number, type, zonal and its zone or regional."""
    number, instance_type, _, *zone = text.split()
    place = {"zone": zone[0][-2:]} if zone else {}
    return {"id": text, "account": account, "count": number, **sized(instance_type), **place}


def by_label(answer: Json, field: str) -> dict[str, Decimal]:
    return {each["label"]: Decimal(each[field]) for each in answer["usage"]}


def beginning(values: Mapping[str, Decimal], words: str) -> Decimal:
    first, *rest = words.split()
    (found,) = [
        value
        for label, value in values.items()
        if label.startswith(first) and all(word in label for word in rest)
    ]
    return found


@pytest.mark.req("COM-10", part="Savings Plans: documented cases")
@pytest.mark.parametrize("case", ["SP-1", "SP-2", "SP-3", "SP-4", "SP-6", "SP-7"])
def test_savings_plans_apply_as_documented(case: str, scenario_of: ScenarioOf) -> None:
    given, expected = CASES[case]["given"], dict(CASES[case]["expect"])

    answer = simulated(scenario_of(plan_scenario(given)))

    (plan,) = answer["savings_plans"]
    covered = by_label(answer, "covered_by_savings_plans")
    by_reservations = by_label(answer, "covered_by_reserved_instances")
    left = by_label(answer, "on_demand_cost")
    on_demand = Decimal(answer["totals"]["on_demand_cost"])
    shown = {
        "sp_cost_used": Decimal(plan["used"]),
        "unused": Decimal(plan["unused"]),
        "on_demand_left": on_demand,
        "on_demand_equivalent": Decimal(answer["totals"]["on_demand_equivalent"]),
        "ri_covered_units": sum(by_reservations.values()),
        "total": on_demand + given["plans"][0]["commit"],
    }
    if any("r5" in label for label in covered):
        shown["r5_units_covered"] = beginning(covered, "r5.4xlarge")
        shown["r5_on_demand"] = beginning(left, "r5.4xlarge")
        shown["other_on_demand"] = on_demand - shown["r5_on_demand"]
    for name, amount in expected.pop("covered", {}).items():
        assert beginning(covered, name) == amount
    for name in expected.pop("order", []):
        assert beginning(left, name) == 0
    assert expected
    for name, amount in expected.items():
        assert abs(shown[name] - amount) < NINE, name


@pytest.mark.req("COM-10", part="what an hour does not use is lost")
def test_nothing_is_carried_over_to_the_next_hour(scenario_of: ScenarioOf) -> None:
    case = CASES["SP-9"]

    answers = [
        simulated(
            scenario_of(
                {
                    "usage": [
                        {
                            "quantity": hour["usage_at_sp_rate"],
                            "on_demand_rate": 2,
                            "rates": {"compute": 1},
                        }
                    ],
                    "savings_plans": [{"type": "compute", "hourly_commitment": hour["commit"]}],
                }
            )
        )
        for hour in case["given"]["hours"]
    ]

    assert [int(each["savings_plans"][0]["unused"]) for each in answers] == case["expect"]["unused"]
    left = [int(each["usage"][0]["on_demand"]) for each in answers]
    assert left == case["expect"]["uncovered_at_sp_rate"]


@pytest.mark.req("COM-10", part="zonal and regional reservations, smallest size first")
@pytest.mark.parametrize("case", ["RI-1", "RI-2"])
def test_reservations_apply_as_documented(case: str, scenario_of: ScenarioOf) -> None:
    given, expected = CASES[case]["given"], CASES[case]["expect"]

    answer = simulated(
        scenario_of(
            {
                "usage": [used(each) for each in given["usage"]],
                "reserved_instances": [reserved(each) for each in given["ri"]],
            }
        )
    )

    covered = by_label(answer, "covered_by_reserved_instances")
    left = by_label(answer, "on_demand")
    for name, amount in expected.items():
        family, size, *what = name.split("_")
        shown = covered if what == ["covered"] else left
        assert shown[f"A {family}.{size}"] == amount, name


@pytest.mark.req("COM-10", part="own account first")
def test_a_reservation_covers_its_own_account_first(scenario_of: ScenarioOf) -> None:
    given, expected = CASES["RI-3"]["given"], CASES["RI-3"]["expect"]

    answer = simulated(
        scenario_of(
            {
                "usage": [
                    used(each, name) for name in given["usage"] for each in given["usage"][name]
                ],
                "reserved_instances": [
                    reserved(each, name) for name in given["ri"] for each in given["ri"][name]
                ],
            }
        )
    )

    covered = by_label(answer, "covered_by_reserved_instances")
    for account, instances in expected.items():
        for name, amount in instances.items():
            assert covered[f"{account} {name.replace('_', '.')}"] == amount


@pytest.mark.req("COM-10", part="normalised units and bare metal")
@pytest.mark.parametrize(
    ("case", "shares"), [("RI-5", (Fraction(1), Fraction(1, 2))), ("RI-6", (1, 1, 1))]
)
def test_sizes_count_in_normalised_units(
    case: str, shares: tuple[Fraction, ...], scenario_of: ScenarioOf
) -> None:
    given = CASES[case]["given"]

    answers = [
        simulated(
            scenario_of({"usage": [used(each)], "reserved_instances": [reserved(given["ri"])]})
        )
        for each in given["cases"]
    ]

    covered = [Fraction(each["usage"][0]["covered_by_reserved_instances"]) for each in answers]
    used_in_all = [Fraction(each.split()[0]) for each in given["cases"]]
    assert [one / all_ for one, all_ in zip(covered, used_in_all, strict=True)] == list(shares)


@pytest.mark.req("COM-10", part="documented measures of coverage, use and savings")
def test_measures_of_the_guides(scenario_of: ScenarioOf) -> None:
    """Coverage 90 %, utilization 98 %, effective savings rate 30 %."""
    coverage, utilization, savings = (CASES[each] for each in ("MET-1", "MET-2", "MET-3"))
    plan = {"type": "compute", "hourly_commitment": coverage["given"]["covered"]}
    usage = {
        "quantity": coverage["given"]["instances"],
        "on_demand_rate": coverage["given"]["od"],
        "rates": {"compute": 1},
    }

    covered = simulated(scenario_of({"usage": [usage], "savings_plans": [plan]}))
    plan = {"type": "compute", "hourly_commitment": utilization["given"]["commit"]}
    usage = usage | {"quantity": utilization["given"]["used"]}
    (used_plan,) = simulated(scenario_of({"usage": [usage], "savings_plans": [plan]}))[
        "savings_plans"
    ]
    plan = {"type": "compute", "hourly_commitment": savings["given"]["actual"]}
    usage = {
        "quantity": 1,
        "on_demand_rate": savings["given"]["on_demand_equivalent"],
        "rates": {"compute": savings["given"]["actual"]},
    }
    saved = simulated(scenario_of({"usage": [usage], "savings_plans": [plan]}))

    expected = coverage["expect"]["coverage_pct"]
    assert Decimal(covered["totals"]["coverage_percent"]) == expected
    shown = 100 * Decimal(used_plan["used"]) / utilization["given"]["commit"]
    assert shown == utilization["expect"]["utilization_pct"]
    rate = Decimal(saved["totals"]["effective_savings_rate_percent"])
    assert rate == savings["expect"]["esr_pct"]


@pytest.mark.req("COM-10", part="the best commitment to one pool, by trying")
def test_the_best_level_of_one_plan_is_the_documented_quantile() -> None:
    case = CASES["MET-8"]
    discount = case["given"]["discount"]
    rate = 1 - discount
    line = UsageLine(label="u", on_demand_rate=Decimal(1), rates={"compute": rate})
    order = order_of(PayerFamily([line], plans=[SavingsPlan("p", "", PlanType.COMPUTE, "compute")]))
    spend = np.array([[Fraction(each) for each in case["given"]["sp_rate_spend_by_hour"]]])
    usage = (spend / Fraction(rate)).astype(object)

    def cost(level: int) -> Fraction:
        held = np.full(usage.shape, Fraction(level), dtype=object)
        total: Fraction = order.apply(usage, held).left.sum() + held.sum()
        return total

    costs = {level: cost(level) for level in range(12)}
    best = [level for level, value in costs.items() if value == min(costs.values())]

    assert best == case["expect"]["optimal_commitment_any_of"]


@pytest.mark.req("COM-10", part="lines of bills, half used and covered")
@pytest.mark.parametrize("case", ["CUR-5", "CUR-7"])
def test_a_half_used_plan_has_the_other_half_unused(case: str, scenario_of: ScenarioOf) -> None:
    given, expected = CASES[case]["given"], CASES[case]["expect"]
    usage = {"quantity": 1, "on_demand_rate": 1, "rates": {"compute": given["used"]}}
    plan = {"type": "compute", "hourly_commitment": given["total"]}

    (shown,) = simulated(scenario_of({"usage": [usage], "savings_plans": [plan]}))["savings_plans"]

    assert Decimal(shown["used"]) == given["used"]
    assert Decimal(shown["unused"]) == expected["unused_recurring"] + expected["unused_amortized"]


@pytest.mark.req("COM-10", part="lines of bills, savings of a covered one")
def test_what_a_covered_line_saves(scenario_of: ScenarioOf) -> None:
    reserved_line, planned = CASES["CUR-4"], CASES["CUR-8"]
    size = {"family": "m4", "size": "large"}
    given = reserved_line["given"]
    by_reservation = {
        "usage": [{**size, "quantity": 1, "on_demand_rate": given["public_on_demand"]}],
        "reserved_instances": [
            {**size, "count": 1, "hourly_rate": given["amortized_upfront"] + given["recurring"]}
        ],
    }
    rate, price = planned["given"]["effective"], planned["given"]["public_on_demand"]
    by_plan = {
        "usage": [{"quantity": 1, "on_demand_rate": price, "rates": {"compute": rate}}],
        "savings_plans": [{"type": "compute", "hourly_commitment": rate}],
    }

    reserved_totals, plan_totals = (
        simulated(scenario_of(each))["totals"] for each in (by_reservation, by_plan)
    )

    expected = reserved_line["expect"]
    assert Decimal(reserved_totals["amortised_cost"]) == expected["effective_cost"]
    assert Decimal(reserved_totals["net_savings"]) == expected["savings"]
    assert Decimal(plan_totals["net_savings"]) == planned["expect"]["savings"]


@pytest.mark.req("COM-10", part="size flexibility as FOCUS's catalogue has it")
def test_a_third_of_a_machine_is_covered_by_a_third_of_its_units(scenario_of: ScenarioOf) -> None:
    """Normalisation factor 1 on a machine of 3 at 3 $ an hour: small on three smalls' worth."""
    expected = CASES["FOC-5"]["expect"]["by_catalogue"]
    usage = {"family": "m5", "size": "3xlarge", "quantity": 1, "on_demand_rate": 3}
    held = {"family": "m5", "size": "xlarge", "count": 1}

    (shown,) = simulated(scenario_of({"usage": [usage], "reserved_instances": [held]}))["usage"]

    fraction = Decimal(shown["covered_by_reserved_instances"])
    assert abs(fraction - expected["covered_fraction"]) < Decimal("1e-6")
    assert abs(Decimal(shown["on_demand_cost"]) - expected["on_demand"]) < NINE
