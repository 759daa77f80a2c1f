"""What holds for any scenario of Azure and Google Cloud, by the command's own functions."""

import json
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.commitments.simulation.other_clouds import HELD, SCENARIOS, Json, amount_of

from finops_commitments.simulation.answer import simulated
from finops_commitments.simulation.scenario import ScenarioError, read_scenario
from finops_commitments.simulation.text import answer_text


def answered(scenario: object) -> Json:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "scenario.json"
        file.write_text(json.dumps(scenario), encoding="utf-8")
        return simulated(read_scenario(file))


def close(one: Decimal, other: Decimal) -> bool:
    """Thirds are rounded to twelve places, and there are a few of them."""
    return abs(one - other) <= Decimal("1e-10")


def covered(usage: Json) -> Decimal:
    return sum((Decimal(v) for k, v in usage.items() if k.startswith("covered")), Decimal(0))


@pytest.mark.req("COM-11", part="scenarios: parts are the whole, and no more than is held is used")
@given(SCENARIOS)
def test_parts_are_the_whole_and_nothing_is_given_twice(scenario: Json) -> None:
    answer = answered(scenario)

    for given_usage, usage in zip(scenario["usage"], answer["usage"], strict=True):
        assert close(covered(usage) + Decimal(usage["on_demand"]), Decimal(given_usage["quantity"]))
        assert Decimal(usage["on_demand"]) >= 0
    for kind in HELD[scenario["provider"]]:
        for given_held, held in zip(scenario[kind], answer[kind], strict=True):
            used, unused = Decimal(held["used"]), Decimal(held["unused"])
            assert min(used, unused) >= 0
            assert close(used + unused, Decimal(given_held[amount_of(given_held)]))


@pytest.mark.req("COM-11", part="scenarios: totals are the sums of what they are made of")
@given(SCENARIOS)
def test_totals_are_made_of_the_parts(scenario: Json) -> None:
    answer = answered(scenario)

    totals = {name: Decimal(value or 0) for name, value in answer["totals"].items()}
    costs = sum((Decimal(each["on_demand_cost"]) for each in answer["usage"]), Decimal(0))
    saved = totals["on_demand_equivalent"] - totals["on_demand_cost"] - totals["amortised_cost"]
    assert close(totals["on_demand_cost"], costs)
    assert close(totals["net_savings"], saved)
    assert 0 <= totals["coverage_percent"] <= 100
    assert answer_text(answer)


@pytest.mark.req("COM-11", part="scenarios: more commitment never costs more on demand")
@given(SCENARIOS, st.data())
def test_more_commitment_leaves_no_line_more_on_demand(scenario: Json, data: st.DataObject) -> None:
    held = [(kind, at) for kind in HELD[scenario["provider"]] for at in range(len(scenario[kind]))]
    if not held:
        return
    more = json.loads(json.dumps(scenario))
    kind, at = data.draw(st.sampled_from(held))
    name = amount_of(more[kind][at])
    more[kind][at][name] = str(Decimal(more[kind][at][name]) + data.draw(st.integers(1, 5)))

    less, filled = answered(scenario)["usage"], answered(more)["usage"]

    for before, after in zip(less, filled, strict=True):
        assert Decimal(after["on_demand"]) <= Decimal(before["on_demand"]) + Decimal("1e-10")


@pytest.mark.req("COM-11", part="scenarios: the order of lines does not matter")
@given(SCENARIOS, st.randoms(use_true_random=False))
def test_the_order_of_lines_and_commitments_does_not_matter(scenario: Json, random: Random) -> None:
    kinds = ("usage", *HELD[scenario["provider"]])
    shuffled = scenario | {
        kind: random.sample(scenario[kind], len(scenario[kind])) for kind in kinds
    }

    one, two = answered(scenario), answered(shuffled)

    for kind in kinds:
        assert sorted(one[kind], key=str) == sorted(two[kind], key=str)
    assert one["totals"] == two["totals"]


_ANY: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from(["", "1.5", "n2", "shared", "list", "NaN", "1y"]),
    st.dictionaries(st.sampled_from(["1y", "x"]), st.integers(-1, 1)),
    st.lists(st.sampled_from(["a", 1]), max_size=2),
)


@given(SCENARIOS, st.data())
def test_any_field_with_any_value_is_answered_or_refused(
    scenario: Json, data: st.DataObject
) -> None:
    changed = json.loads(json.dumps(scenario))
    at: Any = changed
    while True:
        choices = [*at] if isinstance(at, dict) else [*range(len(at))]
        chosen = data.draw(st.sampled_from(choices))
        if chosen == "provider" or not isinstance(at[chosen], dict | list) or not at[chosen]:
            break
        at = at[chosen]
    at[chosen] = data.draw(_ANY)

    with suppress(ScenarioError):
        assert answered(changed)["totals"]
