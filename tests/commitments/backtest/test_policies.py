"""Laws of the robust policy."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finops_commitments.backtest.generator import RATIO, Kind, generated
from finops_commitments.backtest.history import History
from finops_commitments.backtest.policies import DAY, OURS, POLICIES, YEAR, Moment, Policy
from finops_commitments.backtest.replay import committed_by
from finops_commitments.recommendations.domain import Floats

NOW = 120 * DAY
days = st.lists(st.integers(0, 100), min_size=120, max_size=120)


def by_day(*amounts: float) -> History:
    """Money per hour, day by day."""
    return History(np.repeat(np.array(amounts, float), DAY)[None, :], np.array([RATIO]))


def level(amount: float, count: int = 120) -> list[float]:
    return [amount] * count


def nothing_owned() -> Floats:
    return np.zeros(YEAR + OURS.every)


def a_moment(history: History, committed: Floats | None = None, leaving: float = 0) -> Moment:
    owned = nothing_owned() if committed is None else committed
    return Moment(history, NOW, owned, leaving)


def bought(moment: Moment) -> float:
    return sum(each.amount for each in OURS.buy(moment))


@pytest.mark.req("COM-42", part="percentile baseline: never above what paid the break-even")
@settings(max_examples=50)
@given(days)
def test_every_level_aimed_at_was_used_often_enough_to_pay(amounts: list[int]) -> None:
    moment = a_moment(by_day(*amounts))

    target = OURS.target(moment)

    for window in (30, 90):
        usage = np.array(amounts[-window:]) * RATIO
        assert target == 0 or (usage >= target).mean() >= RATIO - 1e-9


@pytest.mark.req("COM-42", part="stop on a fall")
@settings(max_examples=50)
@given(days)
def test_nothing_is_bought_in_a_fall(amounts: list[int]) -> None:
    falling = np.mean(amounts[-7:]) < 0.9 * np.mean(amounts[-30:])

    if falling:
        assert bought(a_moment(by_day(*amounts))) == 0


@pytest.mark.req("COM-42", part="stop on a fall")
def test_what_falls_a_tenth_in_a_week_is_not_bought_for_and_what_stays_is() -> None:
    fallen = by_day(*level(100, 113), *level(80, 7))

    assert bought(a_moment(fallen)) == 0
    assert bought(a_moment(by_day(*level(100)))) > 0


@pytest.mark.req("COM-42", part="spike guard: lowers or holds the target")
@settings(max_examples=50)
@given(days, st.floats(1, 2), st.floats(1, 2))
def test_a_tighter_spike_guard_never_aims_higher(
    amounts: list[int], one: float, other: float
) -> None:
    moment = a_moment(by_day(*amounts))

    tight, wide = (replace(OURS, spike=each).target(moment) for each in sorted((one, other)))

    assert tight <= wide


@pytest.mark.req("COM-42", part="spike guard: lowers or holds the target")
def test_a_spike_of_two_weeks_does_not_raise_the_target() -> None:
    before = [60.0 if at % 10 < 3 else 100.0 for at in range(106)]
    spike = by_day(*before, *level(150, 14))
    usual = Moment(by_day(*before), 106 * DAY, nothing_owned())

    moment = a_moment(spike)

    assert OURS.spikes(moment)
    assert OURS.target(moment) == OURS.target(usual)
    assert replace(OURS, spike=9).target(moment) > OURS.target(usual)


@pytest.mark.req("COM-42", part="queued purchases count as owned")
@pytest.mark.parametrize("wait", [2, 30])
def test_what_is_queued_is_not_bought_again(wait: int) -> None:
    history = by_day(*level(100))
    target = OURS.target(a_moment(history))
    queued = nothing_owned()
    queued[wait * DAY :] = target

    # The days before it begins are worth no year, in which both would be paid.
    assert OURS.buy(a_moment(history, queued)) == []
    assert OURS.buy(a_moment(history, np.full_like(queued, target))) == []
    assert bought(a_moment(history, queued / 2)) == pytest.approx(target / 2)


@pytest.mark.req("COM-42", part="pending expiries are replaced from their end on")
def test_what_ends_before_the_next_decision_is_replaced_when_it_ends() -> None:
    history = by_day(*level(100))
    target = OURS.target(a_moment(history))
    ending = np.full(YEAR + OURS.every, target)
    ending[3 * DAY :] = target * 0.75

    (replacement,) = OURS.buy(a_moment(history, ending))

    assert replacement.delay == 3 * DAY
    assert replacement.amount == pytest.approx(target * 0.25)


@pytest.mark.req("COM-42", part="planned changes lower the target")
def test_what_is_planned_to_leave_is_not_committed_to() -> None:
    history = by_day(*level(100))

    stays, leaves = OURS.target(a_moment(history)), OURS.target(a_moment(history, leaving=0.4))

    assert leaves == pytest.approx(0.6 * stays)


@pytest.mark.req("COM-42", part="a minimum saving")
def test_a_purchase_that_saves_next_to_nothing_is_left() -> None:
    history = by_day(*level(100))
    target = OURS.target(a_moment(history))
    nearly = np.full(YEAR + OURS.every, target * 0.9995)

    assert OURS.buy(a_moment(history, nearly)) == []
    assert len(replace(OURS, minimum_saving=0).buy(a_moment(history, nearly))) == 1


@pytest.mark.req("COM-42", part="weekly slices")
def test_at_most_half_the_target_is_bought_in_a_week() -> None:
    moment = a_moment(by_day(*level(100)))

    assert bought(moment) == pytest.approx(OURS.target(moment) / 2)


@pytest.mark.req("COM-42", part="a season that was seen once is known")
def test_after_a_year_the_target_is_no_seasons_peak() -> None:
    year = [100 + 40 * np.sin(2 * np.pi * at / 365) for at in range(365)]
    history = by_day(*year, *year[:140])
    peak = Moment(history, (365 + 120) * DAY, nothing_owned())
    first = Moment(history, 120 * DAY, nothing_owned())

    assert OURS.target(peak) < 0.8 * OURS.target(first)


@pytest.mark.req("COM-43", part="a replayed policy sees the past alone")
@pytest.mark.parametrize("policy", POLICIES, ids=lambda each: each.name)
def test_what_comes_later_changes_nothing_before(policy: Policy) -> None:
    history = generated(Kind.SPIKY, 1)
    middle = 300 * DAY
    changed = history.demand.copy()
    changed[:, middle:] *= 3

    one = committed_by(policy, history, 90 * DAY, middle + 100 * DAY, YEAR)
    other = committed_by(
        policy, History(changed, history.ratios), 90 * DAY, middle + 100 * DAY, YEAR
    )

    same = middle - 90 * DAY
    assert one[:same].max() > 0
    assert np.array_equal(one[:same], other[:same])
