"""The inventory on the wire; null is not known, `sources` says where each known field is from."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from finops_commitments.figures.domain import FORMULA_VERSION
from finops_commitments.inventory.domain import Kind, Severity, Source
from finops_commitments.inventory.listing import Item, Total
from finops_commitments.revisions.domain import Finality
from finops_common.schemas import DecimalText, Rounded


class ScopeView(BaseModel):
    """What a commitment applies to; null is any, or not known."""

    service: str | None
    region: str | None
    zone: str | None
    family: str | None
    instance_type: str | None
    platform: str | None
    tenancy: str | None


class UseView(BaseModel):
    """An average day of the last 30, in the commitment's currency."""

    covered: DecimalText | None = Field(description="usage it paid for, at on-demand price")
    amortised: DecimalText = Field(description="its cost")
    extra_cost: DecimalText | None = Field(description="what a day costs more once it has lapsed")


class CommitmentView(BaseModel):
    """One commitment, close to the Contract Commitment of FOCUS 1.4."""

    id: str
    provider: str
    kind: Kind | None
    type: str | None
    scope: ScopeView | None
    payer_account_id: str | None
    owner_account_id: str | None
    hourly_amount: DecimalText | None
    quantity: DecimalText | None
    unit: str | None
    currency: str | None
    term_years: int | None
    payment_option: str | None
    upfront: DecimalText | None
    recurring_hourly: DecimalText | None
    starts_at: datetime | None
    ends_at: datetime | None
    state: str | None
    offering_class: str | None
    active: bool
    expires_in_days: int | None = Field(description="whole days left")
    severity: Severity | None = Field(description="of what ends within 30 days")
    use: UseView | None
    sources: dict[str, Source]


class TotalView(BaseModel):
    """Of all that fits the filters, per currency."""

    currency: str | None
    count: int
    hourly_amount: DecimalText
    upfront: DecimalText
    recurring_hourly: DecimalText
    amortised_a_day: Rounded


class InventoryView(BaseModel):
    """A page of commitments."""

    at: datetime
    listed_at: datetime | None = Field(description="by the provider's APIs; null: bill only")
    as_of: datetime | None = Field(description="last instant every bill in it knows of")
    finality: Finality
    formula_version: str = FORMULA_VERSION
    count: int = Field(description="commitments that fit, on all pages")
    totals: list[TotalView]
    items: list[CommitmentView]
    next_offset: int | None


Activity = Literal["active", "inactive"]


def commitment_view(item: Item) -> CommitmentView:
    """One item on the wire."""
    each, use = item.commitment, item.use
    return CommitmentView(
        **{name: getattr(each, name) for name in _AS_THEY_ARE},
        scope=None
        if each.scope is None
        else ScopeView.model_validate(each.scope, from_attributes=True),
        active=item.active,
        expires_in_days=item.expires_in_days,
        severity=item.notice.severity if item.notice else None,
        use=None if use is None else UseView.model_validate(use, from_attributes=True),
        sources=dict(each.sources),
    )


_COMPOSED = {"scope", "active", "expires_in_days", "severity", "use", "sources"}
_AS_THEY_ARE = tuple(name for name in CommitmentView.model_fields if name not in _COMPOSED)


def total_view(total: Total) -> TotalView:
    """One currency's sums on the wire."""
    return TotalView.model_validate(total, from_attributes=True)
