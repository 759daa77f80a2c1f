"""What Google's sustained-use discount leaves of the price in each hour of a month.

The hours of a month in which most runs are charged at the first tier, and so on by quarters
(`simulation/sustained_use.py`). Which quarter an hour is in depends on how the usage of its
project compares with other hours, and a commitment of one amount in all hours leaves that order
as it is: so each hour has a price, and what it costs on demand stays linear in what is left.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from finops_commitments.figures.records import (
    COVERED,
    ON_DEMAND,
    Filters,
    HourlyRecords,
    condition,
)
from finops_commitments.offers.domain import UsageClass
from finops_commitments.portfolio.market import Floats, Indexes
from finops_commitments.recommendations.demand import CLASS, Demand
from finops_commitments.simulation.sustained_use import QUARTERS, TIERS
from finops_common.google_skus import used

Shares = Mapping[UsageClass, Floats]
"""Of each hour's usage the part in each tier, 0 to 1, [tier, hour]; of classes that have tiers."""
_GOLDEN = 0.6180339887498949
"""Its multiples spread hours of one usage over the tiers, whichever part of them is looked at."""
_USED = f"charge_span = 'hour' AND ({ON_DEMAND} OR {COVERED} AND eligible)"


class Tiered(NamedTuple):
    """A demand at what its hours cost: a row for each tier of a class that has several.

    `at` is the class each row was of, `parts` what it costs as a part of list, both [row].
    """

    demand: Demand
    at: Indexes
    parts: Floats


def tiered(demand: Demand, shares: Shares) -> Tiered:
    """The demand with each class parted by the tiers its usage is in."""
    rows = [(at, *row) for at in range(len(demand.classes)) for row in _rows(demand, at, shares)]
    at: Indexes = np.array([each for each, _, _ in rows], dtype=np.int64)
    rates = [(demand.rates[each], part) for each, part, _ in rows]
    cost = [cost for _, _, cost in rows]
    found = Demand(
        classes=tuple(demand.classes[each] for each in at),
        rates=tuple(None if rate is None else rate * part for rate, part in rates),
        cost=np.stack(cost) if cost else demand.cost,
        compute=demand.compute[at],
        open_to_plans=demand.open_to_plans[at],
    )
    return Tiered(found, at, np.array([float(part) for _, part in rates]))


def tier_shares(
    records: HourlyRecords, since: datetime, until: datetime, filters: Filters
) -> Shares:
    """In which tiers the usage of [since, until) is, whole hours in UTC.

    By project, region, family and resource, whatever covers it. A month of which only a part
    is known is taken to be so in the rest.
    """
    where, values = condition(replace(filters, since=since, until=until))
    where = f"{where} AND {_USED}"
    named = records.rows(
        f"SELECT DISTINCT {CLASS} FROM records WHERE {where} ORDER BY ALL",  # noqa: S608 -- own constants, values are bound
        values,
    )
    classes = [UsageClass(*each) for each in named]
    groups, rows = _grouped(classes)
    hours = int((until - since) / timedelta(hours=1))
    cells = _cells(records, where, values, since)
    found: Floats = np.zeros((len(rows), QUARTERS, hours))
    months = list(_months(since, hours))
    for each in _of_one_project(groups[cells["at"]], cells["project"]):
        at, hour, quantity = (cells[name][each] for name in ("at", "hour", "quantity"))
        total = np.bincount(hour, weights=quantity, minlength=hours).astype(np.float64)
        tiers = _tiers(total, months)
        row = np.array([rows[number] for number in at])
        np.add.at(found, (row, tiers[hour], hour), quantity)
    used_in = found.sum(axis=1, keepdims=True)
    first = np.zeros_like(found)
    first[:, 0] = 1.0
    shares: Floats = np.divide(found, used_in, out=first, where=used_in > 0)
    return {classes[number]: shares[row] for number, row in rows.items()}


def _rows(demand: Demand, at: int, shares: Shares) -> Iterator[tuple[Decimal, Floats]]:
    usage = demand.classes[at]
    if usage not in shares:
        yield Decimal(1), demand.cost[at]
        return
    machine = used(usage.usage_type)
    for part, share in zip(TIERS[machine.family if machine else ""], shares[usage], strict=True):
        if share.any():
            yield part, demand.cost[at] * share * float(part)


def _grouped(classes: list[UsageClass]) -> tuple[Indexes, dict[int, int]]:
    """What each class is ranked with, -1: it has no tiers; and the rows of those that have."""
    groups: Indexes = np.full(len(classes), -1)
    known: dict[object, int] = {}
    for at, usage in enumerate(classes):
        machine = used(usage.usage_type)
        if machine is not None and machine.family in TIERS:
            groups[at] = known.setdefault((usage.region, *machine), len(known))
    return groups, {int(at): row for row, at in enumerate(np.flatnonzero(groups >= 0))}


def _cells(
    records: HourlyRecords, where: str, values: list[object], since: datetime
) -> dict[str, Indexes]:
    """Index of the class in order, of the project, of the hour; and the quantity."""
    statement = f"""
        SELECT dense_rank() OVER (ORDER BY {CLASS}) - 1 AS at,
            dense_rank() OVER (ORDER BY account_id) - 1 AS project,
            date_diff('hour', CAST(? AS TIMESTAMP), hour) AS hour,
            greatest(CAST(coalesce(sum(usage_quantity), 0) AS DOUBLE), 0) AS quantity
        FROM records WHERE {where} GROUP BY {CLASS}, account_id, hour"""  # noqa: S608 -- own constants, values are bound
    return records.columns(statement, [since.replace(tzinfo=None), *values])


def _of_one_project(groups: Indexes, projects: Indexes) -> Iterator[Indexes]:
    """The positions of each group and project that has tiers."""
    order = np.lexsort((projects, groups))
    order = order[groups[order] >= 0]
    changes = (np.diff(groups[order]) != 0) | (np.diff(projects[order]) != 0)
    if len(order):
        yield from np.split(order, np.flatnonzero(changes) + 1)


def _months(since: datetime, hours: int) -> Iterator[slice]:
    begun = 0
    for hour in range(1, hours + 1):
        instant = since + timedelta(hours=hour)
        if hour == hours or (instant.day, instant.hour) == (1, 0):
            yield slice(begun, hour)
            begun = hour


def _tiers(total: Floats, months: list[slice]) -> Indexes:
    """The tier of each hour, [hour]."""
    found: Indexes = np.zeros(len(total), dtype=np.int64)
    spread = np.arange(len(total)) * _GOLDEN % 1
    for month in months:
        order = np.lexsort((spread[month], -total[month]))
        ranks = np.empty(len(order), dtype=np.int64)
        ranks[order] = np.arange(len(order))
        found[month] = ranks * QUARTERS // len(order)
    return found
