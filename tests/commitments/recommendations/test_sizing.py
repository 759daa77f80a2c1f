"""One Compute Savings Plan, sized exactly: against brute force, published cases and laws."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finops_commitments.offers.domain import (
    LARGEST,
    MONTH_HOURS,
    SMALLEST,
    Kind,
    PaymentOption,
    Terms,
)
from finops_commitments.portfolio.market import Offer
from finops_commitments.recommendations.domain import Floats, Sizing, size_commitment


def a_plan(terms: Terms) -> Offer:
    return Offer("compute_savings_plan", Kind.COMPUTE_SAVINGS_PLAN, terms)


ONE_YEAR = a_plan(Terms(1, PaymentOption.NO_UPFRONT))

cents = st.integers(0, 120).map(lambda n: n / 100)
ratios_ = st.sampled_from([0.28, 0.5, 0.6, 0.7, 0.7, 0.85, 1.0, 1.25])


@st.composite
def demands(draw: st.DrawFn) -> tuple[Floats, Floats]:
    classes, hours = draw(st.integers(1, 4)), draw(st.integers(1, 6))
    cells = st.lists(cents, min_size=hours, max_size=hours)
    demand = draw(st.lists(cells, min_size=classes, max_size=classes))
    ratios = draw(st.lists(ratios_, min_size=classes, max_size=classes))
    return np.array(demand), np.array(ratios)


def exact_savings(demand: Floats, ratios: Floats, amount: Decimal) -> Fraction:
    """What the amount saves over all hours, hour by hour, class by class, in fractions."""
    order = sorted(range(len(ratios)), key=lambda at: ratios[at])
    saved = Fraction(0)
    for hour in demand.T:
        left = Fraction(amount)
        saved -= left
        for at in order:
            rate = Fraction(str(ratios[at]))
            taken = min(left, Fraction(str(hour[at])) * rate)
            saved += taken / rate
            left -= taken
    return saved


def brute_force(demand: Floats, ratios: Floats) -> Fraction:
    """The best saving over a grid of a cent a hundred steps wide, and nothing bought."""
    most = float((demand * ratios[:, None]).sum(axis=0).max())
    grid = (Decimal(step) / 100 for step in range(int(most * 100) + 2))
    return max(exact_savings(demand, ratios, each) for each in grid)


def sized(demand: list[list[float]], ratios: list[float], offer: Offer = ONE_YEAR) -> Sizing:
    return size_commitment(np.array(demand), np.array(ratios), offer)


@pytest.mark.req("COM-40", part="the amount of one Compute Savings Plan is the optimum")
@settings(max_examples=80, deadline=None)
@given(demands())
def test_no_amount_of_a_fine_grid_saves_more(case: tuple[Floats, Floats]) -> None:
    demand, ratios = case

    sizing = size_commitment(demand, ratios, ONE_YEAR)

    ours = exact_savings(demand, ratios, sizing.hourly_commitment)
    # The amount stands on a grid of 0.00001, at most half a step from the true optimum.
    slack = Fraction(demand.shape[1], 100_000) * 4
    assert ours >= brute_force(demand, ratios) - slack
    for step in (Fraction(1, 100_000), Fraction(-1, 100_000)):
        beside = Fraction(sizing.hourly_commitment) + step
        if SMALLEST <= beside <= LARGEST:
            near = Decimal(beside.numerator) / Decimal(beside.denominator)
            assert ours >= exact_savings(demand, ratios, near) - Fraction(1, 10**9)


@pytest.mark.req("COM-40", part="a plan is never worse than stated")
@settings(max_examples=60, deadline=None)
@given(demands())
def test_the_stated_saving_is_at_most_the_exact_one(case: tuple[Floats, Floats]) -> None:
    demand, ratios = case

    sizing = size_commitment(demand, ratios, ONE_YEAR)

    exact = exact_savings(demand, ratios, sizing.hourly_commitment) * MONTH_HOURS
    stated = Fraction(sizing.monthly_savings)
    assert stated <= exact / sizing.hours + Fraction(1, 10**8)
    assert stated >= exact / sizing.hours - Fraction(2, 10**6)
    assert sizing.hourly_commitment == round(sizing.hourly_commitment, 5)


@settings(max_examples=60, deadline=None)
@given(demands())
def test_the_figures_of_a_sizing_agree_with_each_other(case: tuple[Floats, Floats]) -> None:
    sizing = size_commitment(*case, ONE_YEAR)

    if not sizing.hourly_commitment:
        assert sizing.monthly_savings == 0
        assert sizing.utilization_percent is None
        assert sizing.roi_percent is None
        return
    assert sizing.monthly_savings >= 0
    assert sizing.utilization_percent is not None
    assert sizing.break_even_utilization_percent is not None
    # Bought only where it is used more than it needs to be.
    assert sizing.break_even_utilization_percent <= sizing.utilization_percent <= 100
    assert sizing.coverage_after_percent is not None
    assert sizing.roi_percent is not None
    assert sizing.savings_rate_percent is not None
    falls = sizing.monthly_savings_if_usage_falls
    for more, less in pairwise((sizing.monthly_savings, falls[20], falls[40])):
        assert more >= less
    term = sizing.monthly_savings / MONTH_HOURS * ONE_YEAR.terms.hours
    assert abs(term / sizing.total_commitment * 100 - sizing.roi_percent) < Decimal("0.01")


def test_one_discount_commits_to_its_quantile_of_hourly_spend() -> None:
    spend_at_plan_rate = [float(n) for n in range(1, 11)]

    sizing = sized([[each / 0.7 for each in spend_at_plan_rate]], [0.7])

    assert Decimal(3) <= sizing.hourly_commitment <= Decimal(4)


def test_the_guides_hour_is_covered_up_to_what_saves() -> None:
    on_demand = [[4.0], [10.0], [16.0], [6.4], [22.5], [0.2]]
    ratios = [0.7, 0.82, 0.75, 0.75, 0.85, 1.0]

    sizing = sized(on_demand, ratios)

    # 46.925 covers all but the Lambda requests, which are in the plan without a discount.
    assert sizing.hourly_commitment == Decimal("46.925")
    assert sizing.monthly_savings == Decimal("11.975") * MONTH_HOURS
    assert sizing.utilization_percent == 100


def test_break_even_utilization_is_one_less_the_discount() -> None:
    sizing = sized([[0.096]], [0.061 / 0.096])

    assert sizing.hourly_commitment == Decimal("0.061")
    assert sizing.break_even_utilization_percent is not None
    assert abs(sizing.break_even_utilization_percent - Decimal("63.5416667")) < Decimal("1e-6")


def test_usage_without_discount_gets_no_plan() -> None:
    sizing = sized([[5.0, 5.0]], [1.0])

    assert sizing.hourly_commitment == 0
    assert sizing.monthly_savings == 0


def test_a_plan_smaller_than_can_be_bought_is_rounded_up_only_where_it_pays() -> None:
    assert sized([[0.0014]], [0.7]).hourly_commitment == SMALLEST
    assert sized([[0.0009]], [0.7]).hourly_commitment == 0


@pytest.mark.req("COM-40", part="upfront, break-even, ROI, coverage before and after, NPV, falls")
def test_a_partial_upfront_plan_states_its_cash_and_break_even() -> None:
    terms = Terms(1, PaymentOption.PARTIAL_UPFRONT)

    sizing = size_commitment(
        np.full((1, 24), 2.0),
        np.array([0.5]),
        a_plan(terms),
        covered_before=Decimal(48),
        cost_of_capital=Decimal(0),
    )

    assert sizing.hourly_commitment == 1
    assert [sizing.total_commitment, sizing.upfront] == [8760, 4380]
    assert sizing.monthly_savings == 730
    assert sizing.monthly_on_demand_before == 1460
    assert sizing.break_even_months == 4  # 4380 / (1460 - 365)
    assert sizing.break_even_utilization_percent == 50
    assert sizing.roi_percent == 100
    assert sizing.savings_rate_percent == 50
    assert [sizing.coverage_before_percent, sizing.coverage_after_percent] == [50, 100]
    assert sizing.net_present_value == 8760
    assert sizing.monthly_savings_if_usage_falls == {20: 438, 40: 146}


def test_dearer_capital_makes_an_upfront_worth_less() -> None:
    demand, ratios = np.full((1, 24), 2.0), np.array([0.5])
    terms = Terms(3, PaymentOption.ALL_UPFRONT)

    free = size_commitment(demand, ratios, a_plan(terms), cost_of_capital=Decimal(0))
    dear = size_commitment(demand, ratios, a_plan(terms), cost_of_capital=Decimal("0.1"))

    assert free.net_present_value is not None
    assert dear.net_present_value is not None
    assert dear.net_present_value < free.net_present_value
    assert dear.upfront == dear.total_commitment == 26280


@pytest.mark.parametrize(
    ("demand", "ratios"),
    [
        (np.zeros((1, 0)), np.array([0.5])),
        (np.zeros(3), np.array([0.5])),
        (np.zeros((2, 3)), np.array([0.5])),
        (np.full((1, 3), -1.0), np.array([0.5])),
        (np.full((1, 3), np.nan), np.array([0.5])),
        (np.zeros((1, 3)), np.array([0.0])),
    ],
)
def test_senseless_input_is_refused(demand: Floats, ratios: Floats) -> None:
    with pytest.raises(ValueError, match=r"must be|is not"):
        size_commitment(demand, ratios, ONE_YEAR)


@pytest.mark.req("COM-40", part="what a smaller plan would do stands beside the best")
@settings(max_examples=40, deadline=None)
@given(demands())
def test_smaller_plans_are_surer_save_less_and_are_exact(case: tuple[Floats, Floats]) -> None:
    demand, ratios = case

    sizing = size_commitment(demand, ratios, ONE_YEAR)

    hours = demand.shape[1]
    for rung in sizing.smaller:
        exact = exact_savings(demand, ratios, rung.hourly_commitment) * MONTH_HOURS / hours
        assert abs(Fraction(rung.monthly_savings) - exact) < Fraction(1, 10**5)
    ladder = [(each.hourly_commitment, each.utilization_percent) for each in sizing.smaller]
    ladder.append((sizing.hourly_commitment, sizing.utilization_percent))
    for (less, surer), (more, idler) in pairwise(ladder):
        assert less <= more
        assert surer is None or idler is None or surer >= idler - Decimal("0.001")
