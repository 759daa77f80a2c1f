"""What a line item says."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from finops_ingestion.costs.domain import KEYED, Days, Filter


@dataclass(frozen=True)
class Place:
    """Where a line stands: its time, the bill's place in the lake, its row there."""

    charge_start: datetime
    part: str
    line: int


@dataclass(frozen=True)
class Wanted:
    """Lines of some days that pass the filters, by time, oldest or newest first."""

    days: Days
    filters: tuple[Filter, ...] = ()
    newest_first: bool = False
    after: Place | None = None
    limit: int = 50


@dataclass(frozen=True)
class LineItem:
    """One line of a bill; costs are in `currency`, None where the bill does not say."""

    charge_start: datetime
    charge_end: datetime | None
    provider: str
    payer_account_id: str
    account_id: str | None
    service: str | None
    region: str | None
    zone: str | None
    resource_id: str | None
    sku_id: str | None
    usage_type: str | None
    operation: str | None
    instance_type: str | None
    charge_category: str
    charge_class: str | None
    charge_kind: str | None
    pricing_category: str | None
    commitment_id: str | None
    commitment_type: str | None
    commitment_status: str | None
    commitment_unit: str | None
    commitment_quantity: Decimal | None
    usage_unit: str | None
    usage_quantity: Decimal | None
    list_cost: Decimal | None
    contracted_cost: Decimal | None
    billed_cost: Decimal
    effective_cost: Decimal
    currency: str
    billing_period: date
    billing_source_id: UUID
    tags: dict[str, str]
    cost_categories: dict[str, str]


def told_apart(tags: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """A line's tags, and its cost categories by their names."""
    prefix = KEYED["cost_category"]
    plain = {key: value for key, value in tags.items() if not key.startswith(prefix)}
    rest = {k.removeprefix(prefix): value for k, value in tags.items() if k.startswith(prefix)}
    return plain, rest
