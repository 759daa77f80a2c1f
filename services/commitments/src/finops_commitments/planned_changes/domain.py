"""What planned changes make of a demand; pure (COM-33)."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Where:
    """A class of usage, or what a change reaches: there None means all.

    Of a class None is what the bill does not tell: no scope that names one reaches it.
    """

    service: str | None = None
    region: str | None = None
    account: str | None = None
    family: str | None = None

    def reaches(self, usage: "Where") -> bool:
        """Whether a change of this scope is about a class of usage."""
        named = ((getattr(self, each.name), getattr(usage, each.name)) for each in fields(Where))
        return all(wanted is None or wanted == found for wanted, found in named)


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """From the first hour (UTC) of `starts_on` demand in `scope` is another by `share_percent`.

    -100 is a shutdown, 50 half as much again. `confidence_percent` is how likely it comes.
    """

    id: UUID
    name: str
    scope: Where
    starts_on: date
    share_percent: Decimal
    confidence_percent: Decimal

    @property
    def starts_at(self) -> datetime:
        return datetime.combine(self.starts_on, time(), UTC)

    @property
    def expected_factor(self) -> float:
        """What demand is multiplied by on average: the change comes, or all stays as it is."""
        return float(1 + self.share_percent * self.confidence_percent / 10_000)


@dataclass(frozen=True, slots=True)
class Effect:
    """What one change does to a demand, after those that start before it.

    `classes` it reaches, and the demand it adds over the whole time; negative takes away.
    """

    change: PlannedChange
    classes: int
    added: float


@dataclass(frozen=True, slots=True)
class Applied:
    """A demand as expected with the changes; what each of them adds makes up the difference."""

    demand: Floats
    effects: tuple[Effect, ...]


def applied(
    demand: NDArray[Any],
    classes: Sequence[Where],
    since: datetime,
    changes: Sequence[PlannedChange],
    step: timedelta = HOUR,
) -> Applied:
    """The expected value of a demand [class, hour] if the changes come, independent of each other.

    Column 0 stands for the hour (or `step`) that begins at `since`, so a look-back that stands
    for the time ahead has the time ahead there. What starts before `since` is left out:
    the bill shows it. What starts within a step counts for what is left of it. The argument
    stays as it was.

    Raises:
        ValueError: `demand` has not one row a class.
    """
    if demand.ndim != 2 or len(demand) != len(classes):  # noqa: PLR2004 - [class, hour]
        raise ValueError(f"{demand.shape} is not [{len(classes)} classes, hour]")
    expected = np.array(demand, float)
    effects = []
    for change in _ahead(changes, since):
        rows = [at for at, usage in enumerate(classes) if change.scope.reaches(usage)]
        share = (change.expected_factor - 1) * _in_force(change, since, expected.shape[1], step)
        added = expected[rows] * share
        expected[rows] += added
        effects.append(Effect(change, len(rows), float(added.sum())))
    return Applied(expected, tuple(effects))


def _ahead(changes: Sequence[PlannedChange], since: datetime) -> list[PlannedChange]:
    ahead = (change for change in changes if change.starts_at >= since)
    return sorted(ahead, key=lambda change: (change.starts_on, change.id))


def _in_force(change: PlannedChange, since: datetime, steps: int, step: timedelta) -> Floats:
    """Of each step the part, 0 to 1, in which the change is in force."""
    start: float = (change.starts_at - since) / step
    return np.clip(np.arange(1, steps + 1) - start, 0.0, 1.0)
