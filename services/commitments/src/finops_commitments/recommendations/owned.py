"""What is owned already: plans as capacity of the hours ahead, all else by when it ends.

Terms and ends come from the inventory; what an hour of a plan holds, and at which part of
the on-demand price it covers a usage, from the records.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import NamedTuple

import numpy as np

from finops_commitments.figures.domain import EXACT
from finops_commitments.figures.records import (
    COVERED_OPEN_TO_PLANS,
    Filters,
    HourlyRecords,
    condition,
)
from finops_commitments.inventory.domain import Commitment
from finops_commitments.offers.packing import PLAN_KINDS, Plan
from finops_commitments.portfolio.market import Floats, Kind
from finops_commitments.recommendations.demand import CLASS
from finops_commitments.recommendations.offers import PaymentOption, Terms, UsageClass

_RUNNING = frozenset({None, "active", "queued", "payment-pending"})
"""States of commitments that cover usage, or will; those returned before their end do not."""
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)


class Pool(NamedTuple):
    """Owned plans of one reach and one set of terms, which cover usage as one."""

    plan: Plan
    terms: Terms


@dataclass(frozen=True, slots=True)
class Owned:
    """The commitments of one payer in one currency.

    `pools` are its Savings Plans, `ratios` the part of the on-demand price at which a pool
    was seen to cover a class, `held` what an hour of a plan held here, money. `ends` says
    from when on usage that a commitment covers is to be covered anew: at once for the plans
    of `pools`, whose capacity takes its place.
    """

    pools: Mapping[Pool, tuple[Commitment, ...]]
    ratios: Mapping[tuple[Pool, UsageClass], float]
    held: Mapping[str, Decimal]
    ends: Mapping[str, datetime]

    def capacity(self, pool: Pool, until: datetime, hours: int) -> Floats:
        """Committed money per hour in each of the hours after `until`, [hour].

        What other organizations used of a plan is not free here, so an hour holds what it
        held in the look-back, and the plan's whole amount only where it has not begun then.
        """
        found: Floats = np.zeros(hours)
        for each in self.pools[pool]:
            begins = _hour(each.starts_at, until, ROUND_CEILING, 0)
            ends = _hour(each.ends_at, until, ROUND_FLOOR, hours)
            found[begins:ends] += float(self.held.get(each.id, each.hourly_amount or Decimal(0)))
        return found

    def ending(self, until: datetime) -> list[tuple[int, str]]:
        """In which hour after `until` each commitment ends, and its id; soonest first."""
        plans = {e.id: e.ends_at for members in self.pools.values() for e in members}
        known = {**self.ends, **plans}
        later = {name: end for name, end in known.items() if end is not None and end > until}
        hours = {name: _hour(end, until, ROUND_FLOOR, 0) for name, end in later.items()}
        return sorted((hour, name) for name, hour in hours.items())


def owned_of(
    records: HourlyRecords, commitments: Sequence[Commitment], payer: str, filters: Filters
) -> Owned:
    """The payer's commitments in the currency and look-back of `filters`."""
    pools: dict[Pool, list[Commitment]] = defaultdict(list)
    ends: dict[str, datetime] = {}
    for each in commitments:
        if each.payer_account_id != payer or each.currency not in {filters.currency, None}:
            continue
        pool = _pool(each)
        if each.state not in _RUNNING:
            ends[each.id] = _LONG_AGO
        elif pool is not None:
            pools[pool].append(each)
            ends[each.id] = _LONG_AGO
        elif each.ends_at is not None:
            ends[each.id] = each.ends_at
    of = {each.id: pool for pool, members in pools.items() for each in members}
    return Owned(
        pools={pool: tuple(members) for pool, members in pools.items()},
        ratios=_ratios(records, filters, of),
        held=_held(records, filters, of),
        ends=ends,
    )


def _pool(commitment: Commitment) -> Pool | None:
    kind = PLAN_KINDS.get(commitment.type or "")
    if kind is None:
        return None
    option = commitment.payment_option
    # Terms that only the provider's list knows set no price here: what is owned is paid for.
    terms = Terms(
        commitment.term_years or 1,
        PaymentOption(option) if option in list(PaymentOption) else PaymentOption.NO_UPFRONT,
    )
    if kind is not Kind.EC2_INSTANCE_SAVINGS_PLAN:
        return Pool(Plan(kind), terms)
    scope = commitment.scope
    if scope is None or scope.region is None or scope.family is None:
        return None
    return Pool(Plan(kind, scope.region, scope.family), terms)


def _ratios(
    records: HourlyRecords, filters: Filters, of: Mapping[str, Pool]
) -> dict[tuple[Pool, UsageClass], float]:
    where, values = condition(filters)
    rows = records.rows(
        f"""SELECT commitment_id, sum(effective_cost), sum(list_cost), {CLASS}
        FROM records WHERE {where} AND {COVERED_OPEN_TO_PLANS} AND charge_span = 'hour'
            AND list_contains(CAST(? AS VARCHAR[]), commitment_id)
        GROUP BY commitment_id, {CLASS} HAVING sum(list_cost) > 0 ORDER BY ALL""",  # noqa: S608 -- own constants, values are bound
        [*values, list(of)],
    )
    paid: dict[tuple[Pool, UsageClass], Decimal] = defaultdict(Decimal)
    listed: dict[tuple[Pool, UsageClass], Decimal] = defaultdict(Decimal)
    for commitment_id, effective, list_cost, *usage in rows:
        key = of[commitment_id], UsageClass(*usage)
        paid[key] += effective
        listed[key] += list_cost
    return {key: float(EXACT.divide(paid[key], listed[key])) for key in paid if paid[key] > 0}


def _held(records: HourlyRecords, filters: Filters, of: Mapping[str, Pool]) -> dict[str, Decimal]:
    where, values = condition(filters)
    rows = records.rows(
        f"""SELECT commitment_id, sum(effective_cost), count(DISTINCT hour)
        FROM records WHERE {where} AND charge_category = 'Usage' AND charge_span = 'hour'
            AND commitment_status IS NOT NULL
            AND list_contains(CAST(? AS VARCHAR[]), commitment_id)
        GROUP BY commitment_id""",  # noqa: S608 -- own constants, values are bound
        [*values, list(of)],
    )
    return {each: EXACT.divide(held, Decimal(hours)) for each, held, hours in rows}


def _hour(instant: datetime | None, since: datetime, rounding: str, unknown: int) -> int:
    """Whole hours after `since`, at least none."""
    if instant is None:
        return unknown
    return max(int(Decimal((instant - since) / _HOUR).quantize(Decimal(1), rounding)), 0)
