"""Where coverage fell, and why as far as the records show it (COM-31).

The last seven closed days are compared with the 28 before them: whole weeks, so that a weekend
is no fall. What has fallen is compared with what it fell from until it recovers, for after a
month the days before are as low.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from finops_commitments.figures.domain import EXACT, Amount, Figures, Group, percent
from finops_commitments.figures.measures import figures
from finops_commitments.figures.records import Filters, HourlyRecords
from finops_commitments.figures.sharing import ELSEWHERE
from finops_commitments.findings.domain import FindingKind, Found, text
from finops_commitments.inventory.domain import OVER, Commitment, Severity
from finops_commitments.remaining.service import first_hours

AFTER, BEFORE = timedelta(days=7), timedelta(days=28)
_GROUPS = (Group.PAYER, Group.SERVICE, Group.COMMITMENT, Group.REGION, Group.FAMILY)
_DAY = timedelta(days=1)
_MATTERS = Decimal(5)
"""Percent of its payer's eligible usage a service must have to be told of by itself."""
_RECOVERED = Decimal("0.5")
"""The part of the points that may still be missing: else a figure at the edge came and went."""
_MOST_NAMED = 3
_NOTHING = Decimal(0)

Place = tuple[str | None, str | None]
"""Region and family."""


class Cause(StrEnum):
    COMMITMENT_ENDED = "commitment_ended"
    USAGE_GREW = "usage_grew"
    USAGE_MOVED = "usage_moved"
    USED_ELSEWHERE = "used_elsewhere"


class Level(NamedTuple):
    """Where coverage is watched: a payer's usage in one currency, and each service of it."""

    payer: str
    currency: str
    service: str | None = None

    @property
    def subject(self) -> str:
        return " ".join(each for each in self if each is not None)


class Days:
    """What a level's usage was in some days; of parts of it an average day, at public price."""

    def __init__(self, length: Decimal) -> None:
        self.length = length
        self.covered, self.on_demand = Amount(), Amount()
        self.by_commitment: dict[str | None, Decimal] = defaultdict(Decimal)
        self.covered_at: dict[Place, Decimal] = defaultdict(Decimal)
        self.on_demand_at: dict[Place, Decimal] = defaultdict(Decimal)

    @property
    def eligible(self) -> Decimal:
        return self._a_day(self.covered + self.on_demand)

    @property
    def coverage(self) -> Decimal | None:
        return percent(self.covered.value, (self.covered + self.on_demand).value)

    @property
    def on_demand_a_day(self) -> Decimal:
        return self._a_day(self.on_demand)

    def add(self, each: Figures) -> None:
        """Count a cell in."""
        cell, covered = each.cell, self._a_day(each.sums.covered)
        place = (cell.group(Group.REGION), cell.group(Group.FAMILY))
        self.covered += each.sums.covered
        self.on_demand += each.sums.on_demand
        self.by_commitment[cell.group(Group.COMMITMENT)] += covered
        self.covered_at[place] += covered
        self.on_demand_at[place] += self._a_day(each.sums.on_demand)

    def _a_day(self, amount: Amount) -> Decimal:
        return EXACT.divide(amount.known, self.length)


@dataclass(frozen=True, slots=True)
class Lost:
    """What of a day's usage is covered no more, or came without cover; money at public price."""

    ended: Decimal
    commitments: tuple[str, ...]
    running: Decimal
    grown: Decimal
    moved_from: Place
    moved_to: Place

    @property
    def cause(self) -> Cause | None:
        """That which explains most; None where nothing does, as when prices alone changed."""
        elsewhere = self.moved_from != self.moved_to
        weights = {
            Cause.COMMITMENT_ENDED: self.ended,
            Cause.USAGE_MOVED if elsewhere else Cause.USED_ELSEWHERE: self.running,
            Cause.USAGE_GREW: self.grown,
        }
        most = max(weights, key=lambda each: weights[each])
        return most if weights[most] > 0 else None


def coverage_drops(
    records: HourlyRecords,
    listed: Sequence[Commitment],
    known: datetime,
    points: Decimal,
    fallen_from: Mapping[str, Decimal],
) -> list[Found]:
    """Payers and services whose coverage fell by `points` or more, with the cause.

    Of payers whose bills tell of all the days before `known`. `fallen_from` is the coverage, by
    subject, of what fell earlier and has not recovered. What is not known is no finding.
    """
    until = known.replace(hour=0, minute=0, second=0, microsecond=0)
    since = until - AFTER - BEFORE
    whole = {
        payer
        for payer, hour in first_hours(records, Filters(since=since, until=until)).items()
        if hour < since + _DAY
    }
    was = _days(records, since, until - AFTER, whole)
    now = _days(records, until - AFTER, until, whole)
    ended = {e.id for e in listed if e.state in OVER or _ends_within(e, since, until)}
    seen = {name for days in now.values() for name in days.by_commitment}
    running = (seen | {each.id for each in listed}) - ended
    found = []
    for level in sorted(now.keys() & was.keys(), key=lambda each: each.subject):
        from_percent = fallen_from.get(level.subject, was[level].coverage)
        to_percent = now[level].coverage
        if from_percent is None or to_percent is None:
            continue
        wanted = points * _RECOVERED if level.subject in fallen_from else points
        if from_percent - to_percent >= wanted and _matters(level, now):
            lost = _lost(was[level], now[level], running)
            found.append(_drop(level, from_percent, was[level], now[level], points, lost))
    return found


def _days(
    records: HourlyRecords, since: datetime, until: datetime, payers: Collection[str]
) -> dict[Level, Days]:
    found: dict[Level, Days] = defaultdict(lambda: Days(Decimal((until - since).days)))
    for each in figures(records, None, _GROUPS, Filters(since=since, until=until)):
        payer = each.cell.group(Group.PAYER) or ""
        if payer in payers:
            for service in (None, each.cell.group(Group.SERVICE) or ""):
                found[Level(payer, each.cell.currency, service)].add(each)
    return dict(found)


def _ends_within(commitment: Commitment, since: datetime, until: datetime) -> bool:
    return commitment.ends_at is not None and since < commitment.ends_at <= until


def _matters(level: Level, now: Mapping[Level, Days]) -> bool:
    if level.service is None:
        return True
    share = percent(now[level].eligible, now[level._replace(service=None)].eligible)
    return share is not None and share >= _MATTERS


def _lost(was: Days, now: Days, running: Collection[str | None]) -> Lost:
    before = {name: covered for name, covered in was.by_commitment.items() if name is not None}
    after = {name: covered for name, covered in now.by_commitment.items() if name is not None}
    less = {name: money - after.get(name, _NOTHING) for name, money in before.items()}
    # Where nobody lists the commitments, one that the bill no longer speaks of has ended; of
    # what others share nobody here knows.
    gone = {name: v for name, v in less.items() if name not in running and name != ELSEWHERE}
    fell = {at: money - now.covered_at.get(at, _NOTHING) for at, money in was.covered_at.items()}
    rose = {at: v - was.on_demand_at.get(at, _NOTHING) for at, v in now.on_demand_at.items()}
    ended = sum(gone.values(), _NOTHING)
    return Lost(
        ended=ended,
        commitments=tuple(sorted(gone, key=lambda name: -gone[name])[:_MOST_NAMED]),
        running=sum(before.values(), _NOTHING) - sum(after.values(), _NOTHING) - ended,
        grown=now.eligible - was.eligible,
        moved_from=max(fell, key=lambda at: fell[at]),
        moved_to=max(rose, key=lambda at: rose[at]),
    )


def _drop(
    level: Level, from_percent: Decimal, was: Days, now: Days, points: Decimal, lost: Lost
) -> Found:
    to_percent = now.coverage or _NOTHING
    fallen = EXACT.subtract(from_percent, to_percent)
    cause = lost.cause
    moved = cause is Cause.USAGE_MOVED
    facts = {
        "where": level.subject,
        "payer_account_id": level.payer,
        "currency": level.currency,
        "service": level.service,
        "coverage_before_percent": text(from_percent),
        "coverage_percent": text(to_percent),
        "points": text(fallen),
        "threshold_points": text(points),
        "on_demand_before_a_day": text(was.on_demand_a_day),
        "on_demand_a_day": text(now.on_demand_a_day),
        "cause": cause and cause.value,
        "ended_a_day": text(lost.ended),
        "ended_commitments": ", ".join(lost.commitments) or None,
        "covered_less_a_day": text(lost.running),
        "grown_a_day": text(lost.grown),
        "moved_from": _name(lost.moved_from) if moved else None,
        "moved_to": _name(lost.moved_to) if moved else None,
    }
    severity = Severity.HIGH if fallen >= 2 * points else Severity.MEDIUM
    return Found(FindingKind.COVERAGE_DROPPED, level.subject, None, severity, facts)


def _name(place: Place) -> str:
    return " ".join(each for each in place if each) or "-"
