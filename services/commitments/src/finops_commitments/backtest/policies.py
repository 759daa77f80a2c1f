"""Buying policies: how much to commit at a moment, from what is known then and nothing later."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import numpy as np

from finops_commitments.backtest.history import History
from finops_commitments.recommendations.domain import MINIMUM_SAVING, Floats

DAY = 24
WEEK = 7 * DAY
YEAR = 365 * DAY
QUARTER = YEAR // 4


class Purchase(NamedTuple):
    """A commitment of `amount` money per hour that begins `delay` hours from now."""

    delay: int
    amount: float


@dataclass(frozen=True, eq=False)
class Moment:
    """What a policy knows when it decides.

    Args:
        history: demand; only the hours before `now` may be read.
        now: the hour of the decision.
        committed: money per hour that is owned or queued, [hour] from `now` on for at least
            one term; it falls where a commitment ends.
        leaving: the share of the demand expected to leave during the term by planned
            changes, weighted by their confidence, 0 to 1.
    """

    history: History
    now: int
    committed: Floats
    leaving: float = 0.0

    def best_amount(self, days: int) -> float:
        """The best constant commitment over the last `days`, or what is known of them."""
        return self.history.best_amount(self.now - days * DAY, self.now)

    def mean(self, days: int) -> float:
        """Mean on-demand cost of the last `days`, money per hour."""
        return self.history.mean(self.now - days * DAY, self.now)


class Policy(Protocol):
    """When and how much to buy; `every` is in hours."""

    @property
    def name(self) -> str: ...

    @property
    def every(self) -> int: ...

    def buy(self, moment: Moment) -> Sequence[Purchase]:
        """What to buy at the moment, for a term from when each begins."""


@dataclass(frozen=True)
class TopUp:
    """Tops up to `part` of the amount that would have been best in the last `days`.

    With `part` 1 this is how providers recommend: no eye on trends, falls or spikes.
    """

    name: str
    days: int
    every: int
    part: float = 1.0

    def buy(self, moment: Moment) -> Sequence[Purchase]:
        """What is missing now, at once."""
        missing = self.part * moment.best_amount(self.days) - float(moment.committed[0])
        return [Purchase(0, missing)] if missing > 0 else []


@dataclass(frozen=True)
class Robust:
    """Ours (COM-42): a low baseline, in weekly slices, deaf to spikes, and nothing in a fall.

    The baseline is the lowest of what would have been best in the last 30 and 90 days and,
    once 13 months are known, in a year at today's level: a level is bought only if its use
    has paid the break-even in each of them. Planned changes lower it. What is queued counts
    as owned, and what ends before the next decision is replaced from its end on, so that no
    hour pays for both.

    Args:
        part: of the baseline that is aimed at.
        slice: of the target that is bought a week at most.
        spike: where the 14-day mean is more than this many times the 90-day one, the target
            is held at what it was 14 days ago.
        fall: where the 7-day mean is below this part of the 30-day one, nothing is bought.
        minimum_saving: of a purchase, had usage stayed as in the last 30 days, as a share of
            the on-demand cost it leaves.
    """

    name: str = "ours"
    every: int = WEEK
    part: float = 0.88
    slice: float = 0.5
    spike: float = 1.2
    fall: float = 0.9
    minimum_saving: float = float(MINIMUM_SAVING)

    def buy(self, moment: Moment) -> Sequence[Purchase]:
        """The slice of this week; empty in a fall, or when it saves too little."""
        if self.falls(moment):
            return []
        bought = self._slice(moment, self.target(moment))
        return bought if self._pays(moment, sum(each.amount for each in bought)) else []

    def target(self, moment: Moment) -> float:
        """The commitment to be reached, money per hour."""
        baseline = _baseline(moment)
        if self.spikes(moment):
            baseline = min(baseline, _baseline(replace(moment, now=moment.now - 14 * DAY)))
        return self.part * baseline * (1 - moment.leaving)

    def spikes(self, moment: Moment) -> bool:
        return moment.mean(14) > self.spike * moment.mean(90)

    def falls(self, moment: Moment) -> bool:
        return moment.mean(7) < self.fall * moment.mean(30)

    def _slice(self, moment: Moment, target: float) -> list[Purchase]:
        """What will be missing for a whole term from some hour on, up to the slice."""
        later_most = np.maximum.accumulate(moment.committed[::-1])[::-1]
        missing = np.clip(target - later_most[: self.every], 0, self.slice * target)
        steps = np.diff(missing, prepend=0.0)
        return [Purchase(int(at), float(steps[at])) for at in np.flatnonzero(steps)]

    def _pays(self, moment: Moment, amount: float) -> bool:
        since = max(moment.now - 30 * DAY, 0)
        owned = np.full(moment.now - since, moment.committed[: self.every].min())
        before = moment.history.savings(owned, since).sum()
        saved = moment.history.savings(owned + amount, since).sum() - before
        left = moment.history.total[since : moment.now].sum() - before - owned.sum()
        return bool(saved > 0 and saved >= self.minimum_saving * left)


def _baseline(moment: Moment) -> float:
    return min(moment.best_amount(30), moment.best_amount(90), _season(moment))


def _season(moment: Moment) -> float:
    """The best over a year at today's level; infinite where less than 13 months are known.

    The last 30 days stand against the same days a year before, in which a season cancels out
    and growth does not. A level that fell needs no help: the shorter windows know it.
    """
    a_year_ago = moment.now - YEAR
    if a_year_ago < 30 * DAY:
        return math.inf
    then = moment.history.mean(a_year_ago - 30 * DAY, a_year_ago)
    grown = max(1.0, moment.mean(30) / then) if then else 1.0
    return moment.best_amount(365) * grown


OURS = Robust()
PLAIN_RULE = TopUp("0.8_x_30_days", days=30, every=QUARTER, part=0.8)
POLICIES: tuple[Policy, ...] = (
    OURS,
    TopUp("provider_30_days", days=30, every=QUARTER),
    TopUp("provider_60_days", days=60, every=YEAR),
    PLAIN_RULE,
)
"""Ours, how providers advise, and the plain rule that is hard to beat (cloud-facts 4.4)."""
