"""People in PostgreSQL."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from finops_common.db.transaction import Transaction
from finops_common.i18n import Language
from finops_org_rbac.people.tables import people


@dataclass(frozen=True, slots=True)
class Person:
    """What we know of a person."""

    user_id: UUID
    email: str
    email_key: str
    email_verified: bool
    full_name: str
    language: Language


class PersonRepository:
    """People within the transaction's scope."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def find(self, user_id: UUID) -> Person | None:
        c = people.c
        columns = (c.user_id, c.email, c.email_key, c.email_verified, c.full_name, c.language)
        row = await self._tx.one_or_none(select(*columns).where(c.user_id == user_id))
        return None if row is None else Person(**row._mapping)
