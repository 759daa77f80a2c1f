"""What planned changes make of the hours ahead that commitments are bought for (COM-33)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from finops_commitments.figures.records import (
    COVERED_OPEN,
    ON_DEMAND,
    Filters,
    HourlyRecords,
    condition,
)
from finops_commitments.offers.domain import HOURS_PER_YEAR, MONTH_HOURS, UsageClass
from finops_commitments.planned_changes.domain import PlannedChange, Where
from finops_commitments.recommendations.demand import CLASS
from finops_commitments.recommendations.domain import Floats

_COLUMNS = {"service": "service", "region": "region", "account": "account_id", "family": "family"}


@dataclass(frozen=True, slots=True)
class Expected:
    """What one change adds to the usage weighed, on-demand equivalents a month on average."""

    change: PlannedChange
    monthly_usage_added: Decimal


@dataclass(frozen=True, slots=True)
class Reached:
    """A planned change, and which part of each class of usage is in its scope, 0 to 1."""

    change: PlannedChange
    parts: dict[UsageClass, float]


def reached(
    records: HourlyRecords,
    changes: Sequence[PlannedChange],
    since: datetime,
    until: datetime,
    filters: Filters,
) -> tuple[Reached, ...]:
    """What changes that start at `until` or later reach of the usage of [since, until)."""
    ahead = (each for each in changes if each.starts_at >= until)
    ordered = sorted(ahead, key=lambda each: (each.starts_on, each.id))
    where, values = condition(replace(filters, since=since, until=until))
    return tuple(
        Reached(each, dict(_parts(records, each.scope, where, values))) for each in ordered
    )


def expected(
    demand: Floats,
    classes: Sequence[UsageClass],
    until: datetime,
    changes: Sequence[Reached],
    term_years: int,
) -> tuple[Floats, tuple[Expected, ...]]:
    """The demand [class, hour] with the changes as likely as they are, and what each adds.

    Less usage counts for the part of the term in which it is gone, for who commits pays to its
    end; more usage only from its hour ahead on, for it can still be bought for when it is there.
    """
    found = demand.copy()
    told = []
    for each in changes:
        parts = np.array([each.parts.get(usage, 0.0) for usage in classes])
        share = parts * (each.change.expected_factor - 1)
        added = found * share[:, None] * _in_force(each.change, until, demand.shape[1], term_years)
        found += added
        monthly = added.sum() / demand.shape[1] * MONTH_HOURS
        told.append(Expected(each.change, Decimal(f"{monthly:.6f}")))
    return found, tuple(told)


def _in_force(change: PlannedChange, until: datetime, hours: int, term_years: int) -> Floats:
    """Of each hour the part, 0 to 1, in which the change is in force."""
    starts = (change.starts_at - until) / timedelta(hours=1)
    if change.share_percent < 0:
        starts *= hours / (term_years * HOURS_PER_YEAR)
    return np.clip(np.arange(1, hours + 1) - starts, 0.0, 1.0)


def _parts(
    records: HourlyRecords, scope: Where, where: str, values: Sequence[Any]
) -> Iterator[tuple[UsageClass, float]]:
    named = {_COLUMNS[each.name]: getattr(scope, each.name) for each in fields(Where)}
    wanted = {column: value for column, value in named.items() if value is not None}
    within = " AND ".join(f"coalesce({column} = ?, false)" for column in wanted) or "true"
    rows = records.rows(
        f"""SELECT {CLASS}, CAST(sum(list_cost) FILTER ({within}) / sum(list_cost) AS DOUBLE)
        FROM records WHERE {where} AND charge_span = 'hour'
            AND ({ON_DEMAND} OR {COVERED_OPEN})
        GROUP BY {CLASS} HAVING sum(list_cost) > 0""",  # noqa: S608 -- own constants, values are bound
        [*wanted.values(), *values],
    )
    for *usage, part in rows:
        yield UsageClass(*usage), min(max(part or 0.0, 0.0), 1.0)
