"""What a Compute Savings Plan could still cover, read from hourly records as arrays."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finops_commitments.figures.domain import Group, ratio
from finops_commitments.figures.records import (
    ALL,
    COVERED,
    COVERED_OPEN,
    OF_PLANS,
    ON_DEMAND,
    UNCOVERED_COMPUTE,
    Filters,
    HourlyRecords,
    condition,
)
from finops_commitments.offers.domain import UsageClass
from finops_commitments.recommendations.domain import Floats

CLASS = "service, coalesce(usage_type, ''), region, operation"
# A correction, which takes back quantity or money, says nothing of the price.
_PRICED = "list_cost > 0 AND lines_without_list_cost = 0 AND usage_quantity > 0"
_SAME_PRICE = 1e-3
_ANOTHER_UNIT = 10.0
"""No price moves by that much; the unit it is told in may, from seconds to hours."""
_UNCOVERED = f"{UNCOVERED_COMPUTE} AND charge_span = 'hour'"
# A commitment that is not in the list has no position: the comparison is NULL, which is false.
_OPEN = f"""charge_span = 'hour' AND ({ON_DEMAND} OR {COVERED_OPEN} AND hour >=
    list_extract(CAST(? AS TIMESTAMP[]), list_position(CAST(? AS VARCHAR[]), commitment_id)))"""


@dataclass(frozen=True, slots=True)
class Demand:
    """Usage no commitment covered: money per hour at public price, [class, hour].

    `rates` are the on-demand rates of the last day each class was used, money per usage unit,
    and all hours are worth that: what a price was before it changed says nothing of the hours
    ahead. None where no day has a price and a quantity. An hour without a quantity, or with one
    of another unit, is worth what was billed.
    Hours without usage are zero. `compute` says which classes are compute, `open_to_plans` which
    a plan of any kind could cover, [class].
    """

    classes: tuple[UsageClass, ...]
    rates: tuple[Decimal | None, ...]
    cost: Floats
    compute: NDArray[np.bool_]
    open_to_plans: NDArray[np.bool_]


def residual_demand(
    records: HourlyRecords, since: datetime, until: datetime, filters: Filters = ALL
) -> Demand:
    """What a Compute Savings Plan could still cover in each hour of [since, until).

    An hour whose corrections exceed its usage counts as empty.
    """
    return _demand(records, since, until, filters, _UNCOVERED, [])


def covered_demand(
    records: HourlyRecords, since: datetime, until: datetime, commitment_id: str
) -> Demand:
    """What of that commitment's usage a Compute Savings Plan could cover in its place."""
    of = Filters(groups=((Group.COMMITMENT, commitment_id),))
    usage = f"{COVERED} AND compute_eligible AND charge_span = 'hour'"
    return _demand(records, since, until, of, usage, [])


def demand_ahead(
    records: HourlyRecords,
    since: datetime,
    until: datetime,
    filters: Filters,
    ends: Mapping[str, datetime],
) -> Demand:
    """What commitments could cover in the hours after `until`, were they as those of [since, until).

    Usage that a commitment of `ends` covers counts from when that ends. What other
    commitments cover stays covered.
    """
    ahead = until - since
    opened = [_naive(max(end - ahead, since)) for end in ends.values()]
    return _demand(records, since, until, filters, _OPEN, [opened, list(ends)])


def usage_by_hour(
    records: HourlyRecords, since: datetime, until: datetime, filters: Filters, of: str
) -> Floats:
    """What commitments cover or could, on-demand equivalents of each hour of [since, until), [hour].

    `of` is the condition for the usage that counts.

    Begins with the first such hour the records know, and holds at least one.
    """
    everything = f"charge_span = 'hour' AND ({ON_DEMAND} OR {COVERED_OPEN}) AND {of}"
    usage: Floats = _demand(records, since, until, filters, everything, []).cost.sum(axis=0)
    known = np.flatnonzero(usage)
    return usage[known[0] if len(known) else -1 :]


def _demand(
    records: HourlyRecords,
    since: datetime,
    until: datetime,
    filters: Filters,
    usage: str,
    parameters: list[Any],
) -> Demand:
    where, values = condition(replace(filters, since=since, until=until))
    where, values = f"{where} AND {usage}", [*values, *parameters]
    seen = {UsageClass(*each): facts for *each, facts in _classes(records, where, values)}
    hours = int((until - since) / timedelta(hours=1))
    cost, quantity = np.zeros((len(seen), hours)), np.zeros((len(seen), hours))
    cells = _cells(records, where, values, since)
    cost[cells["at"], cells["hour"]] = cells["money"]
    quantity[cells["at"], cells["hour"]] = cells["quantity"]
    rates = tuple(rate for rate, *_ in seen.values())
    for at, rate in enumerate(rates):
        if rate is not None:
            worth = quantity[at] * float(rate)
            billed = cost[at]
            # What was billed, to its last place, where the price has not changed since; what
            # was free, as within a free tier, will be again.
            same = (np.abs(worth - billed) <= _SAME_PRICE * np.abs(worth)) | (billed == 0)
            other = (worth <= 0) | (worth > _ANOTHER_UNIT * billed) | (billed > _ANOTHER_UNIT * worth)  # fmt: skip
            cost[at] = np.where(same | other, billed, worth)
    compute = np.array([compute for _, compute, _ in seen.values()], bool)
    of_plans = np.array([of_plans for *_, of_plans in seen.values()], bool)
    return Demand(tuple(seen), rates, np.maximum(cost, 0), compute, of_plans)


def _classes(records: HourlyRecords, where: str, values: list[Any]) -> Iterator[tuple[Any, ...]]:
    """Each class with its rate of the last day it has one, whether it is compute, and open to plans."""
    statement = f"""
        SELECT service, usage_type, region, operation, arg_max(money, day) FILTER (money IS NOT NULL),
            arg_max(quantity, day) FILTER (money IS NOT NULL), bool_or(compute), bool_or(of_plans)
        FROM (
            SELECT service, coalesce(usage_type, '') AS usage_type, region, operation,
                CAST(hour AS DATE) AS day, sum(list_cost) FILTER ({_PRICED}) AS money,
                sum(usage_quantity) FILTER ({_PRICED}) AS quantity,
                bool_or(compute_eligible) AS compute, bool_or({OF_PLANS}) AS of_plans
            FROM records WHERE {where} GROUP BY {CLASS}, CAST(hour AS DATE)
        ) GROUP BY service, usage_type, region, operation
        ORDER BY service, usage_type, region, operation"""  # noqa: S608 -- own constants, values are bound
    for *usage, money, quantity, compute, of_plans in records.rows(statement, values):
        rate = None if money is None else ratio(money, quantity)
        yield *usage, (rate, compute, of_plans)


def _cells(
    records: HourlyRecords, where: str, values: list[Any], since: datetime
) -> dict[str, Any]:
    """Index of the class in order, index of the hour, on-demand cost and quantity."""
    statement = f"""
        SELECT dense_rank() OVER (ORDER BY {CLASS}) - 1 AS at,
            date_diff('hour', CAST(? AS TIMESTAMP), hour) AS hour,
            CAST(coalesce(sum(list_cost), 0) AS DOUBLE) AS money,
            CAST(CASE WHEN count(usage_quantity) = count(*) THEN sum(usage_quantity) ELSE 0 END
                AS DOUBLE) AS quantity
        FROM records WHERE {where} GROUP BY {CLASS}, hour"""  # noqa: S608 -- own constants, values are bound
    return records.columns(statement, [_naive(since), *values])


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)
