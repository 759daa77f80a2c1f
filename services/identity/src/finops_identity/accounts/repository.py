"""Accounts and consents in PostgreSQL."""

from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from finops_common.db.transaction import Transaction
from finops_common.errors.problem import NotFound
from finops_common.ids import new_id
from finops_common.schemas import email_key
from finops_identity.accounts.domain import Account, Consent, ConsentKind, NewAccount
from finops_identity.accounts.tables import consents, users


class AccountRepository:
    """Accounts within one transaction's scope: one person's, or all in system scope."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add(self, user_id: UUID, new: NewAccount, password_hash: str) -> Account | None:
        """Write the account; None when the address has one already."""
        row = upsert(users).values(
            id=user_id,
            email=new.email,
            email_key=email_key(new.email),
            password_hash=password_hash,
            full_name=new.full_name,
            company_name=new.company_name,
            department=new.department,
            phone=new.phone,
            language=new.language,
            marketing=new.marketing,
            created_at=self._tx.now,
        )
        made = await self._tx.one_or_none(row.on_conflict_do_nothing().returning(users))
        return None if made is None else Account(**made._mapping)

    async def find_by_email(self, email: str) -> Account | None:
        row = await self._tx.one_or_none(select(users).where(users.c.email_key == email_key(email)))
        return None if row is None else Account(**row._mapping)

    async def find(self, user_id: UUID) -> Account | None:
        row = await self._tx.one_or_none(select(users).where(users.c.id == user_id))
        return None if row is None else Account(**row._mapping)

    async def get(self, user_id: UUID) -> Account:
        """The account; its row is locked, for it is about to change. Raises NotFound."""
        mine = select(users).where(users.c.id == user_id).with_for_update()
        row = await self._tx.one_or_none(mine)
        if row is None:
            raise NotFound
        return Account(**row._mapping)

    async def change(self, user_id: UUID, **values: Any) -> Account:  # noqa: ANN401 - columns of users
        """Set columns and count the version up; the account as it is now."""
        change = update(users).where(users.c.id == user_id)
        counted = change.values(version=users.c.version + 1, **values).returning(users)
        return Account(**(await self._tx.one(counted))._mapping)

    async def change_email(self, user_id: UUID, email: str) -> Account | None:
        """Make `email` the account's proven address; None when it is another account's."""
        values = {"email": email, "email_key": email_key(email), "email_verified_at": self._tx.now}
        try:
            async with self._tx.connection.begin_nested():
                return await self.change(user_id, **values)
        except IntegrityError:
            return None

    async def rehash(self, user_id: UUID, password_hash: str) -> None:
        """The same password under today's parameters: nothing anyone else sees."""
        mine = update(users).where(users.c.id == user_id)
        await self._tx.execute(mine.values(password_hash=password_hash))

    async def record_consent(
        self, user_id: UUID, kind: ConsentKind, version: str, *, given: bool, source: str
    ) -> None:
        row = insert(consents).values(
            id=new_id(),
            user_id=user_id,
            kind=kind,
            text_version=version,
            given=given,
            source=source,
            ip=self._tx.origin.client_ip,
            at=self._tx.now,
        )
        await self._tx.execute(row)

    async def list_consents(self, user_id: UUID) -> list[Consent]:
        """Newest first."""
        columns = consents.c
        mine = select(
            columns.kind, columns.text_version, columns.given, columns.source, columns.at
        ).where(columns.user_id == user_id)
        rows = await self._tx.all(mine.order_by(columns.at.desc(), columns.id.desc()).limit(200))
        return [Consent(**row._mapping) for row in rows]
