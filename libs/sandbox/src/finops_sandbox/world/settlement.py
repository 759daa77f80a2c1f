"""One revision of one month settled: which hours are known, and what covered each of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from finops_sandbox.world.apply import Draw, Fill, Usage, apply_hour, on_demand_fill
from finops_sandbox.world.curves import used, used_on
from finops_sandbox.world.model import (
    HOUR,
    Commitment,
    Workload,
    World,
    hours_of,
    in_force,
    month_start,
    next_month,
)

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Revision:
    """One numbered version of a month's bill.

    `ends_at`: usage before it is in the bill (late workloads less). `credit`: a goodwill
    credit has arrived. `correction`: a closed month was changed. `sharing_off`: accounts
    whose commitments and usage stay apart.
    """

    number: int
    ends_at: datetime
    final: bool
    credit: bool
    correction: bool
    sharing_off: frozenset[str]


@dataclass(frozen=True)
class Hour:
    """A settled clock hour."""

    start: datetime
    fills: tuple[Fill, ...]
    draws: tuple[Draw, ...]


@dataclass(frozen=True, eq=False)
class Settlement:
    """A month's hours, and its daily usage, which is always on demand."""

    world: World
    month: date
    revision: Revision
    hours: tuple[Hour, ...]
    daily: tuple[Fill, ...]

    @property
    def fills(self) -> Iterator[Fill]:
        for hour in self.hours:
            yield from hour.fills
        yield from self.daily

    def term_hours(self, commitment: Commitment) -> int:
        """Clock hours of the whole month in which the commitment is in force."""
        return sum(in_force(commitment, hour) for hour in hours_of(self.month))


def revisions(world: World, month: date) -> tuple[Revision, ...]:
    """Every version of the month's bill so far, oldest first; empty before it began.

    An open month has up to three: early with late usage missing, later with a credit, and
    up to now with a changed sharing setting. The last closed month has a correction.
    """
    start, end = month_start(month), month_start(next_month(month))
    if world.now >= end:
        return _closed_revisions(world, month, end)
    elapsed = (world.now - start) // HOUR
    ends = sorted({elapsed * 2 // 5, elapsed * 7 // 10, elapsed} - {0})
    return tuple(
        Revision(
            number=number,
            ends_at=start + HOUR * hours,
            final=False,
            credit=number > 1,
            correction=False,
            sharing_off=_sharing_off(world, month, settled=number == len(ends)),
        )
        for number, hours in enumerate(ends, start=1)
        if elapsed > 0
    )


def _closed_revisions(world: World, month: date, end: datetime) -> tuple[Revision, ...]:
    off = _sharing_off(world, month, settled=True)
    first = Revision(1, end, final=True, credit=True, correction=False, sharing_off=off)
    if next_month(month) != world.now.date().replace(day=1):
        return (first,)
    return first, Revision(2, end, final=True, credit=True, correction=True, sharing_off=off)


def _sharing_off(world: World, month: date, *, settled: bool) -> frozenset[str]:
    if settled and month >= world.anchor:
        return world.sharing_off | world.sharing_off_from_anchor
    return world.sharing_off


def pick_revision(world: World, month: date, number: int | None = None) -> Revision:
    """The numbered revision, the newest without a number.

    Raises:
        LookupError: the month has no such revision.
    """
    known = revisions(world, month)
    wanted = [revision for revision in known if number in {None, revision.number}]
    if not wanted:
        raise LookupError(f"{month:%Y-%m} has revisions {[r.number for r in known]}, not {number}")
    return wanted[-1]


@lru_cache(maxsize=6)
def settle(world: World, month: date, number: int | None = None) -> Settlement:
    """Apply the commitments to every hour the revision knows."""
    revision = pick_revision(world, month, number)
    known = [hour for hour in hours_of(month) if hour < revision.ends_at]
    hours = tuple(_settle_hour(world, revision, hour) for hour in known)
    return Settlement(world, month, revision, hours, tuple(_daily(world, month, revision)))


def _settle_hour(world: World, revision: Revision, hour: datetime) -> Hour:
    usages = [
        Usage(workload, hour, hour + HOUR, used(world.seed, workload, hour, world.anchor))
        for workload in world.workloads
        if not workload.daily and hour + HOUR <= _known_until(workload, revision)
    ]
    commitments = [held for held in world.commitments if in_force(held, hour)]
    fills, draws = apply_hour(usages, commitments, revision.sharing_off)
    return Hour(hour, tuple(fills), tuple(draws))


def _known_until(workload: Workload, revision: Revision) -> datetime:
    return revision.ends_at if revision.final else revision.ends_at - HOUR * workload.late_hours


def _daily(world: World, month: date, revision: Revision) -> Iterator[Fill]:
    day = month_start(month)
    while day + DAY <= revision.ends_at:
        for workload in world.workloads:
            if workload.daily and day + DAY <= _known_until(workload, revision):
                quantity = used_on(world.seed, workload, day, world.anchor)
                if quantity > Decimal(0):
                    yield on_demand_fill(Usage(workload, day, day + DAY, quantity))
        day += DAY
