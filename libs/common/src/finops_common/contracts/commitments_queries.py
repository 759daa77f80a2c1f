"""What commitments advises, on its internal route `POST /internal/recommendations`.

Names are those of commitments' sizing. Money and percentages are exact decimals, as text
in JSON; a month is 730 hours.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

CommitmentType = Literal["compute_savings_plan"]
PaymentOption = Literal["No Upfront", "Partial Upfront", "All Upfront"]


class RecommendationsQuestion(BaseModel):
    """What should the payers of an organization commit to?"""

    model_config = ConfigDict(extra="forbid")

    organization_id: UUID


class Rung(BaseModel):
    """A smaller plan than the recommended one, and what it would do."""

    model_config = ConfigDict(frozen=True, from_attributes=True)

    hourly_commitment: Decimal
    monthly_savings: Decimal
    coverage_after_percent: Decimal | None
    utilization_percent: Decimal | None


class Recommendation(BaseModel):
    """One Compute Savings Plan for one payer, on top of what is owned.

    `hourly_commitment` 0 means: buy nothing. None is "does not exist". `leaves_out` says
    what the advice could not take into account.
    """

    model_config = ConfigDict(frozen=True)

    id: UUID
    payer_account_id: str
    commitment_type: CommitmentType = "compute_savings_plan"
    term_years: int
    payment_option: PaymentOption
    currency: str
    hourly_commitment: Decimal
    upfront: Decimal
    total_commitment: Decimal
    monthly_savings: Decimal
    monthly_savings_if_usage_falls: dict[int, Decimal]
    """By how many percent usage falls; negative is a loss."""
    smaller: tuple[Rung, ...] = ()
    """Ascending, each below `hourly_commitment`: the surer the less is bought."""
    coverage_before_percent: Decimal | None
    coverage_after_percent: Decimal | None
    utilization_percent: Decimal | None
    savings_rate_percent: Decimal | None
    break_even_months: Decimal | None
    break_even_utilization_percent: Decimal | None
    lookback_since: datetime
    lookback_until: datetime
    offer_rate_date: date
    """When the oldest rate it rests on was read; over 7 days is too old to buy on."""
    leaves_out: tuple[str, ...] = ()


class RecommendationsAnswer(BaseModel):
    """One per payer that has usage to weigh; empty for an organization that is not known."""

    recommendations: list[Recommendation]
