"""Companies in PostgreSQL."""

from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from finops_common.db.transaction import Transaction
from finops_common.errors.problem import NotFound
from finops_org_rbac.companies.domain import Company
from finops_org_rbac.companies.tables import companies


class CompanyRepository:
    """The company of the transaction's scope."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def find(self) -> Company | None:
        row = await self._tx.one_or_none(
            select(companies).where(companies.c.id == self._tx.company_id)
        )
        return None if row is None else Company(**row._mapping)

    async def get(self) -> Company:
        """The company; its row is locked, so that what is counted against it stays counted."""
        mine = select(companies).where(companies.c.id == self._tx.company_id)
        row = await self._tx.one_or_none(mine.with_for_update())
        if row is None:
            raise NotFound
        return Company(**row._mapping)

    async def add(self, company_id: UUID, **values: Any) -> Company:  # noqa: ANN401 - columns of companies
        new = (
            insert(companies)
            .values(id=company_id, created_at=self._tx.now, **values)
            .returning(companies)
        )
        return Company(**(await self._tx.one(new))._mapping)

    async def change(self, **values: Any) -> Company:  # noqa: ANN401 - columns of companies
        """Set columns and count the version up."""
        change = update(companies).where(companies.c.id == self._tx.company_id)
        counted = change.values(version=companies.c.version + 1, **values).returning(companies)
        return Company(**(await self._tx.one(counted))._mapping)
