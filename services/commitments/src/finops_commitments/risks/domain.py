"""How likely a commitment is to be underutilized in the days it has left; pure (COM-30)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from statistics import NormalDist, fmean

from finops_commitments.figures.domain import EXACT
from finops_commitments.inventory.domain import Commitment, Kind
from finops_commitments.risks.causes import Cause

LEAST_DAYS = 14
"""Fewer days show no trend."""
HORIZON = 90
"""Days a trend is carried on at most: the line of some weeks says nothing of next year."""
_RECENT = 7
_MOST_LOAD = 2.0
_FULL = 0.999
_EXACT = 1e-18
_LIKELY, _POSSIBLE = 0.5, 0.2

_SHORT = timedelta(days=60)
# Of the EC2 marketplace and of exchanges: cloud-facts.md section 2.
_HELD, _MONTH_LEFT, _DAY_LEFT = timedelta(days=30), timedelta(days=30), timedelta(hours=24)


class State(StrEnum):
    """Watch from a probability of 20 % on, at risk from 50 %; underutilized is so already."""

    UNKNOWN = "unknown"
    HEALTHY = "healthy"
    WATCH = "watch"
    AT_RISK = "at_risk"
    UNDERUTILIZED = "underutilized"


class Action(StrEnum):
    KEEP = "keep"
    EXCHANGE = "exchange"
    RESELL = "resell"
    LET_LAPSE = "let_lapse"
    MOVE_TO_AUTOSAVINGS = "move_to_autosavings"


@dataclass(frozen=True, slots=True)
class Day:
    """A whole day: what of the commitment was used, at amortised cost.

    And at on-demand price the usage it covered, and the owner's it could have covered besides.
    """

    used: Decimal
    covered: Decimal
    left: Decimal


@dataclass(frozen=True, slots=True)
class Outlook:
    """The mean utilization of the `days` ahead, 0 to 1, and how likely it is under the threshold."""

    days: int
    utilization: float
    probability: float


@dataclass(frozen=True, slots=True)
class Risk:
    """One commitment's risk; None is not known. Money is expected to lie idle in `days`."""

    commitment_id: str
    currency: str | None
    ends_at: datetime | None
    state: State
    utilization: float | None
    days: int
    expected_utilization: float | None
    probability: float | None
    money_at_risk: Decimal | None
    cause: Cause | None
    action: Action
    allowed: tuple[Action, ...]


def loads(days: Sequence[Day], committed_a_day: Decimal) -> list[float]:
    """How much of the commitment its owner's usage fills, by day; past 1 there is more of it.

    While the commitment is full, a shrinking owner first loses what is on demand: the load
    falls before utilization does. 2 at most.
    """
    return [_load(day, committed_a_day) for day in days]


def outlook(loads: Sequence[float], days: int, threshold: float) -> Outlook:
    """A straight line through the daily loads by least squares, carried on over `days`.

    The mean of the line ahead is normal around its prediction with the variance
    s² (1/m + 1/n + (x - x̄)² / Sxx), n days seen, m ahead, x the middle of those ahead: the
    probability that it is under the threshold is one value of the normal distribution. Days are
    taken as independent around the line.
    """
    seen = len(loads)
    middle = (seen - 1) / 2
    spread = seen * (seen * seen - 1) / 12
    mean = fmean(loads)
    slope = sum((day - middle) * load for day, load in enumerate(loads)) / spread
    rest = sum((load - mean - slope * (day - middle)) ** 2 for day, load in enumerate(loads))
    away = seen + (days - 1) / 2 - middle
    predicted = mean + slope * away
    variance = rest / (seen - 2) * (1 / days + 1 / seen + away * away / spread)
    # Below what sums of floats can tell, a line is exact.
    if variance < _EXACT:
        probability = 1.0 if predicted < threshold else 0.0
    else:
        probability = NormalDist(predicted, math.sqrt(variance)).cdf(threshold)
    return Outlook(days, min(max(predicted, 0.0), 1.0), probability)


def risk(
    commitment: Commitment,
    days: Sequence[Day],
    committed_a_day: Decimal | None,
    threshold: Decimal,
    cause: Cause | None,
    at: datetime,
) -> Risk:
    """The risk of a running commitment, from its whole days up to now, oldest first.

    `threshold` is the percent of utilization under which a commitment counts as underutilized.
    """
    ahead = days_ahead(commitment, at)
    if len(days) < LEAST_DAYS or not committed_a_day:
        return _unknown(commitment, ahead, at)
    filled = loads(days, committed_a_day)
    share = float(threshold) / 100
    found = outlook(filled, ahead, share)
    recent = fmean(min(load, 1.0) for load in filled[-_RECENT:])
    state = _state(recent, share, found.probability)
    idle = EXACT.subtract(Decimal(1), Decimal(str(round(found.utilization, 6))))
    options = allowed(commitment, at)
    return Risk(
        commitment_id=commitment.id,
        currency=commitment.currency,
        ends_at=commitment.ends_at,
        state=state,
        utilization=recent,
        days=ahead,
        expected_utilization=found.utilization,
        probability=found.probability,
        money_at_risk=EXACT.multiply(EXACT.multiply(committed_a_day, Decimal(ahead)), idle),
        cause=None if state is State.HEALTHY else cause,
        action=Action.KEEP if state is State.HEALTHY else options[0],
        allowed=options,
    )


def days_ahead(commitment: Commitment, at: datetime) -> int:
    """Days left, begun ones counted, 90 at most; 90 where the end is not known."""
    if commitment.ends_at is None:
        return HORIZON
    return max(1, min(HORIZON, -((at - commitment.ends_at) // timedelta(days=1))))


def allowed(commitment: Commitment, at: datetime) -> tuple[Action, ...]:
    """What may be done with it, best first, by the rights of AWS (cloud-facts.md section 2).

    Only EC2 Convertible may be exchanged, with a day left. Only EC2 Standard may be sold, held
    for 30 days and with a month left; one bought at a discount may not, which no list tells.
    Everything may lapse; what runs on for long counts into what autosavings plans.
    """
    left = None if commitment.ends_at is None else commitment.ends_at - at
    held = None if commitment.starts_at is None else at - commitment.starts_at
    offering = (commitment.offering_class or "").casefold()
    found = []
    if commitment.provider == "AWS" and commitment.kind is Kind.CAPACITY:
        if offering == "convertible" and left is not None and left >= _DAY_LEFT:
            found.append(Action.EXCHANGE)
        if offering == "standard" and held is not None and held >= _HELD and _long(left):
            found.append(Action.RESELL)
    last = [Action.LET_LAPSE, Action.MOVE_TO_AUTOSAVINGS]
    ends_soon = left is not None and left <= _SHORT
    return (*found, *(last if ends_soon else reversed(last)))


def _long(left: timedelta | None) -> bool:
    return left is not None and left >= _MONTH_LEFT


def _load(day: Day, committed: Decimal) -> float:
    used = float(day.used / committed)
    if used < _FULL or day.covered <= 0:
        return min(used, _MOST_LOAD)
    return min(used * float((day.covered + max(day.left, Decimal(0))) / day.covered), _MOST_LOAD)


def _state(recent: float, threshold: float, probability: float) -> State:
    if recent < threshold:
        return State.UNDERUTILIZED
    if probability >= _LIKELY:
        return State.AT_RISK
    return State.WATCH if probability >= _POSSIBLE else State.HEALTHY


def _unknown(commitment: Commitment, ahead: int, at: datetime) -> Risk:
    return Risk(
        commitment_id=commitment.id,
        currency=commitment.currency,
        ends_at=commitment.ends_at,
        state=State.UNKNOWN,
        utilization=None,
        days=ahead,
        expected_utilization=None,
        probability=None,
        money_at_risk=None,
        cause=None,
        action=Action.KEEP,
        allowed=allowed(commitment, at),
    )
