"""Alerts on the wire."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from finops_common.contracts.notices import Severity


class AlertView(BaseModel):
    """An alert that was sent."""

    id: UUID = Field(description="the notice's id too")
    kind: str = Field(examples=["commitment.expiring"])
    about: str = Field(description="a commitment, or a payer and its currency")
    occasion: str = Field(examples=["30 days before 2026-12-01T00:00:00+00:00"])
    severity: Severity
    facts: dict[str, str]
    raised_at: datetime
    acknowledged_by: UUID | None = Field(description="who took note first, of the notice")
    acknowledged_at: datetime | None = Field(
        description="from then on no more is sent of this end, or of this finding while it is open"
    )
