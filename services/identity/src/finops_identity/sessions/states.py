"""Whether a session lives: what identity and, while revocations are silent, others ask."""

from uuid import UUID

from finops_common.acting import Acting
from finops_common.db.scopes import SYSTEM
from finops_common.db.transaction import Database
from finops_identity.sessions.repository import SessionRepository


class SessionStates:
    """Answers from the table; satisfies `finops_common.auth.access.Sessions`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def active(self, session_id: UUID) -> bool:
        """Whether the session may still be used; an unknown one may not."""
        async with self._database.transaction(Acting(SYSTEM)) as tx:
            session = await SessionRepository(tx).find(session_id)
            return session is not None and session.ended_at is None and tx.now < session.expires_at
