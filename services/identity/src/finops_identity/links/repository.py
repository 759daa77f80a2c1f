"""Mailed links in PostgreSQL."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, insert, select, update

from finops_common.db.transaction import Transaction
from finops_identity.links.domain import LIFE, Link, Purpose
from finops_identity.links.tables import email_links

_columns = email_links.c


class LinkRepository:
    """Links within one transaction's scope."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add(
        self, user_id: UUID, purpose: Purpose, token_hash: bytes, new_email: str | None
    ) -> None:
        """Write a link; unopened older ones of the same purpose stop working."""
        older = update(email_links).where(
            _columns.user_id == user_id, _columns.purpose == purpose, _columns.used_at.is_(None)
        )
        await self._tx.execute(older.values(expires_at=self._tx.now))
        new = insert(email_links).values(
            token_hash=token_hash,
            user_id=user_id,
            purpose=purpose,
            new_email=new_email,
            created_at=self._tx.now,
            expires_at=self._tx.now + LIFE[purpose],
        )
        await self._tx.execute(new)

    async def use(self, token_hash: bytes, *purposes: Purpose) -> Link | None:
        """Spend a link; None when it is unknown, spent, expired or for something else."""
        spend = (
            update(email_links)
            .where(_columns.token_hash == token_hash, _columns.purpose.in_(purposes))
            .where(_columns.used_at.is_(None), _columns.expires_at > self._tx.now)
            .values(used_at=self._tx.now)
            .returning(_columns.user_id, _columns.purpose, _columns.new_email)
        )
        row = await self._tx.one_or_none(spend)
        return None if row is None else Link(**row._mapping)

    async def was_used(self, user_id: UUID, purpose: Purpose, new_email: str) -> bool:
        """Whether a link of this purpose to `new_email` was opened and still counts."""
        opened = exists().where(
            _columns.user_id == user_id,
            _columns.purpose == purpose,
            _columns.new_email == new_email,
            _columns.used_at.is_not(None),
            _columns.expires_at > self._tx.now,
        )
        return bool(await self._tx.scalar(select(opened)))

    async def retire(self, user_id: UUID, *purposes: Purpose) -> None:
        """From now on none of the user's links of these purposes counts, opened or not."""
        mine = (_columns.user_id == user_id, _columns.purpose.in_(purposes))
        counting = update(email_links).where(*mine, _columns.expires_at > self._tx.now)
        await self._tx.execute(counting.values(expires_at=self._tx.now))

    async def count_since(self, user_id: UUID, purpose: Purpose, since: datetime) -> int:
        """How many links of this purpose the user was mailed since then."""
        mine = (_columns.user_id == user_id, _columns.purpose == purpose)
        count = select(func.count()).where(*mine, _columns.created_at > since)
        return int(await self._tx.scalar(count))
