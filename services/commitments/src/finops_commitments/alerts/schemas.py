"""Alerts on the wire."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from finops_commitments.alerts.recipients import AlertKind, Recipients
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
    recipients: Recipients = Field(description="whom it was addressed to")
    acknowledged_by: UUID | None = Field(description="who took note first, of the notice")
    acknowledged_at: datetime | None = Field(
        description="from then on no more is sent of this end, or of this finding while it is open"
    )


class RecipientsView(BaseModel):
    """Who is told of a kind of alert; version 0 is the default, which nobody chose."""

    kind: AlertKind
    recipients: Recipients
    version: int = Field(description="in quotes, for `If-Match`")
    changed_by: UUID | None
    changed_at: datetime | None


class AllRecipients(BaseModel):
    items: list[RecipientsView]
