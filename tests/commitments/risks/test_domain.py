"""How likely a commitment is to lie idle, how much is at stake, and what may be done."""

import math
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import fmean
from typing import Any

import pytest

from finops_commitments.inventory.domain import Commitment, Kind
from finops_commitments.risks.causes import Cause
from finops_commitments.risks.domain import Action, Day, Risk, State, allowed, loads, outlook, risk

NOW = datetime(2026, 10, 1, tzinfo=UTC)
COMMITTED = Decimal(100)


def a_commitment(**known: Any) -> Commitment:  # noqa: ANN401 - the model's own types
    facts: dict[str, Any] = {
        "kind": Kind.SPEND,
        "currency": "USD",
        "starts_at": NOW - timedelta(days=100),
        "ends_at": NOW + timedelta(days=265),
    }
    return Commitment(id="c", provider="AWS", **facts | known)


def days(*used: float, left: float = 0) -> list[Day]:
    """Covered usage costs half as much again on demand."""
    return [Day(Decimal(str(u)), Decimal(str(u * 1.5)), Decimal(str(left))) for u in used]


def risk_of(history: list[Day], **known: Any) -> Risk:  # noqa: ANN401 - the model's own types
    return risk(a_commitment(**known), history, COMMITTED, Decimal(50), Cause.SHUT_DOWN, NOW)


@pytest.mark.req("COM-30", part="state, probability, money at risk: worked cases")
def test_steady_use_is_healthy_and_a_fall_that_will_pass_the_threshold_is_at_risk() -> None:
    steady = risk_of(days(*[90.0, 92.0] * 14))
    falling = risk_of(days(*[100.0 - 1.5 * day for day in range(28)]))
    idle = risk_of(days(*[40.0, 42.0] * 14))

    assert [steady.state, steady.action, steady.cause] == [State.HEALTHY, Action.KEEP, None]
    assert steady.probability == pytest.approx(0, abs=1e-6)
    assert [falling.state, falling.probability] == [State.AT_RISK, 1]
    assert falling.cause is Cause.SHUT_DOWN
    # The line passes zero within the 90 days, whose mean it is under: all of them at 100 a day.
    assert [falling.days, falling.money_at_risk] == [90, 9000]
    assert idle.state is State.UNDERUTILIZED


@pytest.mark.req("COM-30", part="money at risk by the days that are left")
def test_only_the_days_that_are_left_are_at_risk() -> None:
    half = days(*[75.0] * 28)

    ending = risk_of(half, ends_at=NOW + timedelta(days=9, hours=1))
    endless = risk_of(half, ends_at=None)

    assert [ending.days, ending.money_at_risk] == [10, 250]
    assert [endless.days, endless.money_at_risk] == [90, 2250]


@pytest.mark.req("COM-30", part="the owner's usage trend")
def test_usage_that_shrinks_above_a_full_commitment_is_seen_before_utilization_falls() -> None:
    shrinking = [Day(Decimal(100), Decimal(150), Decimal(140 - 5 * day)) for day in range(28)]
    growing = shrinking[::-1]

    assert loads(shrinking, COMMITTED)[0] == pytest.approx(290 / 150)
    assert risk_of(shrinking).state is State.AT_RISK
    assert risk_of(growing).state is State.HEALTHY
    assert loads(days(80.0, left=500), COMMITTED) == [0.8]


@pytest.mark.req("COM-30", part="probability: as often as it comes true")
def test_what_is_called_so_likely_comes_true_so_often() -> None:
    seeded = random.Random(7)  # noqa: S311 - a drawing, no secret
    told = []
    for _ in range(3000):
        world = [0.8 - 0.003 * day + seeded.gauss(0, 0.08) for day in range(62)]
        told.append(outlook(world[:42], 20, fmean(world[42:])).probability)

    # Of what came, a share `p` lies where it was said to lie with the probability `p`.
    for share in (0.1, 0.25, 0.5, 0.75, 0.9):
        assert fmean(each < share for each in told) == pytest.approx(share, abs=0.03)


@pytest.mark.req("COM-30", part="probability: closed form")
def test_the_probability_is_the_normal_one_of_the_line_carried_on() -> None:
    seen = [0.9, 0.7, 0.8, 0.6]

    found = outlook(seen, 2, 0.5)

    # By hand: slope -0.08, mean 0.75, s² = 0.018 / 2, x - x̄ = 3, Sxx = 5.
    assert found.utilization == pytest.approx(0.75 - 0.08 * 3)
    deviation = math.sqrt(0.009 * (1 / 2 + 1 / 4 + 9 / 5))
    assert found.probability == pytest.approx(
        0.5 * (1 + math.erf((0.5 - 0.51) / deviation / math.sqrt(2)))
    )


@pytest.mark.req("COM-30", part="too little is unknown")
def test_two_weeks_and_a_known_cost_are_needed() -> None:
    short = risk_of(days(*[10.0] * 13))
    unpriced = risk(a_commitment(), days(*[10.0] * 28), None, Decimal(50), None, NOW)

    assert [short.state, short.probability, short.money_at_risk] == [State.UNKNOWN, None, None]
    assert unpriced.state is State.UNKNOWN


@pytest.mark.req("COM-30", part="action by the commitment's rights")
@pytest.mark.parametrize(
    ("known", "first"),
    [
        ({"kind": Kind.CAPACITY, "offering_class": "convertible"}, Action.EXCHANGE),
        ({"kind": Kind.CAPACITY, "offering_class": "standard"}, Action.RESELL),
        ({"offering_class": "standard"}, Action.MOVE_TO_AUTOSAVINGS),
        ({}, Action.MOVE_TO_AUTOSAVINGS),
        ({"ends_at": NOW + timedelta(days=60)}, Action.LET_LAPSE),
        (
            {"kind": Kind.CAPACITY, "offering_class": "standard",
             "ends_at": NOW + timedelta(days=29)},
            Action.LET_LAPSE,
        ),
        (
            {"kind": Kind.CAPACITY, "offering_class": "standard",
             "starts_at": NOW - timedelta(days=29)},
            Action.MOVE_TO_AUTOSAVINGS,
        ),
        (
            {"kind": Kind.CAPACITY, "offering_class": "convertible",
             "ends_at": NOW + timedelta(hours=23)},
            Action.LET_LAPSE,
        ),
    ],
)  # fmt: skip
def test_only_what_its_rights_allow_is_advised(known: dict[str, Any], first: Action) -> None:
    assert allowed(a_commitment(**known), NOW)[0] is first
    assert risk_of(days(*[10.0] * 28), **known).action is first
