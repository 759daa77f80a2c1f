"""The command as people call it: its answer, its table, and what it refuses."""

import json
from pathlib import Path
from typing import Any

import pytest

from finops_commitments.__main__ import main

Json = dict[str, Any]

HOUR: Json = {
    "sharing": {"mode": "organization", "groups": {}, "off": []},
    "usage": [
        {
            "label": "web",
            "account": "111111111111",
            "family": "m5",
            "size": "large",
            "region": "us-east-1",
            "quantity": 3,
            "on_demand_rate": 0.1,
            "rates": {"compute": "0.07"},
        },
    ],
    "reserved_instances": [
        {
            "id": "ri",
            "account": "111111111111",
            "family": "m5",
            "size": "xlarge",
            "region": "us-east-1",
            "count": 1,
            "hourly_rate": 0.12,
        }
    ],
    "savings_plans": [
        {"id": "sp", "account": "111111111111", "type": "compute", "hourly_commitment": 0.021}
    ],
}


def simulate(folder: Path, scenario: object, *options: str) -> int:
    file = folder / "scenario.json"
    file.write_text(scenario if isinstance(scenario, str) else json.dumps(scenario))
    return main(["simulate", str(file), *options])


def changed(path: str, value: object) -> Json:
    """The hour with one field changed: usage.0.quantity."""
    hour: Json = json.loads(json.dumps(HOUR))
    *parents, last = path.split(".")
    at: Any = hour
    for part in parents:
        at = at[int(part)] if part.isdigit() else at[part]
    at[last] = value
    return hour


@pytest.mark.req("COM-10", part="from the command line")
def test_the_answer_is_exact_decimals_as_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert simulate(tmp_path, HOUR, "--json") == 0

    assert json.loads(capsys.readouterr().out) == {
        "usage": [
            {
                "label": "web",
                "covered_by_reserved_instances": "2",
                "covered_by_savings_plans": "0.3",
                "on_demand": "0.7",
                "on_demand_cost": "0.07",
            }
        ],
        "reserved_instances": [{"id": "ri", "used": "1", "unused": "0"}],
        "savings_plans": [{"id": "sp", "used": "0.021", "unused": "0"}],
        "totals": {
            "on_demand_cost": "0.07",
            "on_demand_equivalent": "0.3",
            "amortised_cost": "0.141",
            "net_savings": "0.089",
            "coverage_percent": "76.66666667",
            "effective_savings_rate_percent": "29.66666667",
        },
    }


def test_people_read_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate(tmp_path, HOUR) == 0

    lines = capsys.readouterr().out.splitlines()
    assert ["web", "2.0000", "0.3000", "0.7000", "0.0700"] in [line.split() for line in lines]
    assert ["sp", "0.0210", "0.0000"] in [line.split() for line in lines]


def test_what_a_missing_price_leaves_open_is_unknown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hour = changed("reserved_instances.0.hourly_rate", None)

    assert simulate(tmp_path, hour, "--json") == 0
    totals = json.loads(capsys.readouterr().out)["totals"]
    assert simulate(tmp_path, hour) == 0

    assert totals["amortised_cost"] is None
    assert totals["net_savings"] is None
    assert totals["on_demand_cost"] == "0.07"
    assert ["amortised", "cost", "unknown"] in [
        line.split() for line in capsys.readouterr().out.splitlines()
    ]


def test_nothing_used_and_nothing_held_is_an_answer_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert simulate(tmp_path, {"usage": []}, "--json") == 0

    assert json.loads(capsys.readouterr().out)["totals"] == {
        "on_demand_cost": "0",
        "on_demand_equivalent": "0",
        "amortised_cost": "0",
        "net_savings": "0",
        "coverage_percent": None,
        "effective_savings_rate_percent": None,
    }


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("usage", None, "usage:"),
        ("usage.0.quantity", -1, "usage[0].quantity:"),
        ("usage.0.quantity", None, "usage[0].quantity:"),
        ("usage.0.quantity", "many", "usage[0].quantity:"),
        ("usage.0.quantity", "NaN", "usage[0].quantity:"),
        ("usage.0.quantity", True, "usage[0].quantity:"),
        ("usage.0.quantity", "1e999999", "usage[0].quantity:"),
        ("usage.0.on_demand_rate", "-0.1", "usage[0].on_demand_rate:"),
        ("usage.0.on_demand_rate", None, "usage[0].on_demand_rate:"),
        ("usage.0.on_demand_rate", 0, "usage[0].on_demand_rate:"),
        ("usage.0.rates.compute", 0, "usage[0].rates.compute:"),
        ("usage.0.rates.computer", 1, "usage[0].rates.computer:"),
        ("usage.0.size", None, "usage[0].size:"),
        ("usage.0.size", "lagre", "usage[0].size:"),
        ("reserved_instances.0.count", "0.5", "reserved_instances[0].count:"),
        ("reserved_instances.0.count", -1, "reserved_instances[0].count:"),
        ("reserved_instances.0.size", "lagre", "reserved_instances[0].size:"),
        ("reserved_instances.0.family", None, "reserved_instances[0].family:"),
        ("savings_plans.0.type", "ec2", "savings_plans[0].type:"),
        ("savings_plans.0.type", "ec2_instance", "savings_plans[0].family:"),
        ("savings_plans.0.hourly_commitment", None, "savings_plans[0].hourly_commitment:"),
        ("sharing.mode", "family", "sharing.mode:"),
        ("sharing.groups", {"one": ["A"], "two": ["A"]}, "sharing.groups:"),
        ("savings_plans", HOUR["savings_plans"] * 2, "savings_plans[1].id:"),
    ],
)
def test_a_scenario_that_makes_no_sense_is_refused_by_field(
    path: str, value: object, named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert simulate(tmp_path, changed(path, value), "--json") == 1

    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"error: {named}" in shown.err


@pytest.mark.req("COM-10", part="usage without a zone is refused, not left uncovered")
def test_usage_names_its_zone_where_a_reservation_of_its_kind_is_for_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hour = changed("reserved_instances.0.zone", "us-east-1a")
    hour["reserved_instances"][0]["size"] = "large"
    assert simulate(tmp_path, hour) == 1
    assert "error: usage[0].zone: needed" in capsys.readouterr().err

    hour["usage"][0]["zone"] = "us-east-1b"
    assert simulate(tmp_path, hour, "--json") == 0
    assert json.loads(capsys.readouterr().out)["reserved_instances"][0]["used"] == "0"


def test_places_are_the_same_in_any_letter_case(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert simulate(tmp_path, changed("reserved_instances.0.region", "US-East-1 "), "--json") == 0

    assert json.loads(capsys.readouterr().out)["reserved_instances"][0]["used"] == "1"


def test_a_field_that_stands_twice_is_refused_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twice = json.dumps(HOUR).replace('"quantity": 3', '"quantity": 3, "quantity": 4')

    assert simulate(tmp_path, twice) == 1
    assert "'quantity' stands twice" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "{", "[]", "7", "[" * 100_000])
def test_what_is_no_scenario_is_refused(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert simulate(tmp_path, content) == 1

    assert capsys.readouterr().err.startswith("error: ")


def test_a_file_that_is_not_there_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["simulate", str(tmp_path / "none.json")]) == 1

    assert "none.json" in capsys.readouterr().err


def test_fields_nobody_reads_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate(tmp_path, changed("usage.0.regoin", "us-east-1")) == 0

    assert "usage[0].regoin" in capsys.readouterr().err


def test_the_one_region_that_is_named_holds_for_what_names_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert simulate(tmp_path, changed("reserved_instances.0.region", None), "--json") == 0

    assert json.loads(capsys.readouterr().out)["reserved_instances"][0]["used"] == "1"


def test_a_reservation_without_region_is_refused_where_there_are_several(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hour = changed("reserved_instances.0.region", None)
    hour["usage"].append(HOUR["usage"][0] | {"region": "eu-west-1"})

    assert simulate(tmp_path, hour) == 1
    assert "error: reserved_instances[0].region:" in capsys.readouterr().err


@pytest.mark.req("COM-10", part="what names no region among several is refused, not left uncovered")
@pytest.mark.parametrize(
    ("kind", "without", "elsewhere"),
    [
        ("usage", {}, "reserved_instances"),
        ("reserved_instances", {"id": "another"}, "reserved_instances"),
        ("savings_plans", {"type": "ec2_instance", "family": "m5"}, "reserved_instances"),
        ("usage", {"family": "r7", "rates": {"ec2_instance": "0.07"}}, "savings_plans"),
    ],
)
def test_what_names_no_region_is_refused_wherever_others_name_several(
    kind: str,
    without: Json,
    elsewhere: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    hour = changed("usage.0.region", "us-east-1")
    plan = {"id": "there", "type": "ec2_instance", "family": "r7", "region": "eu-west-1"}
    there = {
        "reserved_instances": HOUR["reserved_instances"][0]
        | {"id": "there", "region": "eu-west-1"},
        "savings_plans": HOUR["savings_plans"][0] | plan,
    }
    hour[elsewhere].append(there[elsewhere])
    hour[kind].append(HOUR[kind][0] | {"region": None, "id": "here"} | without)

    assert simulate(tmp_path, hour) == 1
    refused = f"error: {kind}[{len(hour[kind]) - 1}].region: needed, as others name several regions"
    assert capsys.readouterr().err == f"{refused}\n"
