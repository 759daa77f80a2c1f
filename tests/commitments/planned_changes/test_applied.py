"""What planned changes make of a demand: where, from when, how likely, and who did what."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_commitments.planned_changes.domain import PlannedChange, Where, applied
from finops_common.ids import new_id

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
M5 = Where("AmazonEC2", "us-east-1", "111111111111", "m5")
C5 = Where("AmazonEC2", "us-east-1", "111111111111", "c5")
NO_FAMILY = Where("AWSLambda", "us-east-1", "111111111111", None)
CLASSES = (M5, C5, NO_FAMILY)


def a_change(
    share: str = "-100",
    confidence: str = "100",
    scope: Where | None = None,
    starts_on: date = date(2026, 12, 1),
) -> PlannedChange:
    return PlannedChange(
        new_id(), "a change", scope or Where(), starts_on, Decimal(share), Decimal(confidence)
    )


@pytest.mark.req("COM-33", part="scope, date and share change a demand")
def test_a_shutdown_ends_what_is_in_its_scope_from_its_first_hour() -> None:
    demand = np.full((3, 24), 2.0)

    found = applied(demand, CLASSES, NOON, [a_change(scope=Where(family="m5"))])

    assert found.demand[0].tolist() == [2.0] * 12 + [0.0] * 12
    assert found.demand[1:].tolist() == demand[1:].tolist() == [[2.0] * 24] * 2
    assert (found.effects[0].classes, found.effects[0].added) == (1, -24.0)


@pytest.mark.req("COM-33", part="every part of a scope narrows it")
@pytest.mark.parametrize(
    ("scope", "reached"),
    [
        (Where(), 3),
        (Where(service="AmazonEC2"), 2),
        (Where(region="us-east-1", account="111111111111"), 3),
        (Where(account="222222222222"), 0),
        (Where(region="eu-west-1", family="m5"), 0),
        (Where(service="AWSLambda", family="m5"), 0),
    ],
)
def test_a_change_reaches_what_agrees_in_all_it_names(scope: Where, reached: int) -> None:
    found = applied(np.ones((3, 24)), CLASSES, NOON, [a_change(scope=scope)])

    assert found.effects[0].classes == reached
    assert found.effects[0].added == -12 * reached


@pytest.mark.req("COM-33", part="confidence weighs a change")
def test_a_change_counts_as_likely_as_it_is() -> None:
    doubled = a_change("100", "50", M5)
    halved = a_change("-50", "80", M5)

    found = applied(np.ones((1, 13)), [M5], NOON, [doubled, halved])

    # Of two that come or not, independent of each other: (1 + 1 x 0.5)(1 - 0.5 x 0.8).
    assert found.demand[0, 12] == pytest.approx(1.5 * 0.6)


@pytest.mark.req("COM-33", part="what the bill shows already is not changed again")
def test_only_what_starts_ahead_changes_anything() -> None:
    begun, now = a_change(starts_on=date(2026, 11, 29)), a_change(starts_on=date(2026, 11, 30))

    assert applied(np.ones((1, 4)), [M5], NOON, [begun, now]).effects == ()
    midnight = datetime(2026, 11, 30, tzinfo=UTC)
    assert applied(np.ones((1, 4)), [M5], midnight, [begun, now]).demand.sum() == 0


@pytest.mark.req("COM-33", part="steps other than hours")
def test_within_a_longer_step_a_change_counts_for_what_is_left_of_it() -> None:
    found = applied(np.ones((1, 2)), [M5], NOON, [a_change()], timedelta(days=1))

    assert found.demand.tolist() == [[0.5, 0.0]]


def test_a_demand_of_other_classes_is_refused() -> None:
    with pytest.raises(ValueError, match="3 classes"):
        applied(np.ones((2, 24)), CLASSES, NOON, [])


_SCOPES = st.sampled_from([Where(), *CLASSES, Where(family="m5"), Where("AmazonEC2")])
_CHANGES = st.builds(
    a_change,
    st.integers(-100, 300).map(str),
    st.integers(1, 100).map(str),
    _SCOPES,
    st.dates(date(2026, 11, 28), date(2026, 12, 4)),
)


@pytest.mark.req("COM-33", part="effects add up; order does not matter; never below zero")
@given(st.lists(_CHANGES, max_size=6), st.randoms())
def test_what_each_change_adds_makes_up_the_difference(
    changes: list[PlannedChange], random: Random
) -> None:
    demand = np.linspace(0, 5, 3 * 72).reshape(3, 72)
    before = demand.copy()

    found = applied(demand, CLASSES, NOON, changes)

    assert (demand == before).all()
    assert found.demand.min() >= -1e-9
    total = sum(effect.added for effect in found.effects)
    assert found.demand.sum() - demand.sum() == pytest.approx(total, abs=1e-6)
    shuffled = random.sample(changes, len(changes))
    assert applied(demand, CLASSES, NOON, shuffled).demand == pytest.approx(found.demand)
