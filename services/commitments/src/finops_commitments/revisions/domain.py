"""What a revision of hourly records is, and how sure figures made from several of them are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from uuid import UUID

SILENT = timedelta(days=45)
"""Longer than any provider takes between two bills."""
Finality = Literal["open", "closed", "restated"]


@dataclass(frozen=True, slots=True)
class Stream:
    """What is replaced as one: a billing source's period."""

    company_id: UUID
    billing_source_id: UUID
    period: date


@dataclass(frozen=True, slots=True)
class Part:
    """Hourly records of one organization, Arrow bytes, with the hours of the first and last.

    `daily` are the same added up by day: what spans many months is answered from these.
    """

    organization_id: UUID
    attempt: UUID
    revision: int
    part: int
    records: bytes
    daily: bytes
    first_hour: datetime
    last_hour: datetime


@dataclass(frozen=True, slots=True)
class Revision:
    """The revision of a stream an organization's figures are made from.

    `as_of` is the last instant its bill knows of; the hours are those of its records.
    """

    billing_source_id: UUID
    period: date
    revision: int
    attempt: UUID
    finality: Finality
    as_of: datetime
    first_hour: datetime
    last_hour: datetime


def finality(revisions: Iterable[Revision]) -> Finality:
    """Of figures made from all of these: open while one is, restated once one was."""
    found = {each.finality for each in revisions}
    if "open" in found or not found:
        return "open"
    return "restated" if "restated" in found else "closed"


def as_of(revisions: Sequence[Revision]) -> datetime | None:
    """Up to where every source is known: its newest instant, of the source furthest behind."""
    newest: dict[UUID, datetime] = {}
    for each in revisions:
        known = newest.get(each.billing_source_id, each.as_of)
        newest[each.billing_source_id] = max(known, each.as_of)
    return min(newest.values(), default=None)


def known_until(revisions: Sequence[Revision], at: datetime) -> datetime:
    """Up to where all sources are known that still tell something; never later than `at`.

    A source that was silent for long has ended, as a detached account's: what it told stays.
    """
    newest = as_of([each for each in revisions if each.as_of > at - SILENT])
    return min(newest or as_of(revisions) or at, at)


def days_in_part(since: datetime, until: datetime) -> tuple[datetime, ...]:
    """The UTC days of which [since, until) has a part and not all, by their midnights."""
    ends = [each.astimezone(UTC) for each in (since, until)]
    days = [each.replace(hour=0, minute=0, second=0, microsecond=0) for each in ends]
    return tuple(sorted({day for end, day in zip(ends, days, strict=True) if end != day}))


def within(revisions: Sequence[Revision], since: datetime, until: datetime) -> tuple[Revision, ...]:
    """Those with records in [since, until)."""
    return tuple(e for e in revisions if e.last_hour >= since and e.first_hour < until)
