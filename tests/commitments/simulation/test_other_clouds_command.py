"""Scenarios of Azure and Google Cloud from the command line: worked cases, exact, and refusals."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.commitments.simulation.test_vectors import CASES

from finops_commitments.__main__ import main

Json = dict[str, Any]
Answer = Callable[[Json], Json]

AZURE: Json = {
    "provider": "Azure",
    "management_groups": {"root": ["shop", "lab"]},
    "usage": [
        {
            "label": "web",
            "subscription": "shop",
            "resource_group": "web",
            "product": "Standard_D4s_v5",
            "region": "westeurope",
            "flexibility_group": "DSv5",
            "ratio": 2,
            "quantity": 3,
            "on_demand_rate": "0.2",
            "negotiated_rate": "0.18",
            "rates": {"1y": "0.14", "3y": "0.1"},
        }
    ],
    "reservations": [
        {
            "id": "r",
            "scope": "subscription",
            "subscription": "shop",
            "product": "Standard_D2s_v5",
            "region": "westeurope",
            "flexibility_group": "DSv5",
            "ratio": 1,
            "count": 3,
            "hourly_rate": "0.06",
        }
    ],
    "savings_plans": [
        {"id": "one", "term": "1y", "hourly_commitment": "0.07"},
        {"id": "three", "term": "3y", "hourly_commitment": "0.05"},
    ],
}

GOOGLE: Json = {
    "provider": "GCP",
    "usage": [
        {
            "label": "cores",
            "project": "web",
            "region": "us-central1",
            "family": "n2",
            "resource": "vcpu",
            "quantity": 10,
            "on_demand_rate": "1",
            "discounts": {"flexible_1y": "0.28"},
            "month_share": 1,
        },
        {
            "label": "database",
            "service": "cloud-sql",
            "region": "us-central1",
            "quantity": 4,
            "on_demand_rate": "1",
            "discounts": {"service_1y": "0.25"},
        },
    ],
    "resource_commitments": [
        {"id": "r", "region": "us-central1", "family": "n2", "resource": "vcpu", "amount": 4}
        | {"hourly_rate": "0.63"}
    ],
    "service_commitments": [
        {"id": "s", "service": "cloud-sql", "region": "us-central1", "term": "1y"}
        | {"hourly_commitment": "1.5"}
    ],
    "flexible_commitments": [
        {"id": "new", "term": "1y", "hourly_commitment": "2.16"},
        {"id": "old", "term": "1y", "model": "list", "hourly_commitment": 1, "discount": "0.28"},
    ],
}


def simulate(folder: Path, scenario: object, *options: str) -> int:
    file = folder / "scenario.json"
    text = scenario if isinstance(scenario, str) else json.dumps(scenario, default=str)
    file.write_text(text, encoding="utf-8")
    return main(["simulate", str(file), *options])


@pytest.fixture
def answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Answer:
    def ask(scenario: Json) -> Json:
        assert simulate(tmp_path, scenario, "--json") == 0
        found: Json = json.loads(capsys.readouterr().out)
        return found

    return ask


def changed(scenario: Json, path: str, value: object) -> Json:
    """The scenario with one field changed: usage.0.quantity."""
    copy: Json = json.loads(json.dumps(scenario))
    *parents, last = path.split(".")
    at: Any = copy
    for part in parents:
        at = at[int(part)] if part.isdigit() else at[part]
    at[last] = value
    return copy


@pytest.mark.req("COM-11", part="Azure from the command line")
def test_azure_applies_reservations_then_the_longer_plan(answer: Answer) -> None:
    assert answer(AZURE) == {
        "usage": [
            {
                "label": "web",
                "covered_by_reservations": "1.5",
                "covered_by_savings_plans": "1",
                "on_demand": "0.5",
                "on_demand_cost": "0.09",
            }
        ],
        "reservations": [{"id": "r", "used": "3", "unused": "0"}],
        "savings_plans": [
            {"id": "one", "used": "0.07", "unused": "0"},
            {"id": "three", "used": "0.05", "unused": "0"},
        ],
        "totals": {
            "on_demand_cost": "0.09",
            "negotiated_discount": "0.01",
            "on_demand_equivalent": "0.54",
            "amortised_cost": "0.3",
            "net_savings": "0.15",
            "coverage_percent": "83.33333333",
            "effective_savings_rate_percent": "27.77777778",
        },
    }


@pytest.mark.req("COM-11", part="Azure from the command line")
def test_azure_draws_a_lower_negotiated_rate_from_a_plan(answer: Answer) -> None:
    scenario = changed(AZURE, "usage.0.negotiated_rate", "0.05") | {"reservations": []}

    found = answer(scenario)

    assert found["usage"][0]["covered_by_savings_plans"] == "2.4"
    assert found["totals"]["net_savings"] == "0"


@pytest.mark.req("COM-11", part="Azure from the command line")
@pytest.mark.parametrize(
    ("scope", "used"),
    [
        ({}, "1"),
        ({"scope": "management_group", "management_group": "ROOT"}, "1"),
        ({"scope": "subscription", "subscription": "lab"}, "0"),
        ({"scope": "resource_group", "subscription": "shop", "resource_group": "Web"}, "1"),
        ({"scope": "resource_group", "subscription": "shop", "resource_group": "db"}, "0"),
    ],
)
def test_azures_scopes_reach_what_they_name(scope: Json, used: str, answer: Answer) -> None:
    size = {"flexibility_group": "DSv5", "ratio": 1}
    place = {"product": "Standard_D2s_v5", "region": "westeurope"}
    reservation = {"id": "r", **place, **size, "count": 1, **scope}

    found = answer(AZURE | {"reservations": [reservation], "savings_plans": []})

    assert found["reservations"][0]["used"] == used


@pytest.mark.req("COM-11", part="AZ-4: amortised rows")
def test_azures_amortised_rows_are_what_the_hour_costs(answer: Answer) -> None:
    reserved, planned = CASES["AZ-4"]["given"]["rows"]
    place = {"product": "a", "region": "b"}
    covered = {
        **place,
        "count": reserved["quantity"],
        "hourly_rate": str(reserved["effective_price"]),
    }
    rates = {"on_demand_rate": 1, "rates": {"1y": str(planned["effective_price"])}}

    by_reservation = answer(
        {"provider": "Azure", "usage": [{**place, "quantity": 8}], "reservations": [covered]}
    )
    by_plan = answer(
        {
            "provider": "Azure",
            "usage": [{"quantity": str(planned["quantity"]), **rates}],
            "savings_plans": [{"term": "1y", "hourly_commitment": 1}],
        }
    )

    expected = CASES["AZ-4"]["expect"]["cost"]
    assert Decimal(by_reservation["totals"]["amortised_cost"]) == expected[0]
    assert Decimal(by_plan["savings_plans"][0]["used"]) == expected[1]


@pytest.mark.req("COM-11", part="GCP from the command line")
def test_google_applies_resources_then_services_then_flexible_ones(answer: Answer) -> None:
    assert answer(GOOGLE) == {
        "usage": [
            {
                "label": "cores",
                "covered_by_resource_commitments": "4",
                "covered_by_service_commitments": "0",
                "covered_by_flexible_commitments": "4",
                "on_demand": "2",
                "on_demand_cost": "1.6004",
            },
            {
                "label": "database",
                "covered_by_resource_commitments": "0",
                "covered_by_service_commitments": "2",
                "covered_by_flexible_commitments": "0",
                "on_demand": "2",
                "on_demand_cost": "2",
            },
        ],
        "resource_commitments": [{"id": "r", "used": "4", "unused": "0"}],
        "service_commitments": [{"id": "s", "used": "1.5", "unused": "0"}],
        "flexible_commitments": [
            {"id": "new", "used": "2.16", "unused": "0"},
            {"id": "old", "used": "1", "unused": "0"},
        ],
        "totals": {
            "on_demand_cost": "3.6004",
            "sustained_use_discount": "0.3996",
            "on_demand_equivalent": "12.002",
            "amortised_cost": "6.9",
            "net_savings": "1.5016",
            "coverage_percent": "70.00166639",
            "effective_savings_rate_percent": "12.51124813",
        },
    }


@pytest.mark.req("COM-11", part="GCP-1: both models of spend commitments, from the command line")
def test_googles_two_models_of_one_commitment_come_to_the_same(answer: Answer) -> None:
    case = CASES["GCP-1"]
    discount, listed = (str(case["given"][k]) for k in ("discount", "legacy_on_demand_commit"))
    rates = {"on_demand_rate": 1, "discounts": {"flexible_3y": discount}}
    held = {
        "discounted": {"hourly_commitment": case["expect"]["new_commitment"]},
        "list": {"hourly_commitment": listed, "discount": discount},
    }

    found = [
        answer(
            {
                "provider": "GCP",
                "usage": [{"quantity": 130, **rates}],
                "flexible_commitments": [{"term": "3y", "model": model, **each}],
            }
        )
        for model, each in held.items()
    ]

    equivalent = str(case["expect"]["on_demand_equivalent"])
    for each in found:
        assert each["usage"][0]["covered_by_flexible_commitments"] == equivalent
        assert each["totals"]["amortised_cost"] == str(case["expect"]["fee"])
    assert found[0]["totals"] == found[1]["totals"]


@pytest.mark.req("COM-11", part="GCP: savings beside sustained use")
@pytest.mark.parametrize(
    ("share", "family", "saved"),
    [(1, "n2", "21.3"), (1, "n1", "10.0"), (1, "e2", "37.0"), ("0.5", "n2", "32.5")],
)
def test_a_commitment_is_weighed_against_the_price_with_sustained_use(
    share: object, family: str, saved: str, answer: Answer
) -> None:
    """37 % off list is 21.3 % off what a whole month of n2 really costs."""
    usage = GOOGLE["usage"][0] | {"month_share": share, "family": family, "quantity": 4}
    held = GOOGLE["resource_commitments"][0] | {"family": family}

    found = answer({"provider": "GCP", "usage": [usage], "resource_commitments": [held]})

    rate = Decimal(found["totals"]["effective_savings_rate_percent"])
    assert str(rate.quantize(Decimal("0.1"))) == saved


def test_a_list_commitments_fee_is_unknown_without_its_discount(answer: Answer) -> None:
    scenario = changed(GOOGLE, "flexible_commitments.1.discount", None)

    assert answer(scenario)["totals"]["amortised_cost"] is None


def test_people_read_the_terms_of_their_cloud(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert simulate(tmp_path, GOOGLE) == 0

    shown = capsys.readouterr().out
    assert "resource commitments (amounts)" in shown
    assert "flexible commitments (money)" in shown
    assert "sustained use discount" in shown


@pytest.mark.parametrize("provider", ["azure", "Microsoft", "AZURE"])
def test_a_provider_goes_by_any_of_its_names(provider: str, answer: Answer) -> None:
    assert answer(AZURE | {"provider": provider}) == answer(AZURE)


def test_the_help_names_the_fields_of_each_provider(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["simulate", "--help"])

    shown = capsys.readouterr().out
    for scenario in (AZURE, GOOGLE):
        assert all(f'"{name}"' in shown for name in scenario)


README = Path(__file__).parents[3] / "services" / "commitments" / "README.md"


@pytest.mark.req("COM-11", part="the documented scenarios")
def test_every_scenario_of_the_readme_is_answered(answer: Answer) -> None:
    blocks = README.read_text("utf-8").split("```json\n")[1:]
    scenarios = [json.loads(block.partition("```")[0]) for block in blocks]

    assert {each.get("provider", "AWS") for each in scenarios} == {"AWS", "Azure", "GCP"}
    for each in scenarios:
        assert Decimal(answer(each)["totals"]["net_savings"]) > 0
