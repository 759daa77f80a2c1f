"""Policies judged by replaying them: at each decision they see the past alone."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from finops_commitments.backtest.history import History
from finops_commitments.backtest.policies import Moment, Policy
from finops_commitments.recommendations.domain import Floats


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a policy saved in one replay, and what was possible; money over all its hours.

    `best` is what the best constant commitment in hindsight saves; `demand` is the
    on-demand cost without any commitment.
    """

    saved: float
    best: float
    demand: float

    @property
    def share(self) -> float | None:
        """Saved of what was possible; above 1 is better than any constant, None where nothing was."""
        return self.saved / self.best if self.best > 0 else None


@dataclass(frozen=True, slots=True)
class Summary:
    """A policy over its replays: shares of the possible; p10 is the 10th percentile."""

    mean: float
    p10: float
    worst: float
    replays: int

    @classmethod
    def of(cls, shares: Sequence[float]) -> "Summary":
        """Of at least one replay."""
        p10 = float(np.quantile(shares, 0.1))
        return cls(float(np.mean(shares)), p10, min(shares), len(shares))


def committed_by(policy: Policy, history: History, start: int, end: int, term: int) -> Floats:
    """What the policy has committed in the hours [start, end), money per hour, [hour].

    It owns nothing at the start. Its commitments last `term` hours; what they cost and save
    after the end is not seen, as for every other policy.
    """
    committed = np.zeros(end - start + policy.every + 2 * term)
    for now in range(start, end, policy.every):
        at = now - start
        moment = Moment(history, now, committed[at : at + policy.every + term])
        for delay, amount in policy.buy(moment):
            committed[at + delay : at + delay + term] += amount
    return committed[: end - start]


def replay(policy: Policy, history: History, start: int, end: int, term: int) -> Outcome:
    """What the policy saves in the hours [start, end), with commitments of `term` hours."""
    committed = committed_by(policy, history, start, end, term)
    best = np.full(end - start, history.best_amount(start, end))
    return Outcome(
        saved=float(history.savings(committed, start).sum()),
        best=float(history.savings(best, start).sum()),
        demand=float(history.total[start:end].sum()),
    )
