"""What was entered, by whom, and in which version."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from finops_common.contracts.commitments import (
    AlertRecipientsChanged,
    PlannedChangeChanged,
    SpendContractChanged,
)
from finops_common.schemas import Command

MOST = 200
"""Of one kind in one organization; all of them enter each forecast."""
D = TypeVar("D", bound=Command)


@dataclass(frozen=True, slots=True)
class Entered(Generic[D]):
    """One of them; `body` is what the wire says of it."""

    id: UUID
    body: D
    version: int
    changed_by: UUID
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Kind(Generic[D]):
    """What tells kinds apart: name, shape of the body, and the event of a change."""

    name: str
    body: type[D]
    event: type[PlannedChangeChanged | SpendContractChanged | AlertRecipientsChanged]
