"""P16: a seeded market of 2,000 SKUs, a year of hours and 150 offers, solved together.

24 families with an EC2 Instance Savings Plan each and one Compute Savings Plan, all on the six
terms AWS sells. The gap is proven inside the run, from the exact price of what is bought.
"""

import numpy as np

from finops_commitments.offers.domain import Kind, PaymentOption, Terms
from finops_commitments.portfolio.market import Floats, Market, Offer, without_owned
from finops_commitments.portfolio.optimum import best_portfolio
from sides import Clock, Given, Sample, peak_mb

SKUS, HOURS, FAMILIES, SYSTEMS = 2_000, 8_760, 24, 4
DEEPER = {1: (1.0, 1.05, 1.08), 3: (1.45, 1.52, 1.6)}
"""Discounts of each term, by payment option, as multiples of the smallest."""
OF_COMPUTE = 0.72
"""The Compute plan's discount as a part of the family's."""


def measure(given: Given) -> Sample:
    del given  # the market is its own
    return solved(a_market())


def solved(market: Market) -> Sample:
    """The market solved, with what it took."""
    with Clock() as clock:
        found = best_portfolio(market)
    figures = {"gap": float(found.gap), "seconds": clock.seconds, "gb": peak_mb() / 1000}
    facts = {
        "rounds": found.rounds,
        "cpu_seconds": clock.cpu_seconds,
        "saved": float(found.savings / found.on_demand_before),
    }
    return Sample(figures, len(market.offers), clock.seconds, clock.cpu_seconds, facts)


def a_market() -> Market:
    """Demand with days, weeks, trends and noise; every SKU has its family's rate for its system."""
    random = np.random.default_rng(16)
    family = random.integers(0, FAMILIES, SKUS)
    system = random.integers(0, SYSTEMS, SKUS)
    discount = random.uniform(0.26, 0.40, (FAMILIES, SYSTEMS))[family, system]
    offers, columns = [], []
    for years, deeper in DEEPER.items():
        for option, factor in zip(PaymentOption, deeper, strict=True):
            terms = Terms(years, option)
            for number in range(FAMILIES):
                kind = Kind.EC2_INSTANCE_SAVINGS_PLAN
                offers.append(Offer(f"family {number}", kind, terms))
                columns.append(np.where(family == number, 1 - discount * factor, np.inf))
            offers.append(Offer("compute", Kind.COMPUTE_SAVINGS_PLAN, terms))
            columns.append(1 - discount * factor * OF_COMPUTE)
    demand = random.lognormal(0, 1.2, (SKUS, 1)) * _shapes(random)[family]
    demand *= random.uniform(0.85, 1.15, demand.shape)
    return Market(demand, np.array(columns).T, tuple(offers), without_owned(offers, HOURS))


def _shapes(random: np.random.Generator) -> Floats:
    hour = np.arange(HOURS)
    days = 1 + 0.35 * np.sin(2 * np.pi * hour / 24) * random.uniform(0, 1, (FAMILIES, 1))
    weeks = np.where(hour // 24 % 7 < 5, 1, random.uniform(0.5, 1, (FAMILIES, 1)))
    shapes: Floats = days * weeks * (1 + random.uniform(-0.4, 0.6, (FAMILIES, 1)) * hour / HOURS)
    return shapes
