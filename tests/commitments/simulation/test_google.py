"""Google's order: resource commitments, then spend; sustained use on what is left."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_commitments.simulation.domain import Numbers
from finops_commitments.simulation.google import (
    FLEXIBLE,
    RESOURCE,
    SPEND,
    BillingAccount,
    Model,
    ResourceCommitment,
    SpendCommitment,
    UsageLine,
    in_discounted_prices,
    order_of,
)
from finops_commitments.simulation.sustained_use import billed_at_list

VECTORS = Path(__file__).parents[2] / "data" / "vectors" / "commitment-vectors.json"
MONTH = 720


def cores(
    project: str = "web", discount: str = "0.28", family: str = "n2", label: str = ""
) -> UsageLine:
    return UsageLine(
        *(project, label, "compute", "us-central1", family, "vcpu"),
        price=Decimal(1),
        discounts={"flexible-1y": Decimal(discount)},
    )


def a_resource(name: str = "r", project: str | None = None) -> ResourceCommitment:
    return ResourceCommitment(name, "us-central1", "n2", "vcpu", project)


def column(*amounts: object) -> Numbers:
    return np.array([Fraction(str(each)) for each in amounts], dtype=object).reshape(-1, 1)


@pytest.mark.req("COM-11", part="GCP: resource commitments before flexible ones")
def test_resource_commitments_go_before_flexible_ones() -> None:
    flexible = SpendCommitment("f", "flexible-1y")
    account = BillingAccount([cores()], [a_resource()], [flexible])

    filled = order_of(account).apply(column(10), column(4, "2.16"))

    assert filled.covered[RESOURCE][0, 0] == 4
    assert filled.covered[FLEXIBLE][0, 0] == 3
    assert filled.left[0, 0] == 3


@pytest.mark.req("COM-11", part="GCP: resource commitments are for a family, region and resource")
def test_a_resource_commitment_covers_its_own_kind_alone() -> None:
    memory = UsageLine("web", "", "compute", "us-central1", "n2", "memory")
    elsewhere = UsageLine("web", "", "compute", "europe-west1", "n2", "vcpu")
    lines = [cores(), cores(family="c2"), memory, elsewhere]

    filled = order_of(BillingAccount(lines, [a_resource()])).apply(column(1, 1, 1, 1), column(9))

    assert filled.covered[RESOURCE][:, 0].tolist() == [1, 0, 0, 0]


def test_a_projects_own_commitment_goes_before_the_shared_one() -> None:
    account = BillingAccount(
        [cores("web"), cores("data")], [a_resource("1"), a_resource("2", "web")]
    )

    filled = order_of(account).apply(column(1, 1), column(5, 1))

    assert filled.used[:, 0].tolist() == [1, 1]


@pytest.mark.req("COM-11", part="GCP: spend commitments of a single service")
def test_a_services_commitment_covers_it_in_its_region_alone() -> None:
    def database(region: str) -> UsageLine:
        discounts = {"sql-1y": Decimal("0.25")}
        return UsageLine(*("web", "", "cloud-sql", region), price=Decimal(1), discounts=discounts)

    spend = SpendCommitment("s", "sql-1y", "cloud-sql", "us-central1")
    account = BillingAccount(
        [database("us-central1"), database("europe-west1"), cores()], spend=[spend]
    )

    filled = order_of(account).apply(column(2, 2, 2), column(9))

    assert filled.covered[SPEND][:, 0].tolist() == [2, 0, 0]
    assert filled.used[0, 0] == Fraction(3, 2)


@pytest.mark.req("COM-11", part="GCP: both models of spend commitments")
def test_both_models_cover_the_same_usage() -> None:
    (case,) = (each for each in json.loads(VECTORS.read_text("utf-8")) if each["id"] == "GCP-1")
    discount = str(case["given"]["discount"])
    listed = Decimal(case["given"]["legacy_on_demand_commit"])
    discounted = in_discounted_prices(listed, Decimal(discount))
    models = {
        Model.LIST: SpendCommitment("old", "flexible-1y", model=Model.LIST),
        Model.DISCOUNTED: SpendCommitment("new", "flexible-1y"),
    }
    usage = column(130)

    filled = {
        model: order_of(BillingAccount([cores(discount=discount)], spend=[commitment])).apply(
            usage,
            column(listed if model is Model.LIST else discounted),
        )
        for model, commitment in models.items()
    }

    assert discounted == case["expect"]["new_commitment"] == case["expect"]["fee"]
    for each in filled.values():
        assert each.covered[FLEXIBLE][0, 0] == case["expect"]["on_demand_equivalent"]
        assert each.left[0, 0] == 30


def test_a_flexible_commitment_covers_the_highest_discount_first() -> None:
    account = BillingAccount(
        [cores(discount="0.17"), cores(discount="0.46", label="better")],
        spend=[SpendCommitment("f", "flexible-1y")],
    )

    filled = order_of(account).apply(column(1, 1), column("0.54"))

    assert filled.covered[FLEXIBLE][:, 0].tolist() == [0, 1]


@pytest.mark.req("COM-11", part="GCP: sustained-use discount")
def test_sustained_use_of_a_whole_month_is_cheaper_by_family() -> None:
    always = np.ones((1, MONTH))

    assert billed_at_list("n1", always) == pytest.approx([0.7 * MONTH])
    assert billed_at_list("n2", always) == pytest.approx([0.8 * MONTH], rel=1e-3)
    assert billed_at_list("e2", always) == pytest.approx([MONTH])
    # One year's commitment is 37 % off list, but less off what such a month really costs.
    assert 1 - 0.63 * MONTH / billed_at_list("n2", always)[0] == pytest.approx(0.213, abs=5e-4)


@pytest.mark.req("COM-11", part="GCP: sustained-use discount")
def test_sustained_use_counts_hours_in_which_as_much_ran_whatever_ran_it() -> None:
    half = np.concatenate([np.ones(MONTH // 2), np.zeros(MONTH // 2)]).reshape(1, -1)
    other_half = half[:, ::-1]

    assert billed_at_list("n1", half) == pytest.approx([0.9 * MONTH / 2])
    assert billed_at_list("n1", half + other_half) == pytest.approx([0.7 * MONTH])
    assert billed_at_list("n1", 2 * half) == pytest.approx([0.9 * MONTH])


@given(
    st.lists(st.integers(0, 9), min_size=8, max_size=8),
    st.lists(st.integers(0, 9), min_size=8, max_size=8),
    st.sampled_from(["n1", "n2", "e2"]),
)
def test_a_commitment_never_makes_the_rest_dearer(
    usage: list[int], covered: list[int], family: str
) -> None:
    whole = np.array([[Fraction(each) for each in usage]], dtype=object)
    less = np.maximum(whole - np.array([covered], dtype=object), 0)

    assert billed_at_list(family, less)[0] <= billed_at_list(family, whole)[0]
    assert billed_at_list(family, whole)[0] <= whole.sum()
