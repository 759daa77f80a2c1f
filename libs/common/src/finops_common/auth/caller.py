"""The caller: who is asking, in which tenant, with which permissions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from finops_common.acting import Acting, Origin
from finops_common.db import scopes
from finops_common.db.scopes import Scope
from finops_common.errors.problem import RecentLoginNeeded

RECENT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Caller:
    """A user whose token and access have been checked for this request.

    The tenant of a use case comes from here and nowhere else.
    """

    user_id: UUID
    session_id: UUID
    authenticated_at: datetime
    methods: tuple[str, ...]
    email_verified: bool
    origin: Origin
    company_id: UUID | None = None
    organization_id: UUID | None = None
    permissions: frozenset[str] = frozenset()

    @property
    def scope(self) -> Scope:
        """The narrowest tenant of the request: organization, company, else the person."""
        if self.organization_id and self.company_id:
            return scopes.organization(self.company_id, self.organization_id)
        return scopes.company(self.company_id) if self.company_id else scopes.person(self.user_id)

    @property
    def personally(self) -> Acting:
        """The same caller acting on rows of their own."""
        return Acting(scopes.person(self.user_id), self.origin)

    def need_recent_login(self, now: datetime) -> None:
        """Refuse unless password or second factor was shown within ten minutes (ID-16).

        Raises:
            RecentLoginNeeded: it was longer ago.
        """
        if now - self.authenticated_at > RECENT:
            raise RecentLoginNeeded
