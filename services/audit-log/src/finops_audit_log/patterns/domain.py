"""How log-ins spread over the hours of a day and over devices, per person and together."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

HOURS = 24
USUAL = timedelta(days=30)
LONGEST = timedelta(days=92)
MOST_PEOPLE = 100
"""Shown one by one; the team's pattern counts everybody."""


@dataclass(frozen=True, slots=True)
class Device:
    """What the browser said it was; None where it said nothing known."""

    browser: str | None
    operating_system: str | None
    device: str | None


@dataclass(frozen=True, slots=True)
class Count:
    """So many log-ins of one person, at one hour of the day, on one kind of device."""

    person_id: UUID
    hour: int
    device: Device
    log_ins: int
    failed: int


@dataclass
class Pattern:
    """Log-ins by hour of the day and by device; failed ones apart."""

    log_ins: Counter[int] = field(default_factory=Counter)
    failed: Counter[int] = field(default_factory=Counter)
    devices: Counter[Device] = field(default_factory=Counter)

    def add(self, count: Count) -> None:
        self.log_ins[count.hour] += count.log_ins
        self.failed[count.hour] += count.failed
        if count.log_ins:
            self.devices[count.device] += count.log_ins

    @property
    def total(self) -> int:
        return self.log_ins.total() + self.failed.total()


@dataclass(frozen=True, slots=True)
class Patterns:
    """The team's pattern, and those of its most active people."""

    since: datetime
    until: datetime
    timezone: str
    team: Pattern
    people: list[tuple[UUID, Pattern]]


def summarise(counts: Iterable[Count], since: datetime, until: datetime, timezone: str) -> Patterns:
    """Add the counts up; people with the most log-ins first."""
    team, people = Pattern(), dict[UUID, Pattern]()
    for count in counts:
        team.add(count)
        people.setdefault(count.person_id, Pattern()).add(count)
    ranked = sorted(people.items(), key=lambda each: (-each[1].total, each[0]))
    return Patterns(since, until, timezone, team, ranked[:MOST_PEOPLE])
