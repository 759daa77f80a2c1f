"""What an invitation is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from finops_common.contracts.org_rbac import OrganizationRole
from finops_common.i18n import Language

LIFE = timedelta(days=7)
SEND_AGAIN_AFTER = timedelta(minutes=1)
State = Literal["pending", "accepted", "cancelled", "expired"]


@dataclass(frozen=True, slots=True)
class Invitation:
    """Bound to one address, good for one use within seven days of its last sending."""

    company_id: UUID
    id: UUID
    email: str
    owner: bool
    roles: tuple[OrganizationRole, ...]
    language: Language
    state: State
    invited_by: UUID
    created_at: datetime
    sent_at: datetime
    expires_at: datetime

    def state_at(self, now: datetime) -> State:
        """Pending ones expire by themselves."""
        return "expired" if self.state == "pending" and self.expires_at <= now else self.state
