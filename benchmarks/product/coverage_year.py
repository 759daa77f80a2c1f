"""P10: what covered every SKU in every hour of a year, and what of each commitment was used."""

from coverage_year import a_world, told
from finops_commitments.simulation.aws_order import order_of
from sides import Clock, Given, Sample


def measure(given: Given) -> Sample:
    world = a_world(given)
    # A fresh process is given memory by the machine at a speed that says nothing of either side.
    order_of(world.family).apply(world.usage, world.held)
    with Clock() as clock:
        found = order_of(world.family).apply(world.usage, world.held)
        by_reserved, by_plans = (each.sum(axis=1) for each in found.covered)
        answer = told(by_reserved, by_plans, found.left.sum(axis=1), found.used.sum(axis=1))
    return clock.sample(world.usage.size, answer)
