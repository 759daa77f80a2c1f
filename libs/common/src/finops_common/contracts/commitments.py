"""What commitments says: findings that opened or closed, advice that changed, and notices."""

from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from finops_common.contracts.notices import Notice
from finops_common.events.contract import Change, Event, Topic

FINDING = Topic("commitments.finding", "risk, expiry and coverage findings, opened and closed")
RECOMMENDATION = Topic("commitments.recommendation", "what to buy has changed")
NOTICE = Topic("commitments.notice", "what people should know of their commitments")
EXPORT = Topic("commitments.export", "figures and advice were taken away as files")
ENTERED = Topic(
    "commitments.entered", "planned changes, spend contracts and recipients that people enter", 1
)

FindingKind = Literal[
    "underutilized", "expiring", "unlisted", "unbilled", "over_committed", "coverage_dropped"
]
ExportedNoun = Literal["inventory", "utilization", "coverage", "recommendations"]


class _FindingEvent(Event):
    topic: ClassVar[Topic] = FINDING
    key: ClassVar[str] = "organization_id"
    target: ClassVar[tuple[str, str]] = ("finding", "finding_id")

    company_id: UUID
    organization_id: UUID
    finding_id: UUID
    kind: FindingKind
    commitment_id: str | None
    """None where it is about all commitments of a payer together, as over-commitment is."""
    facts: dict[str, str | None]
    """The figures behind it, exact decimals and instants as text."""


class FindingOpened(_FindingEvent):
    """Something about the commitments needs a look."""

    name: ClassVar[str] = "finding.opened"


class FindingClosed(_FindingEvent):
    """It no longer holds; `facts` are the last it had."""

    name: ClassVar[str] = "finding.closed"


class AdvisedPlan(BaseModel):
    """What one payer should buy; money per hour and per month of 730 hours."""

    model_config = ConfigDict(frozen=True)

    payer_account_id: str
    currency: str
    plan_type: str
    term_years: int
    payment_option: str
    hourly_commitment: Decimal
    monthly_savings: Decimal


class RecommendationMade(Event):
    """The advice for an organization is another than before; the whole is asked for by HTTP."""

    topic: ClassVar[Topic] = RECOMMENDATION
    name: ClassVar[str] = "recommendation.made"
    key: ClassVar[str] = "organization_id"
    target: ClassVar[tuple[str, str]] = ("organization", "organization_id")

    company_id: UUID
    organization_id: UUID
    look_back_days: int
    plans: tuple[AdvisedPlan, ...]
    """Empty when there is nothing worth buying any more."""


class CommitmentNotice(Notice):
    """People should know of a commitment that ends, lies idle, or is too much, or that coverage fell."""

    topic: ClassVar[Topic] = NOTICE


class CommitmentsExported(Event):
    """Somebody has taken a table of commitments away as a file."""

    topic: ClassVar[Topic] = EXPORT
    name: ClassVar[str] = "commitments.exported"
    key: ClassVar[str] = "organization_id"
    target: ClassVar[tuple[str, str]] = ("organization", "organization_id")

    organization_id: UUID
    what: ExportedNoun
    format: str


class _EnteredChanged(Change):
    """Without before it was entered, without after it was removed; they are the whole of it."""

    topic: ClassVar[Topic] = ENTERED
    key: ClassVar[str] = "entered_id"

    entered_id: UUID
    organization_id: UUID


class PlannedChangeChanged(_EnteredChanged):
    """Somebody entered, changed or removed what forecasts of an organization expect to come."""

    name: ClassVar[str] = "planned_change.changed"
    target: ClassVar[tuple[str, str]] = ("planned_change", "entered_id")


class AlertRecipientsChanged(_EnteredChanged):
    """Somebody chose anew whom an organization wants told of a kind of alert."""

    name: ClassVar[str] = "alert_recipients.changed"
    target: ClassVar[tuple[str, str]] = ("alert_recipients", "entered_id")


class SpendContractChanged(_EnteredChanged):
    """Somebody entered, changed or removed the terms of a spend contract with a provider."""

    name: ClassVar[str] = "spend_contract.changed"
    target: ClassVar[tuple[str, str]] = ("spend_contract", "entered_id")


class ThresholdsChanged(Change):
    """Somebody set from where on figures of an organization are findings."""

    topic: ClassVar[Topic] = ENTERED
    name: ClassVar[str] = "thresholds.changed"
    key: ClassVar[str] = "organization_id"
    target: ClassVar[tuple[str, str]] = ("organization", "organization_id")

    organization_id: UUID


EVENTS: tuple[type[Event], ...] = (
    FindingOpened,
    FindingClosed,
    RecommendationMade,
    CommitmentNotice,
    CommitmentsExported,
    PlannedChangeChanged,
    SpendContractChanged,
    AlertRecipientsChanged,
    ThresholdsChanged,
)
