"""The simulator against the sandbox's plain loop, written apart from it, on random worlds."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.commitments.simulation.loop import payer_family

from finops_commitments.simulation.aws_order import PLANS, RESERVED, order_of
from finops_commitments.simulation.domain import Filled
from finops_sandbox.world import model
from finops_sandbox.world.apply import Draw, Fill, Usage, apply_hour
from finops_sandbox.world.prices import PAYMENTS, TERMS
from finops_sandbox.world.scenario import build_world
from finops_sandbox.world.settlement import settle
from finops_sandbox.world.skus import Sku, ec2, other

WORLDS = int(os.environ.get("WORLDS", "40"))
"""Random worlds to compare; set it to look at more."""

HOUR = datetime(2026, 10, 1, 1, tzinfo=UTC)
ACCOUNTS = ("111111111111", "222222222222", "333333333333")
REGIONS = ("us-east-1", "eu-west-1")
FAMILIES = ("m5", "c5")
SIZES = ("large", "xlarge", "2xlarge")
CLOSE = 1e-6
"""In money: the loop rounds every part to ten places."""

SERVERLESS = (
    other("AmazonECS", ("Fargate", "Compute"), "Fargate-vCPU-Hours:perCPU", "", REGIONS[0], "hours", "0.04048", "fargate"),
    other("AmazonECS", ("Fargate", "Compute"), "Fargate-GB-Hours", "", REGIONS[0], "hours", "0.004445", "fargate"),
    other("AWSLambda", ("Lambda", "Serverless"), "Lambda-GB-Second", "", REGIONS[1], "seconds", "0.0000166667", "lambda-duration"),
    other("AWSLambda", ("Lambda", "Serverless"), "Request", "", REGIONS[1], "requests", "0.0000002", "lambda-requests"),
    other("AmazonRDS", ("RDS", "Database"), "InstanceUsage:db.m5.large", "", REGIONS[0], "hours", "0.171", "rds", "db.m5.large", "MySQL"),
)  # fmt: skip


@dataclass(frozen=True)
class World:
    """Workloads with quantities of some hours, and what is held."""

    workloads: tuple[model.Workload, ...]
    quantities: tuple[tuple[Decimal, ...], ...]
    held: tuple[model.Commitment, ...]
    off: frozenset[str]


def instance_skus() -> st.SearchStrategy[Sku]:
    return st.builds(
        lambda family, size, region, platform: ec2(f"{family}.{size}", region, platform),
        st.sampled_from(FAMILIES),
        st.sampled_from(SIZES),
        st.sampled_from(REGIONS),
        st.sampled_from(("Linux", "Linux", "Windows")),
    )


def workload(at: int, account: str, sku: Sku, zone: str) -> model.Workload:
    place = f"{sku.region}{zone}" if sku.instance_type and sku.pool == "ec2" else None
    return model.Workload(f"w{at:02}", account, sku, model.Curve(0), place)


def reservations() -> st.SearchStrategy[model.ReservedInstance]:
    return st.builds(
        lambda account, family, size, region, platform, count, days, term, payment, zone: (
            model.ReservedInstance(
                *("", account, f"{family}.{size}", region, platform, count),
                *(HOUR - timedelta(days=days), term, payment, "standard"),
                region + zone if zone else None,
            )
        ),
        st.sampled_from(ACCOUNTS),
        st.sampled_from(FAMILIES),
        st.sampled_from(SIZES),
        st.sampled_from(REGIONS),
        st.sampled_from(("Linux", "Linux", "Windows")),
        st.integers(1, 4),
        st.integers(0, 300),
        st.sampled_from(TERMS),
        st.sampled_from(PAYMENTS),
        st.sampled_from(("", "", "a", "b")),
    )


def plans() -> st.SearchStrategy[model.SavingsPlan]:
    return st.builds(
        lambda family, account, region, cents, days, term, payment: model.SavingsPlan(
            *("", account, "EC2InstanceSavingsPlans" if family else "ComputeSavingsPlans"),
            *(cents / 100, HOUR - timedelta(days=days), term, payment),
            region=region if family else None,
            family=family or None,
        ),
        st.sampled_from((*FAMILIES, "")),
        st.sampled_from(ACCOUNTS),
        st.sampled_from(REGIONS),
        st.integers(1, 300).map(Decimal),
        st.integers(0, 300),
        st.sampled_from(TERMS),
        st.sampled_from(PAYMENTS),
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    used = st.tuples(
        st.sampled_from(ACCOUNTS),
        st.one_of(instance_skus(), instance_skus(), st.sampled_from(SERVERLESS)),
        st.sampled_from(("a", "b")),
    )
    # Ties go by account, then name: where AWS does not say, both sides go the same way.
    chosen = sorted(draw(st.lists(used, min_size=1, max_size=12)), key=lambda each: each[0])
    workloads = tuple(workload(at, *each) for at, each in enumerate(chosen))
    scale = [1 if each.sku.pool == "ec2" else 1000 for each in workloads]
    hours = draw(st.integers(1, 3))
    quantities = tuple(
        tuple(draw(st.decimals(0, 6, places=2)) * each for _ in range(hours)) for each in scale
    )
    held = draw(st.lists(st.one_of(reservations(), plans()), max_size=8))
    named = tuple(type(each)(**{**vars(each), "id": f"c{at:02}"}) for at, each in enumerate(held))
    return World(workloads, quantities, named, draw(st.frozensets(st.sampled_from(ACCOUNTS))))


def looped(world: World, hour: int) -> tuple[list[Fill], list[Draw]]:
    usages = [
        Usage(each, HOUR, HOUR + model.HOUR, quantities[hour])
        for each, quantities in zip(world.workloads, world.quantities, strict=True)
    ]
    return apply_hour(usages, world.held, world.off)


def same(world: World, filled: Filled, order: Sequence[model.Commitment], hour: int) -> None:
    fills, draws = looped(world, hour)
    rates = [float(each.sku.on_demand) for each in world.workloads]
    by_stage = {RESERVED: model.ReservedInstance, PLANS: model.SavingsPlan}
    for at, used in enumerate(world.workloads):
        parts = [each for each in fills if each.usage.workload is used]
        for stage, kind in by_stage.items():
            looped_part = sum(float(p.quantity) for p in parts if isinstance(p.commitment, kind))
            assert abs(filled.covered[stage][at, hour] - looped_part) * rates[at] < CLOSE
        on_demand = sum(float(part.quantity) for part in parts if part.commitment is None)
        assert abs(filled.left[at, hour] - on_demand) * rates[at] < CLOSE
    drawn = {draw.commitment.id: draw for draw in draws}
    assert filled.shares is not None
    for at, held in enumerate(order):
        draw = drawn[held.id]
        if isinstance(held, model.SavingsPlan):
            assert abs(filled.used[at, hour] - float(draw.cost)) < CLOSE
        else:
            units = float(held.factor) if held.size_flexible else 1.0
            assert abs(filled.used[at, hour] * units - float(draw.units)) < CLOSE
        for line, used in enumerate(world.workloads):
            paid = [p for p in fills if p.usage.workload is used and p.commitment is held]
            difference = filled.shares[at, line, hour] - sum(float(part.quantity) for part in paid)
            assert abs(difference) * rates[line] < CLOSE


@pytest.mark.req("COM-10", part="agreement with an independent loop")
@pytest.mark.timeout(120 + WORLDS)
@settings(max_examples=WORLDS, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(world=worlds())
def test_every_commitment_covers_what_the_plain_loop_lets_it_cover(world: World) -> None:
    family, order = payer_family(world.workloads, world.held, world.off)
    usage = np.array(world.quantities, dtype=np.float64)
    amounts = [float(_amount(each)) for each in order]
    held = np.array(amounts, dtype=np.float64).reshape(-1, 1) * np.ones(usage.shape[1])

    filled = order_of(family).apply(usage, held, shares=True)

    for hour in range(usage.shape[1]):
        same(world, filled, order, hour)


def test_a_month_of_the_demo_customer_comes_to_its_books() -> None:
    """Every workload and commitment of the demo, all hours of a month at once."""
    month = date(2026, 5, 1)
    world = build_world(7, datetime(2026, 7, 10, tzinfo=UTC), months=3)
    settled = settle(world, month)
    starts = [hour.start for hour in settled.hours]
    workloads = sorted(
        (each for each in world.workloads if not each.daily),
        key=lambda each: (each.account, each.id),
    )
    family, order = payer_family(workloads, world.commitments, settled.revision.sharing_off)
    usage = np.zeros((len(workloads), len(starts)))
    for at, hour in enumerate(settled.hours):
        for fill in hour.fills:
            usage[workloads.index(fill.usage.workload), at] += float(fill.quantity)
    held = np.array(
        [
            [float(_amount(each)) if model.in_force(each, start) else 0.0 for start in starts]
            for each in order
        ]
    )

    filled = order_of(family).apply(usage, held)

    for at, hour in enumerate(settled.hours):
        drawn = {draw.commitment.id: draw for draw in hour.draws}
        for row, each in enumerate(order):
            if isinstance(each, model.SavingsPlan) and each.id in drawn:
                assert abs(filled.used[row, at] - float(drawn[each.id].cost)) < CLOSE
            elif each.id in drawn:
                used_part = filled.used[row, at] / each.count * float(each.units_per_hour)
                assert abs(used_part - float(drawn[each.id].units)) < CLOSE
    rates = np.array([[float(each.sku.on_demand)] for each in workloads])
    looped_cost = sum(
        float(fill.on_demand)
        for hour in settled.hours
        for fill in hour.fills
        if fill.commitment is None
    )
    assert (filled.left * rates).sum() == pytest.approx(looped_cost, abs=1e-4)
    assert 0.2 < (filled.left * rates).sum() / (usage * rates).sum() < 0.95


def _amount(held: model.Commitment) -> Decimal:
    return held.hourly_cost if isinstance(held, model.SavingsPlan) else Decimal(held.count)
