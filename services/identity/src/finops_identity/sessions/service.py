"""Refresh, confirm, log out; list and end sessions."""

from datetime import timedelta
from uuid import UUID

from finops_common.acting import Origin, system
from finops_common.auth.caller import Caller
from finops_common.contracts.identity import SessionConfirmed
from finops_common.db.transaction import Database, Transaction
from finops_common.errors.problem import NotFound, Unauthenticated
from finops_identity.accounts.repository import AccountRepository
from finops_identity.passwords.service import PasswordService
from finops_identity.sessions.access_tokens import AccessTokens
from finops_identity.sessions.domain import AccessToken, Session, Tokens, device_facts
from finops_identity.sessions.endings import end_sessions
from finops_identity.sessions.repository import SessionRepository


class SessionService:
    """Use cases of open sessions; one that is unused for `idle` is over."""

    def __init__(
        self,
        database: Database,
        passwords: PasswordService,
        access_tokens: AccessTokens,
        idle: timedelta,
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._access_tokens = access_tokens
        self._idle = idle

    async def refresh(self, origin: Origin, refresh_token: str) -> Tokens:
        """New tokens for a refresh token, which is spent by this; using one twice ends the session.

        Raises:
            Unauthenticated: unknown, spent, or its session is over.
        """
        async with self._database.transaction(system(origin)) as tx:
            session = await self._spend(tx, refresh_token)
            if session:
                account = await AccountRepository(tx).get(session.user_id)
                token = await SessionRepository(tx).add_token(session)
        # Raised only now: the end of a session whose token came twice must be committed.
        if session is None:
            raise Unauthenticated
        return Tokens(await self._access_tokens.issue(session, account), token, session.id)

    async def confirm(self, caller: Caller, password: str) -> AccessToken:
        """Show the password again: an access token whose `auth_time` is now (ID-16).

        Raises:
            WrongCredentials, TooManyRequests: as for a log-in.
            Unauthenticated: the session is over.
        """
        account = await self._passwords.prove(caller, password)
        async with self._database.transaction(caller.personally) as tx:
            session = await SessionRepository(tx).use(
                caller.session_id, self._idle, authenticated=True
            )
            if session is None:
                raise Unauthenticated
            tx.publish(
                SessionConfirmed(
                    user_id=account.id,
                    session_id=session.id,
                    method="password",
                    **device_facts(session),
                )
            )
        return await self._access_tokens.issue(session, account)

    async def log_out(self, caller: Caller) -> None:
        """End the caller's session; refused by every service within a second."""
        async with self._database.transaction(caller.personally) as tx:
            await end_sessions(tx, caller.user_id, "log_out", only=[caller.session_id])

    async def list_open(self, caller: Caller) -> list[Session]:
        """The caller's open sessions, last seen first."""
        async with self._database.transaction(caller.personally) as tx:
            return await SessionRepository(tx).list_open(caller.user_id, tx.now - self._idle)

    async def end(self, caller: Caller, session_id: UUID) -> None:
        """End one of the caller's sessions. Raises NotFound."""
        async with self._database.transaction(caller.personally) as tx:
            if await SessionRepository(tx).find(session_id) is None:
                raise NotFound
            await end_sessions(tx, caller.user_id, "ended_by_user", only=[session_id])

    async def end_others(self, caller: Caller) -> int:
        """End all the caller's sessions but this one; how many."""
        async with self._database.transaction(caller.personally) as tx:
            return await end_sessions(tx, caller.user_id, "ended_by_user", keep=caller.session_id)

    async def _spend(self, tx: Transaction, refresh_token: str) -> Session | None:
        """The session of a refresh token that was fresh, if it may still be used."""
        found = await SessionRepository(tx).spend_token(refresh_token)
        if found is None:
            return None
        session_id, user_id, fresh = found
        tx.act_as(user_id)
        if not fresh:
            await end_sessions(tx, user_id, "token_reuse", only=[session_id])
            return None
        return await SessionRepository(tx).use(session_id, self._idle)
