"""What a Google payer owns already: units of a machine family, and money of flexible commitments.

The bill names no commitment on usage that a resource-based one covered, so what one covers is
told by family, region and resource: `google_skus`.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil, floor

import numpy as np

from finops_commitments.figures.domain import EXACT
from finops_commitments.figures.records import COVERED, Filters, HourlyRecords, condition
from finops_commitments.inventory.domain import OVER, Commitment
from finops_commitments.offers.domain import UsageClass
from finops_commitments.portfolio.market import Floats
from finops_commitments.recommendations.demand import CLASS
from finops_common.google_skus import committed, used

PROVIDER = "Google Cloud"
SERVICES = ("Compute Engine", "Cloud Run", "Kubernetes Engine")
"""What flexible commitments cover; other commitments to spend are of one service each."""
RECENT = timedelta(days=1)
"""What the last day known shows nothing of is over."""
_HOUR = timedelta(hours=1)
_UNITS = "commitment_type = 'Resource-based CUD'"
_MONEY = f"commitment_type = 'Spend-based CUD' AND service IN {SERVICES}"


@dataclass(frozen=True, slots=True)
class OwnedOnGoogle:
    """What is committed in each of the hours ahead, [hour].

    `units` are cores or GiB by reach; `money` an hour at discounted prices, of all flexible
    commitments together, and `ratios` the part of list at which these were seen to cover a
    class. `covering` are the names under which the bill has usage that either covered.
    """

    units: Mapping[Hashable, Floats]
    money: Floats
    ratios: Mapping[UsageClass, float]
    covering: frozenset[str]
    ends: Mapping[str, datetime]


def reach_of(usage: UsageClass) -> Hashable:
    """Equal for all usage that one resource-based commitment covers."""
    machine = used(usage.usage_type)
    return usage if machine is None else (usage.region, *machine)


def owned_on_google(
    records: HourlyRecords,
    commitments: Sequence[Commitment],
    payer: str,
    filters: Filters,
    until: datetime,
    hours: int,
) -> OwnedOnGoogle:
    """The payer's commitments in the currency and look-back of `filters`, for the hours after `until`."""
    mine = [e for e in commitments if (e.provider, e.payer_account_id) == (PROVIDER, payer)]
    ends = {each.id: each.ends_at for each in mine if each.ends_at is not None}
    ratios = _ratios(records, filters)
    names = records.rows(
        f"""SELECT DISTINCT commitment_id FROM records
        WHERE {condition(filters)[0]} AND {COVERED} AND ({_UNITS} OR {_MONEY} AND effective_cost > 0)""",  # noqa: S608 -- own constants, values are bound
        condition(filters)[1],
    )
    return OwnedOnGoogle(
        units=_units(records, filters, ends, until, hours),
        money=_money(records, filters, mine, until, hours),
        ratios=ratios,
        covering=frozenset(name for (name,) in names if name is not None),
        ends=ends,
    )


def _units(
    records: HourlyRecords,
    filters: Filters,
    ends: Mapping[str, datetime],
    until: datetime,
    hours: int,
) -> dict[Hashable, Floats]:
    """By reach what is paid for in the newest hour, or was covered at most in the last day.

    Usage may be covered from elsewhere: by a commitment whose fee another organization bears.
    """
    where, values = condition(replace(filters, since=until - RECENT))
    covered = records.rows(
        f"""SELECT {CLASS}, hour, CAST(sum(usage_quantity) AS DOUBLE) FROM records
        WHERE {where} AND {COVERED} AND {_UNITS} GROUP BY {CLASS}, hour""",  # noqa: S608 -- own constants, values are bound
        values,
    )
    at_most: dict[Hashable, dict[datetime, float]] = defaultdict(lambda: defaultdict(float))
    for *usage, hour, quantity in covered:
        at_most[reach_of(UsageClass(*usage))][hour] += quantity or 0.0
    fees = records.rows(
        f"""SELECT commitment_id, usage_type, region, CAST(arg_max(units, hour) AS DOUBLE) FROM (
            SELECT commitment_id, usage_type, region, hour, sum(commitment_quantity
                / CASE charge_span WHEN 'day' THEN 24 ELSE 1 END) AS units
            FROM records WHERE {where} AND charge_category = 'Purchase' AND {_UNITS}
            GROUP BY ALL) GROUP BY ALL""",  # noqa: S608 -- own constants, values are bound
        values,
    )
    paid: dict[Hashable, Floats] = defaultdict(lambda: np.zeros(hours))
    ended: dict[Hashable, Floats] = defaultdict(lambda: np.zeros(hours))
    for commitment, description, region, units in fees:
        machine = committed(description or "")
        if machine is not None and units:
            end = _end(ends.get(commitment), until, hours)
            paid[region, *machine][:end] += units
            ended[region, *machine][end:] += units
    reaches = {*at_most, *paid}
    return {
        reach: np.maximum(paid[reach], max(at_most[reach].values(), default=0.0) - ended[reach])
        for reach in reaches
    }


def _money(
    records: HourlyRecords,
    filters: Filters,
    mine: Sequence[Commitment],
    until: datetime,
    hours: int,
) -> Floats:
    """What the hours ahead hold, as commitments begin and end.

    Of what is listed the part that the bill showed of it in the look-back: what other
    organizations used is not free here. Without a list what the last day known held.
    """
    where, values = condition(filters)
    recent = (until - RECENT).replace(tzinfo=None)
    ((held, last, seen),) = records.rows(
        f"""SELECT CAST(coalesce(sum(effective_cost), 0) AS DOUBLE),
            CAST(coalesce(sum(effective_cost) FILTER (hour >= ?), 0) AS DOUBLE),
            count(DISTINCT hour) FILTER (hour >= ?)
        FROM records WHERE {where} AND charge_category = 'Usage' AND charge_span = 'hour'
            AND commitment_status IS NOT NULL AND {_MONEY}
            AND coalesce(charge_kind, '') <> 'unspread_commitment_fee'""",  # noqa: S608 -- own constants, values are bound
        [recent, recent, *values],
    )
    flexible = [each for each in mine if _is_flexible(each)]
    running: Floats = np.zeros(hours)
    for each in flexible:
        begins, ends = _begin(each.starts_at, until), _end(each.ends_at, until, hours)
        running[begins:ends] += float(each.hourly_amount or 0)
    promised = sum(_promised(each, filters.since or until, until) for each in flexible)
    if seen and promised:
        running *= held / promised
    elif seen:
        running += last / seen
    return running


def _promised(commitment: Commitment, since: datetime, until: datetime) -> float:
    """What it had to hold in the hours from `since` to `until`; of the last day's the bill may lack some."""
    begins = max(commitment.starts_at or since, since)
    if begins > until - RECENT:
        return 0.0
    ends = min(commitment.ends_at or until, until)
    return float(commitment.hourly_amount or 0) * max((ends - begins) / _HOUR, 0.0)


def _begin(instant: datetime | None, until: datetime) -> int:
    """From which hour ahead on something runs that begins then; None: from the first."""
    return 0 if instant is None else max(ceil((instant - until) / _HOUR), 0)


def _is_flexible(commitment: Commitment) -> bool:
    """Commitments to the spend of a single service are of a region."""
    of_region = commitment.scope is not None and commitment.scope.region is not None
    is_spend = commitment.type == "Spend-based CUD" and commitment.hourly_amount is not None
    return is_spend and not of_region and commitment.state not in OVER


def _ratios(records: HourlyRecords, filters: Filters) -> dict[UsageClass, float]:
    where, values = condition(filters)
    rows = records.rows(
        f"""SELECT {CLASS}, sum(effective_cost), sum(list_cost) FROM records
        WHERE {where} AND {COVERED} AND charge_span = 'hour' AND {_MONEY}
        GROUP BY {CLASS} HAVING sum(list_cost) > 0 AND sum(effective_cost) > 0""",  # noqa: S608 -- own constants, values are bound
        values,
    )
    return {UsageClass(*usage): float(EXACT.divide(paid, listed)) for *usage, paid, listed in rows}


def _end(instant: datetime | None, until: datetime, hours: int) -> int:
    """Up to which hour ahead something runs that ends then; None: through all of them."""
    if instant is None:
        return hours
    return min(max(floor((instant - until) / _HOUR), 0), hours)
