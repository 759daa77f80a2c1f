"""Findings on the wire."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from finops_commitments.findings.domain import FindingKind
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


class Threshold(BaseModel):
    """A commitment used less than this is a finding."""

    utilization_percent: DecimalText


class ThresholdChange(Command):
    utilization_percent: Annotated[Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2)]
