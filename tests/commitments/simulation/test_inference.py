"""What a bill says about the orders AWS leaves open."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from tests.commitments.simulation.loop import payer_family

from finops_commitments.simulation.aws import Orders, PayerFamily
from finops_commitments.simulation.aws_order import order_of
from finops_commitments.simulation.domain import Numbers
from finops_commitments.simulation.inference import CANDIDATES, infer_orders
from finops_sandbox.world import model
from finops_sandbox.world.apply import Usage, apply_hour
from finops_sandbox.world.skus import ec2

HOUR = datetime(2026, 10, 1, 1, tzinfo=UTC)
OLD, NEW = HOUR - timedelta(days=300), HOUR - timedelta(days=30)
MINE, THEIRS = "111111111111", "222222222222"
WEB = model.Workload("web", MINE, ec2("m5.large", "us-east-1"), model.Curve(0))
USAGE = np.array([[1.0, 2.0, 3.0]])


def held_plans(*, another: bool = True, equal: bool = True) -> list[model.SavingsPlan]:
    """My Compute plans, two equal ones of different age, and another's EC2 Instance plan."""
    mine = [
        model.SavingsPlan(
            *(f"own-{at}", MINE, "ComputeSavingsPlans", Decimal("0.05"), start),
            *("1yr", "No Upfront"),
        )
        for at, start in enumerate((OLD, NEW) if equal else (OLD,))
    ]
    theirs = model.SavingsPlan(
        *("theirs", THEIRS, "EC2InstanceSavingsPlans", Decimal("0.05"), OLD),
        *("1yr", "No Upfront"),
        region="us-east-1",
        family="m5",
    )
    return [*mine, theirs] if another else mine


def family_of(plans: list[model.SavingsPlan]) -> PayerFamily:
    return payer_family([WEB], plans)[0]


def amounts(plans: list[model.SavingsPlan]) -> Numbers:
    column = np.array([float(each.hourly_cost) for each in plans]).reshape(-1, 1)
    return column * np.ones(USAGE.shape[1])


def billed_by_the_loop(plans: list[model.SavingsPlan]) -> Numbers:
    """[plan, line, hour] as the sandbox's bill would show it."""
    billed = np.zeros((len(plans), *USAGE.shape))
    for hour, quantity in enumerate(USAGE[0]):
        used = Usage(WEB, HOUR, HOUR + model.HOUR, Decimal(quantity))
        for fill in apply_hour([used], plans, frozenset())[0]:
            if isinstance(fill.commitment, model.SavingsPlan):
                billed[plans.index(fill.commitment), 0, hour] = float(fill.quantity)
    return billed


@pytest.mark.req("COM-10", part="the open orders, inferred from a bill")
def test_the_sandboxs_bills_show_the_orders_it_is_written_with() -> None:
    plans = held_plans()

    inferred = infer_orders(family_of(plans), USAGE, amounts(plans), billed_by_the_loop(plans))

    assert inferred.shared_instance_plans_first is True
    assert inferred.newest_first is False
    assert inferred.fits[0].orders == Orders()
    assert inferred.fits[0].misplaced < 1e-6
    assert inferred.fits[1].misplaced > 0.05


@pytest.mark.req("COM-10", part="the open orders, inferred from a bill")
@pytest.mark.parametrize("orders", CANDIDATES)
def test_any_order_is_found_again_in_its_own_bill(orders: Orders) -> None:
    plans = held_plans()
    family = replace(family_of(plans), orders=orders)
    billed = order_of(family).apply(USAGE, amounts(plans), shares=True).shares
    assert billed is not None

    inferred = infer_orders(family_of(plans), USAGE, amounts(plans), billed)

    assert inferred.shared_instance_plans_first is orders.shared_instance_plans_first
    assert inferred.newest_first is orders.newest_first


@pytest.mark.req("COM-10", part="the open orders, inferred from a bill")
def test_a_bill_in_which_nothing_hangs_on_an_order_shows_neither_way() -> None:
    alone, unshared = held_plans(another=False, equal=False), held_plans(another=False)

    neither = infer_orders(family_of(alone), USAGE, amounts(alone), billed_by_the_loop(alone))
    ages = infer_orders(family_of(unshared), USAGE, amounts(unshared), billed_by_the_loop(unshared))

    assert (neither.shared_instance_plans_first, neither.newest_first) == (None, None)
    assert (ages.shared_instance_plans_first, ages.newest_first) == (None, False)
