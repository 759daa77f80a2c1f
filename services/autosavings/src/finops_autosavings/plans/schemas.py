"""Plans on the wire."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from finops_autosavings.plans.domain import Limit, Origin, State, WhyHeld, WhyWithheld
from finops_autosavings.policies.domain import Mode
from finops_common.contracts.commitments_queries import CommitmentType, PaymentOption
from finops_common.schemas import DecimalText


class PlanTotals(BaseModel):
    """Sums over the items, in the plan's currency; caps and approval limits count these."""

    hourly_commitment: DecimalText
    total_commitment: DecimalText
    upfront: DecimalText
    monthly_savings: DecimalText


class PlanSummary(BaseModel):
    id: UUID
    origin: Origin
    state: State
    slot: datetime | None = Field(description="the weekly instant it stands for")
    made_at: datetime
    requested_by: UUID | None
    policy_version: int
    mode: Mode
    currency: str
    content_hash: str = Field(description="SHA-256 over the canonical JSON of the content")
    item_count: int
    totals: PlanTotals


class AdviceView(BaseModel):
    """The recommendation an item came from."""

    recommendation_id: UUID
    hourly_commitment: DecimalText
    monthly_savings: DecimalText
    coverage_before_percent: DecimalText | None
    coverage_after_percent: DecimalText | None
    utilization_percent: DecimalText | None
    break_even_months: DecimalText | None
    lookback_since: datetime
    lookback_until: datetime
    offer_rate_date: date
    leaves_out: list[str]


class PlanItem(BaseModel):
    """One commitment to buy. Savings are at least what is stated."""

    kind: Literal["buy"]
    payer_account_id: str
    commitment_type: CommitmentType
    term_years: int
    payment_option: PaymentOption
    hourly_commitment: DecimalText
    slices: list[DecimalText] = Field(description="bought apart, so that each can be returned")
    total_commitment: DecimalText
    upfront: DecimalText
    monthly_savings: DecimalText
    monthly_savings_if_usage_falls: dict[int, DecimalText] = Field(
        description="by percent; negative is a loss"
    )
    buy_at: datetime
    return_until: datetime
    limited_by: Limit
    reason: str = Field(description="in the language of the request")
    downside: str = Field(description="in the language of the request")
    advice: AdviceView


class WithheldAdvice(BaseModel):
    payer_account_id: str
    recommendation_id: UUID
    why: list[WhyWithheld]
    reasons: list[str]


class PlanHold(BaseModel):
    why: WhyHeld
    cloud_account_id: UUID
    reason: str


class PlanView(PlanSummary):
    """A whole plan; it never changes."""

    items: list[PlanItem]
    withheld: list[WithheldAdvice]
    holds: list[PlanHold]


class PlanFieldChange(BaseModel):
    name: str
    before: Any
    after: Any


class PlanItemChange(BaseModel):
    payer_account_id: str
    commitment_type: str
    change: Literal["added", "removed", "changed", "same"]
    fields: list[PlanFieldChange]


class PlanComparison(BaseModel):
    """How a plan differs from last week's; without one every item is added."""

    plan_id: UUID
    previous_plan_id: UUID | None
    items: list[PlanItemChange]
    totals_before: PlanTotals
    totals_after: PlanTotals
    policy_changed: bool
