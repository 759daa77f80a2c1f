"""What a company is."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Company:
    """A customer; `version` counts its changes."""

    id: UUID
    name: str
    region: str
    currency: str
    time_zone: str
    address: str | None
    billing_email: str | None
    support_contact: str | None
    version: int
    created_at: datetime
