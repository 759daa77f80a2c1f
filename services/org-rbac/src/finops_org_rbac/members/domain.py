"""What a member list shows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Member:
    """One row of a member list. `organizations`: of the company, with the role in each."""

    user_id: UUID
    name: str
    email: str
    role: str
    status: str
    mfa: bool
    last_login_at: datetime | None
    joined_at: datetime
    organizations: list[dict[str, Any]]
