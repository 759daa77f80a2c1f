"""What one commitment saves over past hours, against plain loops and the product's own sizing."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_commitments.backtest.history import History
from finops_commitments.offers.domain import STEP, Kind, PaymentOption, Terms
from finops_commitments.portfolio.market import Offer
from finops_commitments.recommendations.domain import size_commitment

RATIOS = np.array([0.8, 0.5])
demands = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=40).map(
    lambda hours: History(np.array(hours, float).T, RATIOS)
)


def saved_in_an_hour(usage: tuple[float, float], commitment: float) -> float:
    """The class with the larger discount first, by hand."""
    cheap = min(usage[1] * 0.5, commitment)
    rest = min(usage[0] * 0.8, commitment - cheap)
    return cheap / 0.5 + rest / 0.8 - commitment


@given(demands, st.floats(0, 80))
def test_savings_are_those_of_an_hour_by_hour_loop(history: History, amount: float) -> None:
    saved = history.savings(np.full(history.hours, amount))

    by_hand = [saved_in_an_hour((hour[0], hour[1]), amount) for hour in history.demand.T]
    assert saved == pytest.approx(by_hand, abs=1e-9)


@given(demands)
def test_no_constant_commitment_saves_more_than_the_best(history: History) -> None:
    best = history.best_amount(0, history.hours)

    def whole(amount: float) -> float:
        return float(history.savings(np.full(history.hours, amount)).sum())

    tried = np.unique(np.concatenate([np.linspace(0, 80, 81), [best * 0.99, best * 1.01]]))
    assert all(whole(best) >= whole(each) - 1e-6 for each in tried)


@given(demands)
def test_the_best_is_what_the_sizing_recommends(history: History) -> None:
    terms = Terms(1, PaymentOption.NO_UPFRONT)

    sized = size_commitment(history.demand, RATIOS, Offer("", Kind.COMPUTE_SAVINGS_PLAN, terms))

    best = Decimal(history.best_amount(0, history.hours))
    if best >= 1:
        assert abs(best - sized.hourly_commitment) <= STEP


@pytest.mark.parametrize(
    ("demand", "ratios"),
    [([[1.0]], [0.7, 0.7]), ([[-1.0]], [0.7]), ([[np.nan]], [0.7]), ([[1.0]], [0.0])],
)
def test_what_makes_no_sense_is_refused(demand: list[list[float]], ratios: list[float]) -> None:
    with pytest.raises(ValueError, match=r"demand|ratios"):
        History(np.array(demand), np.array(ratios))
