"""Findings on the wire."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from finops_commitments.findings.domain import FindingKind, Thresholds
from finops_commitments.inventory.domain import Severity
from finops_common.schemas import Command, DecimalText

State = Literal["open", "closed"]


class FindingView(BaseModel):
    """Something about the commitments that needs, or needed, a look."""

    id: UUID
    kind: FindingKind
    commitment_id: str | None
    severity: Severity
    facts: dict[str, str | None] = Field(description="the figures behind it, exact")
    opened_at: datetime
    closed_at: datetime | None


class ThresholdsView(BaseModel):
    """From where on figures are findings."""

    utilization_percent: DecimalText = Field(description="of a commitment that is used less")
    coverage_drop_points: DecimalText = Field(
        description="percentage points that the last 7 closed days are below the 28 before"
    )


class ThresholdsChange(Command):
    utilization_percent: Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)]
    coverage_drop_points: Annotated[
        Decimal, Field(ge=1, le=100, max_digits=5, decimal_places=2)
    ] = Thresholds().coverage_drop_points
