"""What a Compute Savings Plan could still cover, read from hourly records as arrays."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from finops_commitments.figures.domain import Group, ratio
from finops_commitments.figures.records import (
    ALL,
    COVERED,
    COVERED_OPEN_TO_PLANS,
    OPEN_TO_PLANS,
    UNCOVERED_COMPUTE,
    Filters,
    HourlyRecords,
    condition,
)
from finops_commitments.recommendations.domain import Floats
from finops_commitments.recommendations.offers import UsageClass

CLASS = "service, coalesce(usage_type, ''), region, operation"
_UNCOVERED = f"{UNCOVERED_COMPUTE} AND charge_span = 'hour'"
# A commitment that is not in the list has no position: the comparison is NULL, which is false.
_OPEN = f"""charge_span = 'hour' AND ({OPEN_TO_PLANS} OR {COVERED_OPEN_TO_PLANS} AND hour >=
    list_extract(CAST(? AS TIMESTAMP[]), list_position(CAST(? AS VARCHAR[]), commitment_id)))"""


@dataclass(frozen=True, slots=True)
class Demand:
    """Compute usage no commitment covered: money per hour at public price, [class, hour].

    `rates` are the on-demand rates seen, money per usage unit; None where the bill has
    no price or quantity. Hours without usage are zero.
    """

    classes: tuple[UsageClass, ...]
    rates: tuple[Decimal | None, ...]
    cost: Floats


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
    """What plans could cover in the hours after `until`, were they as those of [since, until).

    Usage that a commitment of `ends` covers counts from when that ends. What other
    commitments cover stays covered.
    """
    ahead = until - since
    opened = [_naive(max(end - ahead, since)) for end in ends.values()]
    return _demand(records, since, until, filters, _OPEN, [opened, list(ends)])


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
    seen = {UsageClass(*each): _rate(*sums) for *each, sums in _classes(records, where, values)}
    cost = np.zeros((len(seen), int((until - since) / timedelta(hours=1))))
    at, hour, money = _cells(records, where, values, since)
    cost[at, hour] = money
    return Demand(tuple(seen), tuple(seen.values()), np.maximum(cost, 0))


def _classes(records: HourlyRecords, where: str, values: list[Any]) -> Iterator[tuple[Any, ...]]:
    statement = f"""
        SELECT {CLASS}, coalesce(sum(list_cost), 0), coalesce(sum(usage_quantity), 0),
            count(*) FILTER (
                list_cost IS NULL OR lines_without_list_cost > 0 OR usage_quantity IS NULL)
        FROM records WHERE {where} GROUP BY {CLASS} ORDER BY {CLASS}"""  # noqa: S608 -- own constants, values are bound
    for row in records.rows(statement, values):
        yield *row[:-3], row[-3:]


def _cells(
    records: HourlyRecords, where: str, values: list[Any], since: datetime
) -> tuple[Any, Any, Floats]:
    """Index of the class in order, index of the hour, and on-demand cost."""
    statement = f"""
        SELECT dense_rank() OVER (ORDER BY {CLASS}) - 1 AS at,
            date_diff('hour', CAST(? AS TIMESTAMP), hour) AS hour,
            CAST(coalesce(sum(list_cost), 0) AS DOUBLE) AS money
        FROM records WHERE {where} GROUP BY {CLASS}, hour"""  # noqa: S608 -- own constants, values are bound
    columns = records.columns(statement, [_naive(since), *values])
    return columns["at"], columns["hour"], columns["money"]


def _naive(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(tzinfo=None)


def _rate(money: Decimal, quantity: Decimal, unknown: int) -> Decimal | None:
    return ratio(money, quantity) if unknown == 0 else None
