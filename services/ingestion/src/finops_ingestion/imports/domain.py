"""What an import, a delivery and the finality of a period are."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from finops_common.contracts.ingestion import Finality

State = Literal["queued", "running", "paused", "done", "partial", "failed", "cancelled"]
Cause = Literal["schedule", "backfill", "retry", "upload", "move"]
ENDED: frozenset[str] = frozenset({"done", "partial", "failed", "cancelled"})
SETTLING = timedelta(days=10)
"""After a month ends providers still change its bill; later it counts as closed unless its
lines say otherwise by naming, or not naming, an invoice."""
MONTHS_BACK = 13
QUIET = timedelta(minutes=30)
"""Files that no manifest counts are whole once nothing of them has changed for so long: S3 shows
a file when the last of its bytes is there, and the largest bill we take (5 GB) needs less over
25 Mbit/s. Whoever pauses longer between two files is read twice: the later file is a newer version."""
MOST_TRIES = 6
MOST_OUTAGES = 24
"""A day of hourly looks: so many imports of one delivery may end because its cloud is silent."""


@dataclass(frozen=True)
class DeliveredFile:
    """A file of a delivery, in the version that was seen."""

    name: str
    version: str
    size: int
    rows: int | None = None
    """As its manifest counts them, where that does."""


@dataclass(frozen=True)
class Delivery:
    """The files that make up one version of a period's bill."""

    period: date
    files: tuple[DeliveredFile, ...]
    changed_at: datetime | None = None
    """When the newest of its files came; None where something says that they are all there."""

    def is_whole(self, now: datetime) -> bool:
        """Whether no more of it is to be expected."""
        return self.changed_at is None or self.changed_at + QUIET <= now

    @property
    def fingerprint(self) -> str:
        """What makes two deliveries the same."""
        return fingerprint(self.files)


@dataclass(frozen=True)
class Import:
    """One run that reads a delivery."""

    id: UUID
    company_id: UUID
    organization_id: UUID
    billing_source_id: UUID
    period: date | None
    cause: str
    fingerprint: str
    state: str
    stage: str
    percent: int
    tries: int
    rows_read: int | None
    rows_accepted: int | None
    rows_refused: int | None
    refusals: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    code: str | None
    reason: str | None
    cancel_requested: bool
    pause_requested: bool
    job_id: UUID | None
    resumed_at: datetime | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    def is_run_by(self, job_id: UUID) -> bool:
        """Whether this job, and not one queued by a later resumption, works on it."""
        return job_id == (self.job_id or self.id)


@dataclass(frozen=True)
class ImportFile:
    """A file of an import in the ledger."""

    name: str
    version: str
    size: int
    sha256: str | None
    rows: int | None
    state: str
    reason: str | None
    fetched_at: datetime | None
    read_at: datetime | None


@dataclass(frozen=True)
class Period:
    """A billing period of a source and the revision of it that stands; 0: none yet."""

    billing_source_id: UUID
    period: date
    company_id: UUID
    organization_id: UUID
    revision: int
    finality: Finality | None
    as_of: datetime | None
    fingerprint: str | None
    attempt: UUID | None
    import_id: UUID | None
    committed_at: datetime | None
    owners: str | None


def fingerprint(files: Iterable[DeliveredFile]) -> str:
    """A hash over names, versions and sizes, whatever their order."""
    told = sorted(f"{file.name}\0{file.version}\0{file.size}" for file in files)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def month_end(period: date) -> date:
    """The first day of the next month."""
    return (period.replace(day=1) + timedelta(days=32)).replace(day=1)


def months_back(today: date, count: int = MONTHS_BACK) -> date:
    """The first day of the month `count - 1` months before today's."""
    index = today.year * 12 + today.month - count
    return date(index // 12, index % 12 + 1, 1)


def is_past(period: date, now: datetime) -> bool:
    """Whether a bill of the period that says nothing else counts as closed by now."""
    return now.date() >= month_end(period) + SETTLING


def finality_of(before: Finality | None, *, closed: bool) -> Finality:
    """Of the next revision: what changes a closed month restates it."""
    if before in {"closed", "restated"}:
        return "restated"
    return "closed" if closed else "open"


def percent_of(stage: str, share: float) -> int:
    """Progress of the whole, from that of its stage (0 to 1)."""
    start, end = _STAGES[stage]
    return int(start + (end - start) * min(max(share, 0.0), 1.0))


_STAGES: dict[str, tuple[int, int]] = {
    "waiting": (0, 0),
    "fetching": (0, 40),
    "reading": (40, 80),
    "publishing": (80, 99),
    "ended": (100, 100),
}


def of_this_window(deliveries: Sequence[Delivery], today: date) -> list[Delivery]:
    """The deliveries looked for without being asked, newest month first."""
    wanted = [each for each in deliveries if each.period >= months_back(today)]
    return sorted(wanted, key=lambda each: each.period, reverse=True)
