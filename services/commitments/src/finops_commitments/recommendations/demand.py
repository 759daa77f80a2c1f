"""What a Compute Savings Plan could still cover, read from hourly records as arrays."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from finops_commitments.figures.domain import ratio
from finops_commitments.figures.records import (
    ALL,
    UNCOVERED_COMPUTE,
    Filters,
    HourlyRecords,
    condition,
)
from finops_commitments.recommendations.domain import Floats
from finops_commitments.recommendations.offers import UsageClass

_CLASS = "service, coalesce(usage_type, ''), region, operation"
_UNCOVERED = f"{UNCOVERED_COMPUTE} AND charge_span = 'hour'"


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
    within = replace(filters, since=since, until=until)
    seen = {UsageClass(*usage): _rate(*sums) for *usage, sums in _classes(records, within)}
    cost = np.zeros((len(seen), int((until - since) / timedelta(hours=1))))
    at, hour, money = _cells(records, within, since)
    cost[at, hour] = money
    return Demand(tuple(seen), tuple(seen.values()), np.maximum(cost, 0))


def _classes(records: HourlyRecords, filters: Filters) -> Iterator[tuple[Any, ...]]:
    where, parameters = condition(filters)
    statement = f"""
        SELECT {_CLASS}, coalesce(sum(list_cost), 0), coalesce(sum(usage_quantity), 0),
            count(*) FILTER (
                list_cost IS NULL OR lines_without_list_cost > 0 OR usage_quantity IS NULL)
        FROM records WHERE {where} AND {_UNCOVERED} GROUP BY {_CLASS} ORDER BY {_CLASS}"""  # noqa: S608 -- own constants, values are bound
    for row in records.rows(statement, parameters):
        yield *row[:-3], row[-3:]


def _cells(records: HourlyRecords, filters: Filters, since: datetime) -> tuple[Any, Any, Floats]:
    """Index of the class in order, index of the hour, and on-demand cost."""
    where, parameters = condition(filters)
    statement = f"""
        SELECT dense_rank() OVER (ORDER BY {_CLASS}) - 1 AS at,
            date_diff('hour', CAST(? AS TIMESTAMP), hour) AS hour,
            CAST(coalesce(sum(list_cost), 0) AS DOUBLE) AS money
        FROM records WHERE {where} AND {_UNCOVERED} GROUP BY {_CLASS}, hour"""  # noqa: S608 -- own constants, values are bound
    columns = records.columns(statement, [since.astimezone(UTC).replace(tzinfo=None), *parameters])
    return columns["at"], columns["hour"], columns["money"]


def _rate(money: Decimal, quantity: Decimal, unknown: int) -> Decimal | None:
    return ratio(money, quantity) if unknown == 0 else None
