"""What a planned change is, and what it does to a forecast; pure (COM-33)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
ChangeKind = Literal["migration", "shutdown", "launch", "other"]

MOST = 200
"""Planned changes of an organization."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where usage is: of a change None is any, of usage None is not known."""

    service: str | None = None
    region: str | None = None
    account_id: str | None = None
    family: str | None = None

    def holds(self, usage: "Place") -> bool:
        """Whether the usage is in here; what is not known of it is in no narrower place."""
        pairs = (
            (self.service, usage.service),
            (self.region, usage.region),
            (self.account_id, usage.account_id),
            (self.family, usage.family),
        )
        return all(wanted is None or wanted == found for wanted, found in pairs)


@dataclass(frozen=True, slots=True)
class Draft:
    """What people enter: from `starts_on` (UTC) on, usage in `place` changes by `share_percent`.

    -100 ends it, 50 is half as much again. `confidence_percent` is how sure they are.
    """

    name: str
    kind: ChangeKind
    place: Place
    starts_on: date
    share_percent: Decimal
    confidence_percent: Decimal


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """A change as it stands."""

    id: UUID
    draft: Draft
    version: int
    created_by: UUID
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Forecast:
    """A forecast with what was planned in it; `used` are the changes that altered it."""

    demand: Floats
    used: tuple[UUID, ...]


def applied(
    demand: Floats, places: Sequence[Place], since: datetime, changes: Iterable[PlannedChange]
) -> Forecast:
    """The demand [class, hour] from `since` on as it is expected with the changes.

    `places` are those of the classes. Each change multiplies what its place holds by
    1 + share x confidence, its expectation; several at one place multiply. A launch where
    nothing runs yet has nothing to multiply, and is not in `used`. `demand` stays as it is.

    Raises:
        ValueError: not one place a class.
    """
    if len(places) != len(demand):
        raise ValueError(f"{len(places)} places for {len(demand)} classes")
    changed, used = demand.copy(), []
    for change in changes:
        rows = [at for at, place in enumerate(places) if change.draft.place.holds(place)]
        first = max(0, _hours(since, change.draft.starts_on))
        touched = demand[rows, first:]
        if touched.any() and _factor(change.draft) != 1:
            changed[rows, first:] *= float(_factor(change.draft))
            used.append(change.id)
    return Forecast(changed, tuple(used))


def _factor(draft: Draft) -> Decimal:
    return 1 + draft.share_percent * draft.confidence_percent / 10_000


def _hours(since: datetime, day: date) -> int:
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    # An hour that has begun before the change is not all changed.
    return -((since - midnight) // timedelta(hours=1))
