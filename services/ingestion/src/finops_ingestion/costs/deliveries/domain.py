"""What is delivered where and when, which months are due, and what became of each run."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from finops_common.contracts.ingestion import Finality
from finops_ingestion.costs.domain import WIDE, months_earlier

MOST = 20
"""Deliveries that one organization may have."""
MOST_TRIES = 11
"""Of one run; the waits between them double, so the last is half an hour after the first."""
AGAIN_AFTER_FAILURE = timedelta(hours=1)
CHANGES_EVERY = timedelta(minutes=5)
"""How often a delivery that follows changes is looked at: imports of one hour become one run."""
SESSION_ENDED = timedelta(minutes=16)
"""After this a worker that was taken for dead cannot write any more: its session is over."""
FORM = "focus-1.2/1"
"""Of the files; another one has every month written anew."""
FILE, MANIFEST = "part-0.parquet", "_manifest.json"
CHECK = "_finops_check"

State = Literal["queued", "running", "retrying", "done", "failed"]
RunCause = Literal["schedule", "request"]
Cause = Literal[
    "role_refused",
    "external_id_not_required",
    "access_denied",
    "bucket_missing",
    "wrong_region",
    "key_denied",
    "no_answer",
    "too_large",
    "totals_differ",
    "bills_replaced",
    "interrupted",
    "internal",
]
"""Why nothing can be written, or could not be."""
FINAL: frozenset[Cause] = frozenset({"too_large", "totals_differ"})
"""What no second try mends."""


class DeliveryBrokenError(Exception):
    """Nothing was written, and why; what stood there stands."""

    def __init__(self, cause: Cause) -> None:
        super().__init__(cause)
        self.cause = cause


@dataclass(frozen=True)
class Bucket:
    """A place in S3; `account_id` owns it and the role that writes there."""

    kind: Literal["s3"]
    account_id: str
    bucket: str
    prefix: str
    region: str


@dataclass(frozen=True)
class Scope:
    """Lines of these billing sources and accounts; of all where none are named."""

    sources: tuple[UUID, ...] = ()
    accounts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Daily:
    kind: Literal["daily"]
    hour: int


@dataclass(frozen=True)
class OnChange:
    kind: Literal["on_change"]


@dataclass(frozen=True)
class Months:
    """Those that are kept up to date: all, those since one, or the last so many and this one."""

    kind: Literal["all", "since", "last"]
    since: date | None = None
    count: int | None = None

    def hold(self, period: date, today: date) -> bool:
        if self.kind == "since":
            return period >= (self.since or period)
        if self.kind == "last":
            return period >= months_earlier(today.replace(day=1), self.count or 0)
        return True


@dataclass(frozen=True)
class Terms:
    """What somebody wants delivered."""

    destination: Bucket
    scope: Scope
    schedule: Daily | OnChange
    months: Months


@dataclass(frozen=True)
class Delivery:
    """`proven_at`: since when its destination is known to take what we write; `cause`: what is wrong now."""

    id: UUID
    company_id: UUID
    organization_id: UUID
    name: str
    enabled: bool
    terms: Terms
    proven_at: datetime | None
    cause: Cause | None
    checked_at: datetime | None
    delivered_at: datetime | None
    due_at: datetime
    version: int
    created_at: datetime
    changed_at: datetime

    def told(self) -> dict[str, Any]:
        """What the audit log knows of it."""
        place = self.terms.destination
        return {
            "name": self.name,
            "enabled": self.enabled,
            "destination": f"s3://{place.bucket}/{self.folder}",
            "account_id": place.account_id,
            "region": place.region,
            "schedule": self.terms.schedule.kind,
        }

    @property
    def folder(self) -> str:
        """Its own, whatever its prefix: no two deliveries write the same keys."""
        return folder_of(self.terms.destination.prefix, self.id)

    @property
    def role_arn(self) -> str:
        return f"arn:aws:iam::{self.terms.destination.account_id}:role/{role_name(self.id)}"

    def key(self, period: date, name: str) -> str:
        """Where a file of a month lies. One file a month: to replace it is one step for readers."""
        return f"{self.folder}/billing_period={period:%Y-%m}/{name}"

    def fingerprint(self, standing: Sequence["Standing"]) -> str:
        """Differs whenever a month's file would, or its place."""
        place, scope = self.terms.destination, self.terms.scope
        told = [FORM, place.account_id, place.bucket, self.folder, *sorted(scope.accounts)]
        told += sorted(f"{each.billing_source_id}={each.revision}" for each in standing)
        return hashlib.sha256("\n".join(told).encode()).hexdigest()

    def next_due(self, now: datetime, delivered: "Sequence[Delivered]" = ()) -> datetime:
        """When it is looked at again: by its schedule, or earlier for what is written once more."""
        again = [each.again_at for each in delivered if each.again_at and each.again_at > now]
        return min([self._scheduled(now), *again])

    def _scheduled(self, now: datetime) -> datetime:
        schedule = self.terms.schedule
        if isinstance(schedule, OnChange):
            return now + CHANGES_EVERY
        today = datetime.combine(now.date(), time(schedule.hour), now.tzinfo)
        return today if today > now else today + timedelta(days=1)

    def next_due_after_failure(self, now: datetime) -> datetime:
        """Not at once again: somebody has to mend something first."""
        return max(self.next_due(now), now + AGAIN_AFTER_FAILURE)


@dataclass(frozen=True)
class Draft:
    """What somebody wants to have."""

    name: str
    enabled: bool
    terms: Terms


@dataclass(frozen=True)
class Standing:
    """An organization's share of the revision that stands of a source's month."""

    billing_source_id: UUID
    period: date
    revision: int
    finality: Finality
    as_of: datetime
    totals: Sequence[Mapping[str, Any]]
    files: Mapping[str, str]


@dataclass(frozen=True)
class Delivered:
    """What a destination holds of a month; `again_at`: when it must be written once more."""

    period: date
    fingerprint: str
    run_id: UUID
    again_at: datetime | None


@dataclass(frozen=True)
class Sums:
    """Exact, of one currency."""

    currency: str
    billed_cost: Decimal
    effective_cost: Decimal
    list_cost: Decimal
    contracted_cost: Decimal


COSTS = ("billed_cost", "effective_cost", "list_cost", "contracted_cost")


def sum_up(parts: Iterable[Sums]) -> tuple[Sums, ...]:
    """One of each currency."""
    found: dict[str, Sums] = {}
    for part in parts:
        before = found.get(part.currency)
        sums = {n: WIDE.add(getattr(part, n), getattr(before, n, Decimal(0))) for n in COSTS}
        found[part.currency] = Sums(part.currency, **sums)
    return tuple(each for _, each in sorted(found.items()))


@dataclass(frozen=True)
class DeliveredFile:
    """A file as its manifest describes it."""

    period: date
    key: str
    bytes: int
    sha256: str
    etag: str
    lines: int
    finality: str
    totals: tuple[Sums, ...]


@dataclass(frozen=True)
class Run:
    """One turn of a delivery. `attempt` names who may go on with it; `anew` writes unchanged months too."""

    id: UUID
    company_id: UUID
    organization_id: UUID
    delivery_id: UUID
    requested_by: RunCause
    anew: bool
    state: State
    attempt: UUID | None
    tries: int
    cause: Cause | None
    files: tuple[DeliveredFile, ...]
    again_at: datetime | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True)
class Month:
    """What a run has to write."""

    period: date
    fingerprint: str
    standing: tuple[Standing, ...]

    @property
    def finality(self) -> str:
        """`open` while any of its bills is; `empty` where nothing stands any more."""
        found = {each.finality for each in self.standing}
        return next((each for each in ("open", "restated", "closed") if each in found), "empty")


def months_due(
    delivery: Delivery,
    standing: Sequence[Standing],
    delivered: Sequence[Delivered],
    now: datetime,
    run: Run | None = None,
) -> list[Month]:
    """The months whose files are not what stands, oldest first; what `run` has done is done.

    A month that stood and does so no more is due once, as a file without lines.
    """
    scope, known = delivery.terms.scope, {each.period: each for each in delivered}
    due = []
    for period in sorted({each.period for each in standing} | known.keys()):
        of_month = tuple(
            each
            for each in standing
            if each.period == period
            and (not scope.sources or each.billing_source_id in scope.sources)
        )
        month = Month(period, delivery.fingerprint(of_month), of_month)
        before = known.get(period)
        if not delivery.terms.months.hold(period, now.date()) or (not of_month and not before):
            continue
        if _stale(before, month, now, run):
            due.append(month)
    return due


def _stale(before: Delivered | None, month: Month, now: datetime, run: Run | None) -> bool:
    if before is None or before.fingerprint != month.fingerprint:
        return True
    if run is not None and before.run_id == run.id:
        return False
    return (run is not None and run.anew) or (
        before.again_at is not None and before.again_at <= now
    )


def folder_of(prefix: str, delivery_id: UUID) -> str:
    return f"{prefix}/{delivery_id}" if prefix else str(delivery_id)


def role_name(delivery_id: UUID) -> str:
    """The role that the delivery's template makes; tells nobody the id."""
    return f"finops-deliver-{hashlib.sha256(b'delivery:' + delivery_id.bytes).hexdigest()[:12]}"
