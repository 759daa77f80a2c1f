"""Sessions, refresh tokens and devices in PostgreSQL."""

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from finops_common.db.transaction import Transaction
from finops_identity.sessions.domain import LIFE, Device, Session
from finops_identity.sessions.tables import devices, refresh_tokens, sessions


class SessionRepository:
    """Sessions within one transaction's scope."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add(self, session_id: UUID, user_id: UUID, device: Device) -> Session:
        new = insert(sessions).values(
            id=session_id,
            user_id=user_id,
            authenticated_at=self._tx.now,
            created_at=self._tx.now,
            last_seen_at=self._tx.now,
            expires_at=self._tx.now + LIFE,
            ip=self._tx.origin.client_ip,
            browser=device.browser,
            operating_system=device.operating_system,
            device=device.device,
        )
        return Session(**(await self._tx.one(new.returning(sessions)))._mapping)

    async def find(self, session_id: UUID) -> Session | None:
        row = await self._tx.one_or_none(select(sessions).where(sessions.c.id == session_id))
        return None if row is None else Session(**row._mapping)

    async def list_open(self, user_id: UUID, seen_since: datetime) -> list[Session]:
        """The user's open sessions, last seen first."""
        mine = select(sessions).where(sessions.c.user_id == user_id, sessions.c.ended_at.is_(None))
        open_now = mine.where(
            sessions.c.expires_at > self._tx.now, sessions.c.last_seen_at > seen_since
        )
        rows = await self._tx.all(open_now.order_by(sessions.c.last_seen_at.desc()))
        return [Session(**row._mapping) for row in rows]

    async def use(
        self, session_id: UUID, idle: timedelta, *, authenticated: bool = False
    ) -> Session | None:
        """Note that the session is used now; None when it is over.

        It is over once ended, 24 h old, or unused for `idle`. `authenticated`: its person
        has shown the password again.
        """
        columns = sessions.c
        change = update(sessions).where(
            columns.id == session_id,
            columns.ended_at.is_(None),
            columns.expires_at > self._tx.now,
            columns.last_seen_at > self._tx.now - idle,
        )
        values = {"last_seen_at": self._tx.now}
        if authenticated:
            values["authenticated_at"] = self._tx.now
        row = await self._tx.one_or_none(change.values(**values).returning(sessions))
        return None if row is None else Session(**row._mapping)

    async def add_token(self, session: Session) -> str:
        """A new refresh token of the session; only its hash is kept."""
        token = secrets.token_urlsafe(32)
        row = insert(refresh_tokens).values(
            token_hash=digest(token),
            session_id=session.id,
            user_id=session.user_id,
            created_at=self._tx.now,
        )
        await self._tx.execute(row)
        return token

    async def spend_token(self, token: str) -> tuple[UUID, UUID, bool] | None:
        """(session, user, whether it was fresh) of a refresh token, which is spent by this."""
        columns = refresh_tokens.c
        found = select(columns.session_id, columns.user_id, columns.used_at)
        # Locked: of two that spend it at once, the second sees it spent.
        row = await self._tx.one_or_none(
            found.where(columns.token_hash == digest(token)).with_for_update()
        )
        if row is None:
            return None
        spend = update(refresh_tokens).where(columns.token_hash == digest(token))
        await self._tx.execute(spend.values(used_at=self._tx.now))
        return row.session_id, row.user_id, row.used_at is None

    async def knows_device(self, user_id: UUID, device_token: str) -> bool:
        mine = (devices.c.user_id == user_id, devices.c.device_hash == digest(device_token))
        return await self._tx.one_or_none(select(devices.c.user_id).where(*mine)) is not None

    async def has_devices(self, user_id: UUID) -> bool:
        found = select(devices.c.user_id).where(devices.c.user_id == user_id).limit(1)
        return await self._tx.one_or_none(found) is not None

    async def remember_device(self, user_id: UUID, device_token: str) -> None:
        row = upsert(devices).values(
            user_id=user_id,
            device_hash=digest(device_token),
            first_seen_at=self._tx.now,
            last_seen_at=self._tx.now,
        )
        seen = {"last_seen_at": self._tx.now}
        await self._tx.execute(
            row.on_conflict_do_update(index_elements=["user_id", "device_hash"], set_=seen)
        )

    async def forget_devices(self, user_id: UUID) -> None:
        """From now on no device of the user is known."""
        await self._tx.execute(delete(devices).where(devices.c.user_id == user_id))


def digest(token: str) -> bytes:
    """What is kept of a token: it is long and random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).digest()
