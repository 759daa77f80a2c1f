"""P10: the same as one would write it first: plain Python, an hour, a commitment, a SKU at a time."""

import numpy as np

from coverage_year import World, a_world, told
from finops_commitments.simulation.aws import PlanType
from sides import Clock, Given, Sample

Pools = list[tuple[list[tuple[int, float]], list[tuple[int, float]]]]
"""Commitments with the units of one, and SKUs with what a unit of them draws, in their orders."""


def measure(given: Given) -> Sample:
    world = a_world(given)
    pools = [*_reserved(world), *_plans(world)]
    stages = [0] * len(_reserved(world)) + [1] * len(_plans(world))
    skus, commitments = len(world.usage), len(world.held)
    covered = [[0.0] * skus, [0.0] * skus]
    left_of, used = [0.0] * skus, [0.0] * commitments
    world.usage.T.tolist()  # so that its memory is there, as ours is
    with Clock() as clock:
        for left, held in zip(world.usage.T.tolist(), world.held.T.tolist(), strict=True):
            for (holding, wanting), stage in zip(pools, stages, strict=True):
                _draw(left, held, holding, wanting, covered[stage], used)
            for at, quantity in enumerate(left):
                left_of[at] += quantity
    answer = told(*(np.array(each) for each in (*covered, left_of, used)))
    return clock.sample(world.usage.size, answer)


def _draw(
    left: list[float],
    held: list[float],
    holding: list[tuple[int, float]],
    wanting: list[tuple[int, float]],
    covered: list[float],
    used: list[float],
) -> None:
    for commitment, units in holding:
        offered = balance = held[commitment] * units
        for line, weight in wanting:
            if balance <= 0:
                break
            if left[line] <= 0:
                continue
            if left[line] * weight <= balance:
                taken, left_over = left[line], 0.0
            else:
                taken = balance / weight
                left_over = left[line] - taken
            balance -= taken * weight
            covered[line] += taken
            left[line] = left_over
        used[commitment] += (offered - balance) / units


def _reserved(world: World) -> Pools:
    found: Pools = []
    family = world.family
    for key in dict.fromkeys(
        (each.instance.region, each.instance.family) for each in family.reserved
    ):
        holding = [
            (at, float(each.instance.units or 1))
            for at, each in enumerate(family.reserved)
            if (each.instance.region, each.instance.family) == key
        ]
        wanting = sorted(
            (float(each.instance.units or 1), -(each.on_demand_rate or 0), each.label, at)
            for at, each in enumerate(family.lines)
            if (each.instance.region, each.instance.family) == key
        )
        found.append((holding, [(at, units) for units, *_, at in wanting]))
    return found


def _plans(world: World) -> Pools:
    family, first = world.family, len(world.family.reserved)
    found: Pools = []
    kind = PlanType.EC2_INSTANCE
    for key in dict.fromkeys(
        (each.region, each.family) for each in family.plans if each.type is kind
    ):
        holding = [
            (first + at, 1.0)
            for at, each in enumerate(family.plans)
            if each.type is kind and (each.region, each.family) == key
        ]
        lines = [
            at
            for at, each in enumerate(family.lines)
            if (each.instance.region, each.instance.family) == key
        ]
        found.append((holding, _by_saving(world, lines, kind)))
    compute = [(first + at, 1.0) for at, each in enumerate(family.plans) if each.type is not kind]
    found.append((compute, _by_saving(world, [*range(len(family.lines))], PlanType.COMPUTE)))
    return found


def _by_saving(world: World, lines: list[int], kind: PlanType) -> list[tuple[int, float]]:
    def saving(at: int) -> tuple[object, ...]:
        line = world.family.lines[at]
        rate = line.rates[kind.value]
        return rate / (line.on_demand_rate or 1), rate, line.label

    rates = world.family.lines
    return [(at, float(rates[at].rates[kind.value])) for at in sorted(lines, key=saving)]
