"""What counts toward a spend contract, read from hourly records, and what is expected of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from finops_commitments.figures.records import HourlyRecords
from finops_commitments.planned_changes.domain import Effect, PlannedChange, Where, applied
from finops_commitments.spend_contracts.domain import DayCosts

BASE_DAYS = 30
_DAY = timedelta(days=1)
_MONTHS_A_YEAR, _DAYS_A_YEAR = 12, 365
# A month's fees stand at its start: 30 days may hold none of them, or two months'.
_STEADY = """(charge_span IN ('hour', 'day') AND hour >= ?
    OR charge_span = 'month' AND hour >= ?) AND hour < ?"""


@dataclass(frozen=True, slots=True)
class Counted:
    """Whose costs count: tax and credits never do. No payers means all of the provider."""

    provider: str
    currency: str
    payers: tuple[str, ...] = ()
    excluded_services: tuple[str, ...] = ()

    def condition(self) -> tuple[str, list[Any]]:
        """As an SQL condition over `records`, with its parameters in order."""
        where = """provider = ? AND currency = ?
            AND charge_category IN ('Usage', 'Purchase', 'Adjustment')
            AND (len(?) = 0 OR list_contains(?, payer_account_id))
            AND NOT list_contains(?, service)"""
        payers = list(self.payers)
        return where, [self.provider, self.currency, payers, payers, list(self.excluded_services)]


@dataclass(frozen=True, slots=True)
class Expected:
    """Costs by day ahead, what planned changes do to them, and how many days they rest on."""

    days: DayCosts
    effects: tuple[Effect, ...]
    base_days: int


def spent_by_day(records: HourlyRecords, counted: Counted, until: date) -> dict[date, Decimal]:
    """What the invoices show of each UTC day before `until`."""
    where, parameters = counted.condition()
    rows = records.rows(
        f"SELECT CAST(hour AS DATE), sum(billed_cost) FROM records WHERE {where}"  # noqa: S608 -- own constants, values are bound
        " AND hour < ? GROUP BY ALL ORDER BY ALL",
        [*parameters, _midnight(until)],
    )
    return {day: cost for day, cost in rows if cost}


def expected_by_day(
    records: HourlyRecords,
    counted: Counted,
    since: date,
    until: date,
    changes: Sequence[PlannedChange],
) -> Expected:
    """Each day of [since, until) as the 30 before it on average, with the changes planned.

    Records that are younger give fewer days, as does a planned change that began among them: the
    bill shows since then what it made of its scope. What is paid up front comes once: it is not
    expected again. Costs are rounded to six places, for they are expectations.
    """
    where, parameters = counted.condition()
    days = _base_days(records, where, parameters, since)
    if not days:
        return Expected({}, (), 0)
    first, month = since - days * _DAY, (since - _DAY).replace(day=1)
    rows = records.rows(
        "SELECT service, region, account_id, family, charge_span = 'month', CAST(hour AS DATE),"  # noqa: S608 -- own constants, values are bound
        f" CAST(sum(billed_cost) AS DOUBLE) FROM records WHERE {where} AND ({_STEADY})"
        " GROUP BY ALL ORDER BY ALL",
        [*parameters, _midnight(first), _midnight(month), _midnight(since)],
    )
    level: dict[Where, float] = {}
    for *names, monthly, day, cost in rows:
        usage = Where(*names)
        begins = _level_begins(usage, changes, first, since)
        part = 1 / (since - begins).days if day >= begins else 0.0
        daily = cost * (_MONTHS_A_YEAR / _DAYS_A_YEAR if monthly else part)
        level[usage] = level.get(usage, 0.0) + daily
    classes = list(level)
    steady = np.array([*level.values()], float).reshape(-1, 1)
    demand = np.repeat(steady, (until - since).days, axis=1)
    start = datetime.combine(since, time(), UTC)
    found = applied(demand, classes, start, changes, _DAY)
    costs = found.demand.sum(axis=0).tolist()
    by_day = {since + at * _DAY: Decimal(f"{cost:.6f}") for at, cost in enumerate(costs)}
    return Expected(by_day, found.effects, days)


def _level_begins(usage: Where, changes: Sequence[PlannedChange], first: date, since: date) -> date:
    """From which day on a class stands for the days ahead."""
    begun = (
        change.starts_on
        for change in changes
        if first < change.starts_on < since and change.scope.reaches(usage)
    )
    return max(begun, default=first)


def _base_days(records: HourlyRecords, where: str, parameters: Sequence[Any], since: date) -> int:
    ((first,),) = records.rows(
        f"SELECT CAST(min(hour) AS DATE) FROM records WHERE {where} AND hour < ?",  # noqa: S608 -- own constants, values are bound
        [*parameters, _midnight(since)],
    )
    return min(BASE_DAYS, (since - first).days) if first else 0


def _midnight(day: date) -> datetime:
    # The view's hours are UTC without a zone.
    return datetime.combine(day, time())
