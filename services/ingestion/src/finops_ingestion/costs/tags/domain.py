"""What is said of tag keys and their values."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from finops_ingestion.costs.domain import KEYED, Days, Dimension, Filter, Metric


@dataclass(frozen=True)
class Asked:
    """Tags of the lines of some days that pass the filters."""

    days: Days
    filters: tuple[Filter, ...] = ()
    metric: Metric = "amortised"


@dataclass(frozen=True)
class Covered:
    """What lines with a tag cost in one currency, and the part of all costs that is, 0 to 1."""

    currency: str
    cost: Decimal
    share: Decimal | None


@dataclass(frozen=True)
class TagKey:
    """A key that lines have; `values` counts its distinct values."""

    key: str
    values: int
    covered: tuple[Covered, ...]


@dataclass(frozen=True)
class TagValue:
    """A value of a key, and what its lines cost by currency."""

    value: str
    costs: Mapping[str, Decimal]


def kind_of(key: str) -> Literal["tag", "cost_category"]:
    """Whether a key is a person's tag or the name of a cost category."""
    return "cost_category" if key.startswith(KEYED["cost_category"]) else "tag"


def dimension_of_key(key: str) -> Dimension:
    """What to group and filter by for this key."""
    kind = kind_of(key)
    return Dimension(kind, key.removeprefix(KEYED[kind]))
