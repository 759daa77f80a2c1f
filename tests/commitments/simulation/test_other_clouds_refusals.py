"""Scenarios of Azure and Google Cloud that make no sense are refused by field."""

import json
from pathlib import Path

import pytest
from tests.commitments.simulation.test_other_clouds_command import (
    AZURE,
    GOOGLE,
    Json,
    changed,
    simulate,
)


@pytest.mark.parametrize(
    ("scenario", "path", "value", "named"),
    [
        (AZURE, "provider", "Oracle", "provider:"),
        (AZURE, "provider", 7, "provider:"),
        (AZURE, "regoin", "x", "regoin:"),
        (AZURE, "usage.0.regoin", "x", "usage[0].regoin:"),
        (AZURE, "usage.0.rates", {"2y": 1}, "usage[0].rates.2y:"),
        (AZURE, "usage.0.quantity", -1, "usage[0].quantity:"),
        (AZURE, "usage.0.subscription", None, "usage[0].subscription:"),
        (AZURE, "usage.0.region", None, "usage[0].region:"),
        (AZURE, "usage.0.ratio", None, "usage[0].ratio:"),
        (AZURE, "usage.0.product", None, "usage[0].product:"),
        (AZURE, "usage.0.flexibility_group", None, "usage[0].flexibility_group:"),
        (AZURE, "usage.0.on_demand_rate", None, "usage[0].on_demand_rate:"),
        (AZURE, "usage.0.negotiated_rate", "0.21", "usage[0].negotiated_rate:"),
        (AZURE, "reservations.0.count", "0.5", "reservations[0].count:"),
        (AZURE, "reservations.0.scope", "shared", "reservations[0].subscription:"),
        (AZURE, "reservations.0.scope", "resource_group", "reservations[0].resource_group:"),
        (AZURE, "reservations.0.subscription", None, "reservations[0].subscription:"),
        (AZURE, "reservations.0.product", "standard_d4s_v5", "reservations[0].ratio:"),
        (AZURE, "reservations.0.ratio", 0, "reservations[0].ratio:"),
        (AZURE, "savings_plans.0.term", "2y", "savings_plans[0].term:"),
        (AZURE, "savings_plans.0.id", "three", "savings_plans[1].id:"),
        (
            AZURE,
            "savings_plans",
            [AZURE["savings_plans"][0] | {"scope": "management_group", "management_group": "x"}],
            "savings_plans[0].management_group:",
        ),
        (GOOGLE, "usage.0.discounts", {"flexible": 1}, "usage[0].discounts.flexible:"),
        (GOOGLE, "usage.0.discounts", {"flexible_1y": 1}, "usage[0].discounts.flexible_1y:"),
        (GOOGLE, "usage.0.on_demand_rate", None, "usage[0].on_demand_rate:"),
        (GOOGLE, "usage.0.month_share", "1.1", "usage[0].month_share:"),
        (GOOGLE, "usage.0.month_share", 0, "usage[0].month_share:"),
        (GOOGLE, "usage.1.month_share", 1, "usage[1].family:"),
        (GOOGLE, "usage.0.resource", None, "usage[0].resource:"),
        (GOOGLE, "usage.0.region", None, "usage[0].region:"),
        (GOOGLE, "usage.1.region", None, "usage[1].region:"),
        (GOOGLE, "resource_commitments.0.amout", 1, "resource_commitments[0].amout:"),
        (GOOGLE, "service_commitments.0.region", None, "service_commitments[0].region:"),
        (GOOGLE, "flexible_commitments.0.region", "x", "flexible_commitments[0].region:"),
        (GOOGLE, "flexible_commitments.0.discount", "0.3", "flexible_commitments[0].discount:"),
        (GOOGLE, "flexible_commitments.0.model", "new", "flexible_commitments[0].model:"),
        (GOOGLE, "flexible_commitments.1.id", "new", "flexible_commitments[1].id:"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(
    scenario: Json,
    path: str,
    value: object,
    named: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert simulate(tmp_path, changed(scenario, path, value), "--json") == 1

    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"error: {named}" in shown.err


@pytest.mark.parametrize(
    ("scenario", "field"),
    [(AZURE, '"count": 3'), (AZURE, '"provider": "Azure"'), (GOOGLE, '"family": "n2"')],
)
def test_a_field_that_stands_twice_is_refused_by_name(
    scenario: Json, field: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    twice = json.dumps(scenario).replace(field, f"{field}, {field}")
    name = field.partition('"')[2].partition('"')[0]

    assert simulate(tmp_path, twice) == 1
    assert f"'{name}' stands twice" in capsys.readouterr().err
