"""What an organization is."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

MOST = 10
"""Organizations a company may have at once (ORG-2)."""


@dataclass(frozen=True, slots=True)
class Organization:
    """A workspace of a company."""

    id: UUID
    company_id: UUID
    name: str
    version: int
    created_at: datetime


def name_key(name: str) -> str:
    """What makes two names the same."""
    return " ".join(name.split()).casefold()
