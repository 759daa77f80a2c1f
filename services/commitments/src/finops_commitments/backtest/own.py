"""Policies replayed on what an organization's payers used, from every month they could start in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from finops_commitments.backtest.history import History
from finops_commitments.backtest.policies import DAY, OURS, POLICIES, Moment
from finops_commitments.backtest.replay import Outcome, Summary, replay
from finops_commitments.figures.domain import EXACT, Group
from finops_commitments.figures.records import UNCOVERED_COMPUTE, Filters, HourlyRecords
from finops_commitments.offers.domain import MONTH_HOURS, OfferTable, Terms
from finops_commitments.offers.packing import Usage, compute_offers
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.recommendations.advice import Family
from finops_commitments.recommendations.demand import Demand, residual_demand

KNOWN_HOURS = 30 * DAY
"""Before the earliest start."""
JUDGED_HOURS = 90 * DAY
"""After the latest start."""
NEEDED_HOURS = KNOWN_HOURS + JUDGED_HOURS

_RATIO_STEP = 0.01
"""Classes whose ratios are this close are one, at the ratio of their sum."""


@dataclass(frozen=True)
class Start:
    """Replays that began in one hour with nothing bought, and lasted `hours`."""

    at: datetime
    hours: int
    outcomes: Mapping[str, Outcome]


@dataclass(frozen=True)
class OwnBacktest:
    """A payer's history under every policy; no starts where it is too short.

    `known_hours` go from the first usage that could be covered. `buys_now` is what each
    policy would buy at the end, money per hour, were nothing queued.
    """

    family: Family
    terms: Terms
    known_hours: int
    starts: tuple[Start, ...]
    buys_now: Mapping[str, float]
    in_spike: bool
    in_fall: bool

    def monthly_savings(self, policy: str) -> Summary:
        """Over the starts, money for 730 hours."""
        return Summary.of(
            [each.outcomes[policy].saved / each.hours * MONTH_HOURS for each in self.starts]
        )

    def shares(self, policy: str) -> Summary | None:
        """Over the starts, of what the best constant commitment saves; None: nothing could."""
        known = self.shares_by_policy.get(policy)
        return Summary.of(known) if known else None

    @property
    def shares_by_policy(self) -> dict[str, list[float]]:
        """One a start in which anything could be saved; no policy where there is none."""
        shares: dict[str, list[float]] = {}
        for start in self.starts:
            for name, outcome in start.outcomes.items():
                if outcome.share is not None:
                    shares.setdefault(name, []).append(outcome.share)
        return shares


def backtest(
    records: HourlyRecords,
    prices: StoredPrices,
    family: Family,
    terms: Terms,
    since: datetime,
    until: datetime,
) -> OwnBacktest | None:
    """Replay the policies on a payer's uncovered usage in [since, until), whole hours.

    Each start is a month (730 hours) after the one before, and judged for a term or to the
    end. None where nothing used is offered on these terms.
    """
    offers = compute_offers(
        prices.rates, family.currency, _usages(records, family), prices.listed_at.date()
    )
    filters = Filters(family.currency, groups=((Group.PAYER, family.payer_account_id),))
    demand = residual_demand(records, since, until, filters)
    whole = _history(demand, OfferTable(offers, terms))
    if whole is None:
        return None
    # Hours before the first usage are no fall of it: nothing is known of them.
    first = int(np.flatnonzero(whole.total)[0])
    history = History(whole.demand[:, first:], whole.ratios)
    known_from = since + timedelta(hours=first)
    starts = range(KNOWN_HOURS, history.hours - JUDGED_HOURS + 1, MONTH_HOURS)
    now = Moment(history, history.hours, np.zeros(terms.hours + OURS.every))
    return OwnBacktest(
        family,
        terms,
        known_hours=history.hours,
        starts=tuple(_start(history, start, known_from, terms) for start in starts),
        buys_now={each.name: sum(buy.amount for buy in each.buy(now)) for each in POLICIES},
        in_spike=OURS.spikes(now),
        in_fall=OURS.falls(now),
    )


def _start(history: History, start: int, known_from: datetime, terms: Terms) -> Start:
    end = min(start + terms.hours, history.hours)
    outcomes = {
        policy.name: replay(policy, history, start, end, terms.hours) for policy in POLICIES
    }
    return Start(known_from + timedelta(hours=start), end - start, outcomes)


def _history(demand: Demand, table: OfferTable) -> History | None:
    found = [(at, table.find(usage)) for at, usage in enumerate(demand.classes)]
    offered = [
        (at, float(EXACT.divide(row.rate, rate)))
        for at, row in found
        if row is not None and (rate := demand.rates[at])
    ]
    if not offered or not demand.cost[[at for at, _ in offered]].any():
        return None
    ratios = np.array([ratio for _, ratio in offered])
    cost = demand.cost[[at for at, _ in offered]]
    _, merged = np.unique(np.round(ratios / _RATIO_STEP), return_inverse=True)
    among = np.arange(merged.max() + 1)[:, None] == merged
    merged_cost = among.astype(float) @ cost
    totals = cost.sum(axis=1)
    used = merged_cost.sum(axis=1) > 0
    merged_ratios = (among @ (totals * ratios))[used] / merged_cost.sum(axis=1)[used]
    return History(merged_cost[used], merged_ratios)


def _usages(records: HourlyRecords, family: Family) -> list[Usage]:
    found = records.rows(
        "SELECT DISTINCT service, usage_type FROM records WHERE payer_account_id = ? "  # noqa: S608 -- own constants, values are bound
        f"AND currency = ? AND usage_type IS NOT NULL AND {UNCOVERED_COMPUTE} ORDER BY ALL",
        family,
    )
    return [Usage(*row) for row in found]
