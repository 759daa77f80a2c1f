"""What ingestion says of people who work with costs: what they save and take away."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from finops_common.events.contract import Change, Event, Topic

ANALYTICS = Topic("ingestion.analytics", "saved queries and dashboards changed, costs exported", 1)

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
