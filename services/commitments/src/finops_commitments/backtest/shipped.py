"""All policies on the shipped demand, and whether ours is ahead (COM-43)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from finops_commitments.backtest.generator import HOURS, KNOWN_HOURS, RATIO, Kind, generated
from finops_commitments.backtest.policies import OURS, PLAIN_RULE, POLICIES, YEAR, Policy
from finops_commitments.backtest.replay import Summary, replay

SEEDS = range(10)
"""The policy's numbers were chosen on seeds from 100 on."""


@dataclass(frozen=True)
class Shipped:
    """Shares of the possible savings by policy and kind, one a seed."""

    shares: Mapping[str, Mapping[Kind, Sequence[float]]]

    @property
    def summaries(self) -> dict[str, Summary]:
        """Each policy over all kinds and seeds."""
        return {
            name: Summary.of([share for each in by_kind.values() for share in each])
            for name, by_kind in self.shares.items()
        }

    @property
    def is_above_all(self) -> bool:
        """Whether ours beats every other policy on the mean."""
        found = self.summaries
        ours = found.pop(OURS.name)
        return all(ours.mean > each.mean for each in found.values())

    @property
    def is_no_worse_at_p10(self) -> bool:
        """Whether ours is not below the plain rule at the 10th percentile."""
        return self.summaries[OURS.name].p10 >= self.summaries[PLAIN_RULE.name].p10


def on_shipped_demand(
    seeds: Iterable[int] = SEEDS, policies: Sequence[Policy] = POLICIES
) -> Shipped:
    """Replay policies with one-year commitments over two years of each kind and seed."""
    shares: dict[str, dict[Kind, list[float]]] = {
        each.name: {kind: [] for kind in Kind} for each in policies
    }
    for kind in Kind:
        for history in (generated(kind, seed) for seed in seeds):
            for policy in policies:
                share = replay(policy, history, KNOWN_HOURS, HOURS, YEAR).share
                if share is None:
                    raise AssertionError(f"no discount at {RATIO}")
                shares[policy.name][kind].append(share)
    return Shipped(shares)
