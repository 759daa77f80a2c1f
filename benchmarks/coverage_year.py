"""P10's world: a payer's 2,000 SKUs and 500 commitments, hour by hour; seeded.

300 reservations that flex over the sizes of a family in a region, 150 EC2 Instance Savings Plans
and 50 Compute Savings Plans; a third of them begins or ends inside the span. One account holds and
uses all: whose usage comes first is no question, so each side needs three steps.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from finops_commitments.simulation.aws import (
    PayerFamily,
    PlanType,
    ReservedInstance,
    SavingsPlan,
    UsageLine,
)
from finops_commitments.simulation.instances import Instance
from sides import Given

SKUS, RESERVED, INSTANCE_PLANS, COMPUTE_PLANS = 2_000, 300, 150, 50
HOURS, HOURS_OF_A_CHECK = 8_760, 1_460
REGIONS = ("us-east-1", "eu-west-1", "ap-northeast-2")
FAMILIES = ("m5", "m6i", "m7g", "c5", "c6i", "c7g", "r5", "r6i", "r7g", "t3", "x2gd", "i4i")
SIZES = {"large": 4, "xlarge": 8, "2xlarge": 16, "4xlarge": 32}
UNIT_PRICE = Decimal("0.024")
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """`usage` is [SKU, hour] in instance hours, `held` [commitment, hour] in instances or money."""

    family: PayerFamily
    usage: Floats
    held: Floats


def a_world(given: Given) -> World:
    """The same for every side."""
    random = np.random.default_rng(10)
    hours = HOURS_OF_A_CHECK if given.size == "check" else HOURS
    lines = [_line(random, number) for number in range(SKUS)]
    reserved = [_reserved(random, number) for number in range(RESERVED)]
    plans = [_plan(random, number) for number in range(INSTANCE_PLANS + COMPUTE_PLANS)]
    hour = np.arange(hours)
    day = 1 + 0.4 * np.sin(2 * np.pi * (hour / 24 + random.uniform(0, 1, (SKUS, 1))))
    usage = random.lognormal(0.5, 1, (SKUS, 1)) * day * random.uniform(0.8, 1.2, (SKUS, hours))
    amounts = np.concatenate(
        [
            random.integers(1, 12, RESERVED),
            random.uniform(0.5, 4, INSTANCE_PLANS),
            random.uniform(1, 6, COMPUTE_PLANS),
        ]
    )
    return World(PayerFamily(lines, reserved, plans), usage, _terms(random, amounts, hours))


def _terms(random: np.random.Generator, amounts: Floats, hours: int) -> Floats:
    held: Floats = np.repeat(amounts[:, None], hours, axis=1)
    for number, kind in enumerate(random.integers(0, 6, len(amounts))):
        moment = int(random.integers(1, hours))
        if kind == 0:
            held[number, moment:] = 0
        elif kind == 1:
            held[number, :moment] = 0
    return held


def _line(random: np.random.Generator, number: int) -> UsageLine:
    instance = _somewhere(random)
    price = SIZES[instance.size or ""] * UNIT_PRICE * Decimal(str(round(random.uniform(0.8, 1.5), 4)))  # fmt: skip
    rates = {
        "ec2_instance": price * Decimal(str(round(random.uniform(0.58, 0.7), 6))),
        "compute": price * Decimal(str(round(random.uniform(0.7, 0.85), 6))),
    }
    return UsageLine("111111111111", f"sku {number:04}", instance, price, rates)


def _somewhere(random: np.random.Generator) -> Instance:
    region, family = random.choice(REGIONS), random.choice(FAMILIES)
    return Instance(region=str(region), family=str(family), size=str(random.choice([*SIZES])))


def _reserved(random: np.random.Generator, number: int) -> ReservedInstance:
    return ReservedInstance(f"ri {number:03}", "111111111111", _somewhere(random), _start(number))


def _plan(random: np.random.Generator, number: int) -> SavingsPlan:
    if number >= INSTANCE_PLANS:
        kind = PlanType.COMPUTE
        return SavingsPlan(f"sp {number:03}", "111111111111", kind, kind.value, starts_at=_start(number))  # fmt: skip
    where, kind = _somewhere(random), PlanType.EC2_INSTANCE
    return SavingsPlan(f"sp {number:03}", "111111111111", kind, kind.value, where.region, where.family, _start(number))  # fmt: skip


def _start(number: int) -> datetime:
    return datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=number)


def told(by_reserved: Floats, by_plans: Floats, left: Floats, used: Floats) -> dict[str, list[str]]:
    """What sides are compared by: sums over all hours of every SKU and commitment."""
    sums = {"reserved": by_reserved, "plans": by_plans, "on_demand": left, "used": used}
    # Zero added: what is left of nothing has a sign in some orders of adding up.
    return {name: [f"{round(each, 4) + 0:.4f}" for each in values] for name, values in sums.items()}
