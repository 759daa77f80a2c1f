"""Who is covered first, by whom, and who not at all."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from finops_commitments.simulation.answer import simulated
from finops_commitments.simulation.scenario import Scenario

ScenarioOf = Callable[[Mapping[str, Any]], Scenario]
Json = dict[str, Any]


def an_instance(account: str = "A", quantity: str = "1", **fields: object) -> Json:
    return {
        "label": account,
        "account": account,
        "family": "m5",
        "size": "large",
        "region": "us-east-1",
        "quantity": quantity,
        "on_demand_rate": "0.10",
        "rates": {"compute": "0.08", "ec2_instance": "0.06"},
        **fields,
    }


def a_reservation(account: str = "A", count: int = 1, **fields: object) -> Json:
    place = {"family": "m5", "size": "large", "region": "us-east-1"}
    return {"id": account, "account": account, "count": count, **place, **fields}


def a_plan(
    account: str = "A", kind: str = "compute", hourly: str = "0.08", **fields: object
) -> Json:
    place = {"family": "m5", "region": "us-east-1"} if kind == "ec2_instance" else {}
    money = {"hourly_commitment": hourly}
    return {"id": f"{account} {kind}", "account": account, "type": kind, **money, **place, **fields}


def reserved_parts(answer: Json) -> dict[str, str]:
    return {each["label"]: each["covered_by_reserved_instances"] for each in answer["usage"]}


def plan_parts(answer: Json) -> dict[str, str]:
    return {each["label"]: each["covered_by_savings_plans"] for each in answer["usage"]}


def used(answer: Json) -> dict[str, str]:
    held = [*answer["reserved_instances"], *answer["savings_plans"]]
    return {each["id"]: each["used"] for each in held}


GROUPS = {"one": ["A", "B"], "two": ["C"]}


@pytest.mark.req("COM-10", part="three sharing modes")
@pytest.mark.parametrize(
    ("setting", "covered"),
    [
        ({}, {"A": "1", "B": "1", "C": "1", "D": "1"}),
        ({"mode": "organization", "off": ["C"]}, {"A": "1", "B": "1", "C": "0", "D": "1"}),
        ({"off": ["A"]}, {"A": "1", "B": "0", "C": "0", "D": "0"}),
        (
            {"mode": "restricted_group", "groups": GROUPS},
            {"A": "1", "B": "1", "C": "0", "D": "0"},
        ),
        (
            {"mode": "restricted_group", "groups": GROUPS, "off": ["B"]},
            {"A": "1", "B": "0", "C": "0", "D": "0"},
        ),
    ],
)
def test_commitments_reach_whom_the_setting_says(
    setting: Json, covered: dict[str, str], scenario_of: ScenarioOf
) -> None:
    usage = [an_instance(account) for account in "ABCD"]
    with_reservations = {"reserved_instances": [a_reservation("A", count=4)]}
    with_plan = {"savings_plans": [a_plan("A", hourly="0.32")]}

    for held, parts in ((with_reservations, reserved_parts), (with_plan, plan_parts)):
        answer = simulated(scenario_of({"usage": usage, "sharing": setting, **held}))

        assert parts(answer) == covered


@pytest.mark.req("COM-10", part="three sharing modes")
def test_a_prioritised_group_goes_before_all_others(scenario_of: ScenarioOf) -> None:
    usage = [an_instance("D"), an_instance("B"), an_instance("C", on_demand_rate="0.2")]
    setting = {"mode": "prioritised_group", "groups": GROUPS}
    held = {"savings_plans": [a_plan("A", hourly="0.12")]}

    grouped = simulated(scenario_of({"usage": usage, "sharing": setting, **held}))
    open_to_all = simulated(scenario_of({"usage": usage, **held}))

    assert plan_parts(grouped) == {"B": "1", "C": "0.5", "D": "0"}
    assert plan_parts(open_to_all) == {"B": "0.5", "C": "1", "D": "0"}


@pytest.mark.req("COM-10", part="zonal before regional, whoever owns it")
def test_anothers_zonal_reservation_goes_before_an_own_regional_one(
    scenario_of: ScenarioOf,
) -> None:
    zonal = a_reservation("B", zone="us-east-1a")

    answer = simulated(
        scenario_of(
            {
                "usage": [an_instance("A", zone="us-east-1a")],
                "reserved_instances": [a_reservation("A"), zonal],
            }
        )
    )

    assert used(answer) == {"A": "0", "B": "1"}


@pytest.mark.req("COM-10", part="exceptions of size flexibility")
@pytest.mark.parametrize(
    "exception",
    [
        {"platform": "Windows"},
        {"platform": "RHEL"},
        {"tenancy": "dedicated"},
        {"family": "g5"},
        {"zone": "us-east-1a"},
    ],
)
def test_what_does_not_flex_covers_its_own_size_alone(
    exception: Json, scenario_of: ScenarioOf
) -> None:
    other_size = an_instance("small", size="medium", **exception)
    same_size = an_instance("same", **exception)

    answer = simulated(
        scenario_of(
            {
                "usage": [other_size, same_size],
                "reserved_instances": [a_reservation(count=2, **exception)],
            }
        )
    )

    assert reserved_parts(answer) == {"small": "0", "same": "1"}
    assert used(answer) == {"A": "1"}


@pytest.mark.req("COM-10", part="normalised units of bare metal")
@pytest.mark.parametrize(
    ("family", "largest"),
    [("m5zn", "12xlarge"), ("z1d", "12xlarge"), ("m5dn", "24xlarge"), ("u-6tb1", "112xlarge")],
)
def test_bare_metal_counts_as_the_largest_size_of_its_family(
    family: str, largest: str, scenario_of: ScenarioOf
) -> None:
    usage = an_instance(family=family, size=largest)
    metal = a_reservation(family=family, size="metal")

    answer = simulated(scenario_of({"usage": [usage], "reserved_instances": [metal]}))

    assert reserved_parts(answer) == {"A": "1"}
    assert used(answer) == {"A": "1"}


def test_bare_metal_of_an_unknown_family_covers_itself_alone(scenario_of: ScenarioOf) -> None:
    usage = [an_instance("metal", family="zz9", size="metal"), an_instance("A", family="zz9")]
    metal = a_reservation(family="zz9", size="metal", count=2)

    answer = simulated(scenario_of({"usage": usage, "reserved_instances": [metal]}))

    assert reserved_parts(answer) == {"metal": "1", "A": "0"}


def test_a_fixed_size_covers_any_zone_and_a_zonal_one_its_zone_alone(
    scenario_of: ScenarioOf,
) -> None:
    windows = an_instance(platform="Windows", zone="us-east-1b")
    regional = a_reservation(platform="Windows")

    anywhere = simulated(scenario_of({"usage": [windows], "reserved_instances": [regional]}))
    elsewhere = simulated(
        scenario_of({"usage": [windows], "reserved_instances": [regional | {"zone": "us-east-1a"}]})
    )

    assert reserved_parts(anywhere) == {"A": "1"}
    assert reserved_parts(elsewhere) == {"A": "0"}


@pytest.mark.req("COM-10", part="3,600 instance-seconds an hour")
def test_a_reservation_covers_one_instance_hour_however_many_instances_share_it(
    scenario_of: ScenarioOf,
) -> None:
    """Four instances of 20 minutes each are 4,800 instance-seconds: 3,600 are covered."""
    quarters = [an_instance(f"i{at}", quantity="0.25") for at in range(4)]
    longer = [*quarters, an_instance("i4", quantity="0.25")]

    answer = simulated(scenario_of({"usage": longer, "reserved_instances": [a_reservation()]}))

    assert sum(float(part) for part in reserved_parts(answer).values()) == 1
    assert used(answer) == {"A": "1"}


@pytest.mark.req("COM-10", part="EC2 Instance plans before Compute plans")
def test_instance_plans_cover_their_family_before_compute_plans(scenario_of: ScenarioOf) -> None:
    usage = [an_instance("A", quantity="3"), an_instance("c5", family="c5")]
    plans = [a_plan("A", "ec2_instance", "0.12"), a_plan("A", hourly="1")]

    answer = simulated(scenario_of({"usage": usage, "savings_plans": plans}))

    assert used(answer) == {"A ec2_instance": "0.12", "A compute": "0.16"}


@pytest.mark.req("COM-10", part="SageMaker and Database plans")
def test_the_other_plan_types_cover_their_own_services_alone(scenario_of: ScenarioOf) -> None:
    usage = [
        an_instance("compute", rates={"compute": "0.08"}),
        an_instance("ml", service="AmazonSageMaker", rates={"sagemaker": "0.07"}),
        an_instance("db", service="AmazonRDS", rates={"database": "0.09"}),
    ]
    plans = [a_plan("A", "sagemaker", "1"), a_plan("A", "database", "0.045")]

    answer = simulated(scenario_of({"usage": usage, "savings_plans": plans}))

    assert plan_parts(answer) == {"compute": "0", "ml": "1", "db": "0.5"}
    assert used(answer) == {"A sagemaker": "0.07", "A database": "0.045"}


@pytest.mark.req("COM-10", part="the two undocumented orders are parameters")
def test_anothers_instance_plan_goes_before_or_after_an_own_compute_plan(
    scenario_of: ScenarioOf,
) -> None:
    held = {
        "usage": [an_instance("A")],
        "savings_plans": [a_plan("A"), a_plan("B", "ec2_instance", "0.06")],
    }
    after = {"orders": {"shared_ec2_instance_plans": "after_own_compute_plans"}}

    assert used(simulated(scenario_of(held))) == {"A compute": "0", "B ec2_instance": "0.06"}
    answer = simulated(scenario_of(held | after))
    assert used(answer) == {"A compute": "0.08", "B ec2_instance": "0"}


@pytest.mark.req("COM-10", part="the two undocumented orders are parameters")
def test_of_equal_commitments_the_older_or_the_newer_is_drawn_first(
    scenario_of: ScenarioOf,
) -> None:
    older = a_plan(starts_at="2026-01-01T00:00:00Z", id="older")
    newer = a_plan(starts_at="2026-02-01T00:00:00Z", id="newer")
    held = {"usage": [an_instance()], "savings_plans": [newer, older]}
    newest = {"orders": {"equal_commitments": "newest_first"}}

    assert used(simulated(scenario_of(held))) == {"older": "0.08", "newer": "0"}
    assert used(simulated(scenario_of(held | newest))) == {"older": "0", "newer": "0.08"}
