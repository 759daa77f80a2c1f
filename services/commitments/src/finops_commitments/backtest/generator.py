"""The shipped demand: seven kinds of hourly usage on which policies are compared (COM-43).

Levels, daily and weekly patterns and noise differ by seed; all parameters are drawn from the
ranges below, none was measured on a customer.
"""

from collections.abc import Callable
from enum import StrEnum

import numpy as np

from finops_commitments.backtest.history import History
from finops_commitments.backtest.policies import DAY, YEAR
from finops_commitments.recommendations.domain import Floats

KNOWN_HOURS = 90 * DAY
"""Before the first decision."""
JUDGED_HOURS = 2 * YEAR
HOURS = KNOWN_HOURS + JUDGED_HOURS

RATIO = 0.72
"""A discount of 28 % on all usage."""

Random = np.random.Generator


class Kind(StrEnum):
    """How usage goes over the two years."""

    STEADY = "steady"
    SEASONAL = "seasonal"
    GROWING = "growing"
    SHRINKING = "shrinking"
    STEP_DOWN = "step_down"
    SPIKY = "spiky"
    MIGRATING_FAMILY = "migrating_family"


def generated(kind: Kind, seed: int) -> History:
    """Demand of one kind, 90 days before the first decision and two years after it."""
    random = np.random.default_rng([seed, list(Kind).index(kind)])
    return History(_usage(random) * _COURSES[kind](random), np.array([RATIO]))


def _usage(random: Random) -> Floats:
    """Money per hour, [1, hour], with days, weekends, a slow drift and noise."""
    hour = np.arange(HOURS)
    day = 1 + random.uniform(0.05, 0.3) * np.sin(2 * np.pi * (hour - random.integers(DAY)) / DAY)
    weekend = np.where(np.isin(hour // DAY % 7, (5, 6)), 1 - random.uniform(0, 0.25), 1)
    drift = _drift(random)[hour // DAY]
    noise = np.exp(drift + random.normal(0, 0.03, HOURS))
    usage: Floats = random.uniform(20, 200) * day * weekend * noise
    return usage[None, :]


def _drift(random: Random) -> Floats:
    """Day by day, a tenth of it forgotten each day; deviates by some 5 %."""
    steps = random.normal(0, 0.02, HOURS // DAY + 1)
    for at in range(1, len(steps)):
        steps[at] += 0.9 * steps[at - 1]
    return steps


def _steady(_: Random) -> Floats:
    return np.ones(HOURS)


def _seasonal(random: Random) -> Floats:
    swing, phase = random.uniform(0.15, 0.4), random.uniform(0, 2 * np.pi)
    course: Floats = 1 + swing * np.sin(2 * np.pi * np.arange(HOURS) / YEAR + phase)
    return course


def _growing(random: Random) -> Floats:
    return _to(1 + random.uniform(0.5, 1.5))


def _shrinking(random: Random) -> Floats:
    return _to(1 - random.uniform(0.3, 0.6))


def _to(last: float) -> Floats:
    """From one to `last`, by the same rate at all times."""
    course: Floats = last ** np.linspace(0, 1, HOURS)
    return course


def _step_down(random: Random) -> Floats:
    at = KNOWN_HOURS + random.uniform(0.1, 0.9) * JUDGED_HOURS
    return np.where(np.arange(HOURS) < at, 1.0, 1 - random.uniform(0.3, 0.6))


def _spiky(random: Random) -> Floats:
    """Four to twelve times a year one day to two weeks of one and a half to three times the usage."""
    course = np.ones(HOURS)
    for _ in range(random.integers(8, 25)):
        start = random.integers(HOURS)
        course[start : start + int(random.uniform(1, 14) * DAY)] = random.uniform(1.5, 3)
    return course


def _migrating(random: Random) -> Floats:
    """To a newer, cheaper family: it grows while the older still runs, which then shrinks."""
    start = KNOWN_HOURS + random.uniform(0.05, 0.75) * JUDGED_HOURS
    lasts, overlap = random.uniform(30, 120) * DAY, random.uniform(7, 45) * DAY
    cheaper = random.uniform(0.1, 0.3)
    hour = np.arange(HOURS)
    older = 1 - np.clip((hour - start - overlap) / lasts, 0, 1)
    newer = np.clip((hour - start) / lasts, 0, 1)
    course: Floats = older + (1 - cheaper) * newer
    return course


_COURSES: dict[Kind, Callable[[Random], Floats]] = {
    Kind.STEADY: _steady,
    Kind.SEASONAL: _seasonal,
    Kind.GROWING: _growing,
    Kind.SHRINKING: _shrinking,
    Kind.STEP_DOWN: _step_down,
    Kind.SPIKY: _spiky,
    Kind.MIGRATING_FAMILY: _migrating,
}
