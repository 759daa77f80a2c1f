"""Markets for the tests of the portfolio: small, seeded, and with prices that hang together."""

from decimal import Decimal

import numpy as np

from finops_commitments.offers.domain import Kind, PaymentOption, Terms
from finops_commitments.portfolio.market import Floats, Market, Offer, without_owned

ONE_YEAR = Terms(1, PaymentOption.NO_UPFRONT)
THREE_YEARS = Terms(3, PaymentOption.ALL_UPFRONT)


def an_offer(
    name: str = "plan",
    kind: Kind = Kind.COMPUTE_SAVINGS_PLAN,
    terms: Terms = ONE_YEAR,
    unit: str | None = None,
) -> Offer:
    return Offer(name, kind, terms, None if unit is None else Decimal(unit))


def a_market(
    demand: list[list[float]] | Floats,
    ratios: list[list[float]] | Floats,
    offers: list[Offer],
    owned: Floats | None = None,
) -> Market:
    cost: Floats = np.array(demand, dtype=float)
    held = without_owned(offers, cost.shape[1]) if owned is None else owned
    return Market(cost, np.array(ratios, dtype=float), tuple(offers), held)


def families(seed: int, count: int = 3, hours: int = 60, unit: str | None = None) -> Market:
    """Two classes a family: a plan of each family, one Compute and one Database Savings Plan.

    The family's discount is the Compute plan's times a constant, so the order in which AWS
    applies plans is also the cheapest. `unit` adds a reservation for each family's first class.
    """
    random = np.random.default_rng(seed)
    classes = 2 * count
    day = 1 + 0.5 * np.sin(2 * np.pi * np.arange(hours) / 24)
    noise = random.uniform(0.5, 1.5, (classes + 1, hours))
    demand = random.lognormal(0, 1, (classes + 1, 1)) * day * noise
    offers = [an_offer(f"family {at}", Kind.EC2_INSTANCE_SAVINGS_PLAN) for at in range(count)]
    ratios = np.full((classes + 1, count), np.inf)
    compute = random.uniform(0.65, 0.85, classes)
    for at in range(classes):
        ratios[at, at // 2] = compute[at] * 0.9
    columns = [ratios, np.append(compute, np.inf)[:, None]]
    columns.append(np.append(np.full(classes, np.inf), 0.8)[:, None])
    offers += [an_offer("compute"), an_offer("database", Kind.DATABASE_SAVINGS_PLAN)]
    if unit is not None:
        for at in range(count):
            column = np.full((classes + 1, 1), np.inf)
            column[2 * at] = compute[2 * at] * 0.8
            columns.append(column)
            offers.append(an_offer(f"reservation {at}", Kind.RESERVED_INSTANCE, unit=unit))
    return a_market(demand, np.hstack(columns), offers)
