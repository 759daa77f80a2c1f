"""What a plan holds; immutable, and known by the hash of its content (AUTO-11)."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from finops_autosavings.policies.domain import Mode
from finops_common.contracts.commitments_queries import CommitmentType, PaymentOption
from finops_common.money import plain

Origin = Literal["weekly", "on_demand"]
State = Literal["made", "held"]
Limit = Literal["weekly_share", "cap", "upfront_cap"]
WhyWithheld = Literal[
    "no_saving",
    "target_reached",
    "utilization_below_minimum",
    "utilization_unknown",
    "term_too_long",
    "type_not_allowed",
    "regions_restricted",
    "prices_stale",
    "currency_differs",
    "payer_is_reseller",
    "uploads_only",
    "cap_reached",
]
WhyHeld = Literal[
    "data_missing",
    "data_stale",
    "import_failed",
    "account_change_pending",
    "account_not_connected",
    "account_missing",
]


@dataclass(frozen=True, slots=True)
class AdviceTaken:
    """The recommendation an item came from, and what that left out."""

    recommendation_id: UUID
    hourly_commitment: Decimal
    monthly_savings: Decimal
    coverage_before_percent: Decimal | None
    coverage_after_percent: Decimal | None
    utilization_percent: Decimal | None
    break_even_months: Decimal | None
    lookback_since: datetime
    lookback_until: datetime
    offer_rate_date: date
    leaves_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One commitment to buy, in slices that can each be returned.

    Money is in the policy's currency. Savings are at least what is stated, by percent of
    fallen usage too: less of a plan saves more per unit than all of it. `limited_by` says
    why it is no more.
    """

    kind: Literal["buy"]
    payer_account_id: str
    commitment_type: CommitmentType
    term_years: int
    payment_option: PaymentOption
    hourly_commitment: Decimal
    slices: tuple[Decimal, ...]
    total_commitment: Decimal
    upfront: Decimal
    monthly_savings: Decimal
    monthly_savings_if_usage_falls: Mapping[int, Decimal]
    buy_at: datetime
    return_until: datetime
    limited_by: Limit
    advice: AdviceTaken


@dataclass(frozen=True, slots=True)
class Withheld:
    """Advice that became no item, and why."""

    payer_account_id: str
    recommendation_id: UUID
    why: tuple[WhyWithheld, ...]


@dataclass(frozen=True, slots=True)
class Hold:
    """Why the whole plan may not be carried out."""

    why: WhyHeld
    cloud_account_id: UUID


@dataclass(frozen=True, slots=True)
class Content:
    """All that is decided; two plans with the same content have the same hash."""

    organization_id: UUID
    policy_version: int
    mode: Mode
    currency: str
    items: tuple[Item, ...]
    withheld: tuple[Withheld, ...]
    holds: tuple[Hold, ...]

    @property
    def state(self) -> State:
        return "held" if self.holds else "made"


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the items of a plan."""

    hourly_commitment: Decimal
    total_commitment: Decimal
    upfront: Decimal
    monthly_savings: Decimal


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan as it was made; `slot` is the weekly instant it stands for."""

    id: UUID
    origin: Origin
    slot: datetime | None
    content: Content
    content_hash: str
    made_at: datetime
    requested_by: UUID | None


def totals(items: Iterable[Item]) -> Totals:
    """The sums that caps and approval limits count."""
    found = list(items)
    return Totals(
        *(
            sum((getattr(item, field.name) for item in found), Decimal(0))
            for field in fields(Totals)
        )
    )


def document(value: object) -> Any:  # noqa: ANN401 - JSON
    """`value` as plain JSON: decimals as shortest text, instants in UTC, keys as text."""
    if is_dataclass(value):
        return {each.name: document(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): document(each) for name, each in value.items()}
    if isinstance(value, tuple):
        return [document(each) for each in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Decimal):
        return plain(value)
    return str(value) if isinstance(value, UUID | date) else value


def content_hash(content: Content) -> str:
    """SHA-256 in hex over canonical JSON (sorted keys, no spaces, UTF-8): the same everywhere."""
    text = json.dumps(document(content), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
