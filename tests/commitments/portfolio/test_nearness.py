"""How near portfolios are where prices nearly agree, terms are mixed or shares limit."""

from decimal import Decimal

import numpy as np
import pytest
from tests.commitments.portfolio.market_builders import THREE_YEARS, a_market, an_offer

from finops_commitments.offers.domain import Kind
from finops_commitments.portfolio.limits import Limits
from finops_commitments.portfolio.market import Floats, Market, Offer
from finops_commitments.portfolio.optimum import best_portfolio

EC2, COMPUTE = Kind.EC2_INSTANCE_SAVINGS_PLAN, Kind.COMPUTE_SAVINGS_PLAN


def test_what_is_advised_keeps_the_shares() -> None:
    market = a_market(
        [[0.925] * 4, [1.865] * 4],
        [[0.664, np.inf], [np.inf, 0.559]],
        [an_offer("compute", COMPUTE), an_offer("ec2", EC2)],
    )
    limits = Limits(shares={COMPUTE: Decimal("0.3")})

    found = best_portfolio(market, limits)

    assert limits.keeps(
        market.offers, [found.amounts.get(each, Decimal(0)) for each in market.offers]
    )


@pytest.mark.parametrize(("ratio", "gap"), [(0.28, "0.0062"), (0.47, "0.0022"), (0.6, "0.0014")])
def test_two_prices_in_one_step_stay_within_a_thousandth(ratio: float, gap: str) -> None:
    market = a_market([[0.001] * 50, [1.0] * 50], [[ratio + 1e-9], [ratio + 0.00049]], [an_offer()])

    found = best_portfolio(market)

    assert found.gap < Decimal(gap) + Decimal("0.0001")  # as seen
    assert found.gap <= Decimal("0.001")


def both_terms(seed: int) -> Market:
    """Four families of six classes; rates differ within a family as cloud-facts 4.2 says."""
    random = np.random.default_rng(seed)
    hours, classes = 168, 24
    day = 1 + 0.3 * np.sin(2 * np.pi * np.arange(hours) / 24)
    demand = random.lognormal(0, 1, (classes, 1)) * day * random.uniform(0.8, 1.2, (classes, hours))
    base = random.uniform(-0.03, 0.03, classes)

    def differing() -> Floats:
        # Median 0.08 points, 95th percentile 0.76.
        size = np.exp(np.log(0.0008) + 1.369 * random.standard_normal(classes))
        apart: Floats = np.clip(size * random.choice([-1, 1], classes), -0.03, 0.03)
        return base + apart

    of_family, of_compute = differing(), differing()
    offers: list[Offer] = []
    columns: list[Floats] = []
    for terms, ec2, compute in ((an_offer().terms, 0.63, 0.73), (THREE_YEARS, 0.38, 0.47)):
        for at in range(4):
            offers.append(an_offer(f"family {at} {terms.years}", EC2, terms))
            columns.append(np.where(np.arange(classes) // 6 == at, ec2 + of_family, np.inf))
        offers.append(an_offer(f"compute {terms.years}", COMPUTE, terms))
        columns.append(compute + of_compute)
    return a_market(demand, np.stack(columns, axis=1), offers)


def test_both_terms_under_lock_in_stay_within_a_thousandth() -> None:
    """The whole programme, free of any order, is nearer: a part of the gap is the bound's alone."""
    gaps = []
    for seed in range(5):
        market = both_terms(seed)
        free = best_portfolio(market)
        locked = sum(each.months * amount * 730 for each, amount in free.amounts.items())
        gaps.append(best_portfolio(market, Limits(lock_in=Decimal(locked) / 2)).gap)

    assert max(gaps) <= Decimal("0.001")
