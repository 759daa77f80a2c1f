"""P16 beside what is owned: every second family sold as whole reservations, plans that end.

The owned plans give the discounts of those on offer. Where they do not, the order in which
AWS applies plans costs more than the bound can prove, and the gap is larger.
"""

from dataclasses import replace
from decimal import Decimal

import numpy as np

from finops_commitments.offers.domain import Kind
from finops_commitments.portfolio.market import Floats, Market
from product import portfolio
from sides import Given, Sample

UNIT = Decimal("0.05")
"""Money per hour of one reservation: what a small instance costs."""
OWNED_SHARE = {Kind.COMPUTE_SAVINGS_PLAN: 0.1, Kind.EC2_INSTANCE_SAVINGS_PLAN: 0.006}
"""Committed on one owned plan, as parts of what all usage costs."""


def measure(given: Given) -> Sample:
    del given  # the market is its own
    return portfolio.solved(a_market())


def a_market() -> Market:
    """That of P16, partly in whole units, and with a plan of every second family owned."""
    market = portfolio.a_market()
    random = np.random.default_rng(61)
    usage = market.demand.sum(axis=0).mean()
    offers, owned, held = list(market.offers), [], []
    for at, offer in enumerate(offers):
        first = offer.terms == offers[0].terms
        whole = offer.kind == Kind.EC2_INSTANCE_SAVINGS_PLAN and int(offer.name.split()[1]) % 2
        if first and not whole:
            ends = int(random.integers(1_000, market.hours))
            amounts: Floats = np.zeros(market.hours)
            amounts[:ends] = usage * OWNED_SHARE[offer.kind]
            owned.append((at, replace(offer, name=f"owned {offer.name}", for_sale=False)))
            held.append(amounts)
        if whole:
            offers[at] = replace(offer, kind=Kind.RESERVED_INSTANCE, unit=UNIT)
    columns = [market.ratios, market.ratios[:, [at for at, _ in owned]]]
    return Market(
        market.demand,
        np.hstack(columns),
        (*offers, *(offer for _, offer in owned)),
        np.vstack([market.owned, *held]),
    )
