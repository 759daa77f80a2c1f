"""What ingestion says of people who work with costs: what they save, take away and have delivered."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from finops_common.events.contract import Change, Event, Topic

ANALYTICS = Topic(
    "ingestion.analytics",
    "saved queries, dashboards, deliveries and folders changed; costs exported or delivered",
    1,
)

ExportedNoun = Literal["costs", "line_items"]


class _SavedChanged(Change):
    """Without before it was made, without after it was deleted.

    Before and after hold name and sharing; of what is private the name is not told.
    """

    topic: ClassVar[Topic] = ANALYTICS
    key: ClassVar[str] = "saved_id"

    saved_id: UUID
    organization_id: UUID
    owner_id: UUID
    changed: tuple[str, ...] = Field(description="name, shared, body: which of them")


class SavedQueryChanged(_SavedChanged):
    """Somebody saved, changed or deleted a question about costs."""

    name: ClassVar[str] = "saved_query.changed"
    target: ClassVar[tuple[str, str]] = ("saved_query", "saved_id")


class DashboardChanged(_SavedChanged):
    """Somebody saved, changed or deleted a layout of saved queries."""

    name: ClassVar[str] = "dashboard.changed"
    target: ClassVar[tuple[str, str]] = ("dashboard", "saved_id")


class CostsExported(Event):
    """Somebody has taken costs or lines of bills of these days away as a file."""

    topic: ClassVar[Topic] = ANALYTICS
    name: ClassVar[str] = "costs.exported"
    key: ClassVar[str] = "organization_id"
    target: ClassVar[tuple[str, str]] = ("organization", "organization_id")

    organization_id: UUID
    what: ExportedNoun
    format: str
    start: date
    end: date = Field(description="the first day that is not in it")


class DeliveryChanged(Change):
    """Somebody made, changed or deleted what is delivered to a bucket of their own.

    Before and after hold name, place and schedule; without before it was made, without after
    it was deleted.
    """

    topic: ClassVar[Topic] = ANALYTICS
    name: ClassVar[str] = "delivery.changed"
    key: ClassVar[str] = "delivery_id"
    target: ClassVar[tuple[str, str]] = ("delivery", "delivery_id")

    delivery_id: UUID
    organization_id: UUID
    changed: tuple[str, ...] = Field(description="name, enabled, terms: which of them")


class DeliveryChecked(Event):
    """Somebody had an object written into the bucket of a delivery, and removed."""

    topic: ClassVar[Topic] = ANALYTICS
    name: ClassVar[str] = "delivery.checked"
    key: ClassVar[str] = "delivery_id"
    target: ClassVar[tuple[str, str]] = ("delivery", "delivery_id")

    delivery_id: UUID
    organization_id: UUID
    cause: str | None = Field(description="why nothing can be written; null when all is well")


class DeliveryRunChanged(Event):
    """A run of a delivery was queued, met an obstacle and is tried again, or is over."""

    topic: ClassVar[Topic] = ANALYTICS
    name: ClassVar[str] = "delivery.run_changed"
    key: ClassVar[str] = "delivery_id"
    target: ClassVar[tuple[str, str]] = ("delivery", "delivery_id")

    delivery_id: UUID
    organization_id: UUID
    run_id: UUID
    state: str = Field(description="queued, retrying, done or failed")
    requested_by: str = Field(description="schedule, or request: a person")
    cause: str | None = Field(description="what stands in the way")
    periods: tuple[str, ...] = Field(description="months that were written until now")
    lines: int
    bytes: int


class BillingFolderChanged(Change):
    """Somebody has had bills read from a folder of FOCUS files in a bucket, or no longer.

    Before and after hold its name, place and the account that opens it; without before it is read
    from now on, without after no more.
    """

    topic: ClassVar[Topic] = ANALYTICS
    name: ClassVar[str] = "billing_folder.changed"
    key: ClassVar[str] = "billing_source_id"
    target: ClassVar[tuple[str, str]] = ("billing_source", "billing_source_id")

    billing_source_id: UUID
    company_id: UUID
    organization_id: UUID
