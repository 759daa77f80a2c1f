"""What a cost query asks and answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Context, Decimal
from types import MappingProxyType
from typing import Literal
from uuid import UUID

from finops_common.contracts.ingestion import Finality
from finops_ingestion.costs.currencies.domain import Conversion

Granularity = Literal["total", "month", "day", "hour"]
Metric = Literal["amortised", "billed", "list", "contracted"]

GROUPED = "cost_group"
"""The one dimension that no bill states: rules of the organization say it of each line."""
COLUMN_OF: Mapping[str, str] = MappingProxyType(
    {
        "account": "account_id",
        "payer": "payer_account_id",
        "provider": "provider",
        "service": "service",
        "region": "region",
        "zone": "zone",
        "sku": "sku_id",
        "usage_type": "usage_type",
        "operation": "operation",
        "charge_category": "charge_category",
        "pricing_category": "pricing_category",
        "commitment": "commitment_id",
        "commitment_type": "commitment_type",
        "commitment_status": "commitment_status",
        "instance_type": "instance_type",
        "instance_family": "family",
        "operating_system": "platform",
        "tenancy": "tenancy",
        "resource": "resource_id",
        GROUPED: GROUPED,
    }
)
"""Facts of every line, and the column of records and line items they stand in."""
OF_RECORDS = frozenset({"instance_family", "operating_system", "tenancy"})
"""Facts that hourly records have and line items have not."""
KEYED: Mapping[str, str] = MappingProxyType({"tag": "", "cost_category": "costCategory/"})
"""Dimensions with a key, and what stands before it among a line's tags."""
COST_OF: Mapping[Metric, str] = MappingProxyType(
    {
        "amortised": "effective_cost",
        "billed": "billed_cost",
        "list": "list_cost",
        "contracted": "contracted_cost",
    }
)
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)
"""Between these days are all that bills are read of."""
LONGEST_BY_HOUR = 31
"""Days that may be asked for by the hour."""
SHARE_DIGITS = Decimal("0.000001")
PERCENT_DIGITS = Decimal("0.01")
WIDE = Context(prec=200)
"""Wide enough for sums and products of DECIMAL(38, 12); Python's own context rounds at 28."""


@dataclass(frozen=True)
class Dimension:
    """What costs are told apart by: a fact of `COLUMN_OF`, or the tag or cost category `key`.

    Of cost groups it holds the rules, once it is known whose they are.
    """

    kind: str
    key: str | None = None
    rules: "tuple[Rule, ...] | None" = field(default=None, repr=False)

    def __str__(self) -> str:
        return self.kind if self.key is None else f"{self.kind}:{self.key}"

    @property
    def tag_key(self) -> str | None:
        """The key among a line's tags; None where the dimension is no tag."""
        return None if self.key is None else KEYED[self.kind] + self.key

    @property
    def of_items(self) -> bool:
        """Whether only line items say it."""
        stated = self.key is not None or self.kind == "resource"
        return stated or any(each.of_items for each in self.facts)

    @property
    def facts(self) -> "tuple[Dimension, ...]":
        """What the rules of cost groups look at, each once."""
        named = (each.dimension for rule in self.rules or () for each in rule.filters)
        return tuple(dict.fromkeys(named))


def dimension_of(text: str) -> Dimension:
    """`service`, `tag:team` or `cost_category:Unit`. Raises ValueError for anything else."""
    kind, colon, key = text.partition(":")
    if colon and kind in KEYED and key:
        return Dimension(kind, key)
    if text in COLUMN_OF:
        return Dimension(text)
    raise ValueError(f"no dimension: {text}")


@dataclass(frozen=True)
class Filter:
    """Only lines whose dimension has one of `values`; with `excluded` only the others.

    None among the values: where the bill does not say. No values: it says anything at all.
    """

    dimension: Dimension
    values: tuple[str | None, ...] = ()
    excluded: bool = False


@dataclass(frozen=True)
class Rule:
    """Lines that pass all filters are the group's, unless a rule before takes them."""

    group_id: str
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True)
class Days:
    """Days from `start` until before `end`."""

    start: date
    end: date

    @property
    def count(self) -> int:
        return (self.end - self.start).days

    def before(self) -> "Days":
        """As many days just before; of whole months as many whole months."""
        if self.start.day == self.end.day == 1:
            months = (self.end.year - self.start.year) * 12 + self.end.month - self.start.month
            return Days(months_earlier(self.start, months), self.start)
        return Days(self.start - timedelta(days=self.count), self.start)


def months_earlier(first: date, months: int) -> date:
    """The first day of the month that is so many before the one whose first day this is."""
    count = first.year * 12 + first.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


@dataclass(frozen=True)
class Question:
    """Costs of some days by time and up to two dimensions; `against` other days, if wanted."""

    days: Days
    metric: Metric = "amortised"
    granularity: Granularity = "month"
    by: tuple[Dimension, ...] = ()
    filters: tuple[Filter, ...] = ()
    currency: str | None = None
    top: int = 20
    against: Days | None = None
    conversion: Conversion | None = None

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        """All that it is about."""
        return (*self.by, *(each.dimension for each in self.filters))

    @property
    def sorting(self) -> Dimension | None:
        """The cost groups that it is about, if it is."""
        return next((each for each in self.dimensions if each.kind == GROUPED), None)

    @property
    def span(self) -> Days:
        """All days that have to be read."""
        if self.against is None:
            return self.days
        return Days(min(self.days.start, self.against.start), max(self.days.end, self.against.end))


@dataclass(frozen=True)
class AskedCosts:
    """A question, of these billing sources or of all, to be answered in a currency or as it is."""

    question: Question
    sources: tuple[UUID, ...] = ()
    convert_to: str | None = None


@dataclass(frozen=True)
class Group:
    """One combination of dimension values in one currency; `share` is of the currency's total.

    `before` is its cost in the days compared with; None where none are.
    """

    values: tuple[str | None, ...]
    currency: str
    cost: Decimal
    share: Decimal | None
    before: Decimal | None = None


@dataclass(frozen=True)
class Cell:
    """What a group cost in one span of time; without a group: all groups that are not shown."""

    start: datetime | None
    group: Group | None
    currency: str
    cost: Decimal


@dataclass(frozen=True)
class Costs:
    """The answer: groups, largest first, their cells by time, and the sums of everything.

    Sums of the days compared with are empty where none are.
    """

    totals: Mapping[str, Decimal] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()
    rest: Mapping[str, Decimal] = field(default_factory=dict)
    cells: tuple[Cell, ...] = ()
    totals_before: Mapping[str, Decimal] = field(default_factory=dict)
    rest_before: Mapping[str, Decimal] = field(default_factory=dict)


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
    return WIDE.divide(cost, total).quantize(SHARE_DIGITS, context=WIDE) if total else None


def percent_of(change: Decimal, before: Decimal) -> Decimal | None:
    """A change in percent of what was before, to two places; None where that was nothing."""
    if not before:
        return None
    percent = WIDE.divide(WIDE.multiply(change, Decimal(100)), before.copy_abs())
    return percent.quantize(PERCENT_DIGITS, context=WIDE)
