"""What is saved, whose it is, and which days a relative range means."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from finops_ingestion.costs.domain import Days, months_earlier

Kind = Literal["query", "dashboard"]
MOST = 200
"""Saved queries, and dashboards, that one person may have in one organization."""


@dataclass(frozen=True)
class Saved:
    """A query or dashboard; `body` is what the wire says of it."""

    id: UUID
    owner_id: UUID
    name: str
    shared: bool
    body: Mapping[str, Any]
    version: int
    created_at: datetime
    changed_at: datetime

    def told(self) -> dict[str, Any]:
        """What others may know of it: not even the name of what is private."""
        return {"name": self.name, "shared": True} if self.shared else {"shared": False}


@dataclass(frozen=True)
class Draft:
    """What somebody wants to save."""

    name: str
    shared: bool
    body: Mapping[str, Any]


def last_days(today: date, count: int) -> Days:
    """So many whole days: today, which is not over, is not among them."""
    return Days(today - timedelta(days=count), today)


def this_month(today: date) -> Days:
    """From the month's first day until today, today included."""
    return Days(today.replace(day=1), today + timedelta(days=1))


def last_months(today: date, count: int) -> Days:
    """So many whole months before this one."""
    first = today.replace(day=1)
    return Days(months_earlier(first, count), first)
