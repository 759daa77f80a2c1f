"""What a cost query asks and answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from finops_common.contracts.ingestion import Finality

Dimension = Literal["account", "service", "region"]
Granularity = Literal["total", "month", "day", "hour"]
Metric = Literal["amortised", "billed", "list", "contracted"]

COLUMN_OF: Mapping[str, str] = MappingProxyType(
    {"account": "account_id", "service": "service", "region": "region"}
)
COST_OF: Mapping[Metric, str] = MappingProxyType(
    {
        "amortised": "effective_cost",
        "billed": "billed_cost",
        "list": "list_cost",
        "contracted": "contracted_cost",
    }
)
LONGEST_BY_HOUR = 31
"""Days that may be asked for by the hour."""
SHARE_DIGITS = Decimal("0.000001")


@dataclass(frozen=True)
class Question:
    """Costs from `start` until before `end`, by time and up to two dimensions."""

    start: date
    end: date
    metric: Metric = "amortised"
    granularity: Granularity = "month"
    by: tuple[Dimension, ...] = ()
    filters: Mapping[Dimension, tuple[str, ...]] = field(default_factory=dict)
    currency: str | None = None
    top: int = 20


@dataclass(frozen=True)
class Group:
    """One combination of dimension values in one currency; `share` is of the currency's total."""

    values: tuple[str | None, ...]
    currency: str
    cost: Decimal
    share: Decimal | None


@dataclass(frozen=True)
class Cell:
    """What a group cost in one span of time; without a group: all groups that are not shown."""

    start: datetime | None
    group: Group | None
    currency: str
    cost: Decimal


@dataclass(frozen=True)
class Costs:
    """The answer: groups, largest first, their cells by time, and the sums of everything."""

    totals: Mapping[str, Decimal]
    groups: tuple[Group, ...]
    rest: Mapping[str, Decimal]
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Known:
    """How final the figures are and until when bills know what happened."""

    finality: Finality | None
    as_of: datetime | None


def known_of(revisions: list[tuple[Finality, datetime]], newest: list[datetime]) -> Known:
    """Of several revisions: open if any is; `newest` holds the latest instant of each source."""
    found = {finality for finality, _ in revisions}
    order: tuple[Finality, ...] = ("open", "restated", "closed")
    worst = next((each for each in order if each in found), None)
    return Known(worst, min(newest, default=None))


def share_of(cost: Decimal, total: Decimal) -> Decimal | None:
    """A part of a total to six places; None where there is no total."""
    return (cost / total).quantize(SHARE_DIGITS) if total else None
