"""Policies on the wire."""

from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from finops_autosavings.policies.domain import LARGEST_SLICE, Mode
from finops_common.contracts.commitments_queries import CommitmentType
from finops_common.schemas import Command, DecimalText, Instant, Line

Amount = Annotated[DecimalText, Field(ge=0, max_digits=20, decimal_places=6)]
Percent = Annotated[DecimalText, Field(ge=0, le=100, decimal_places=4)]
Slice = Annotated[DecimalText, Field(ge=Decimal("0.001"), le=LARGEST_SLICE, decimal_places=5)]


class BlackoutWindow(Command):
    since: Instant
    until: Instant

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until <= self.since:
            raise ValueError("until must be after since")
        return self


class SavingsCaps(Command):
    """On the sum of a plan; null: no limit."""

    per_purchase: Amount | None = None
    per_month: Amount | None = None
    outstanding: Amount | None = None
    upfront: Amount | None = None


class SavingsPolicySettings(Command):
    """A whole policy; what is left out takes its default."""

    mode: Mode = "dry_run"
    currency: Literal["USD"] = "USD"
    caps: SavingsCaps = SavingsCaps()
    longest_term_years: Literal[1, 3] = 1
    target_coverage_percent: Percent = Decimal(80)
    minimum_utilization_percent: Percent = Decimal(95)
    weekly_share_percent: Percent = Field(
        default=Decimal(10), description="of the gap, that a week's plan may buy"
    )
    largest_slice: Slice = Field(
        default=LARGEST_SLICE, description="per hour; AWS takes back no more than 100"
    )
    commitment_types: tuple[CommitmentType, ...] = Field(("compute_savings_plan",), max_length=10)
    regions: tuple[Line, ...] = Field((), max_length=60, description="empty: all")
    blackouts: tuple[BlackoutWindow, ...] = Field((), max_length=50)
    cool_off_hours: int = Field(24, ge=0, le=168)
    approvers: tuple[UUID, ...] = Field((), max_length=50)
    four_eyes: bool = False
    weekday: int = Field(0, ge=0, le=6, description="of the weekly plan, UTC; 0 is Monday")
    hour: int = Field(6, ge=0, le=23, description="of the weekly plan, UTC")


class SavingsPolicyChange(SavingsPolicySettings):
    reason: Line | None = None


class SavingsPolicyView(BaseModel):
    """The policy in force; version 0 is the default."""

    version: int
    policy: SavingsPolicySettings
