"""Companies in PostgreSQL."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from finops_billing.companies.tables import companies
from finops_common.db.transaction import Transaction
from finops_common.errors.problem import Unavailable


@dataclass(frozen=True, slots=True)
class Company:
    """What billing needs to know of a customer."""

    company_id: UUID
    region: str
    currency: str
    version: int


class CompanyRepository:
    """The company of the transaction's scope."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def lock(self) -> Company:
        """The company; its row is locked, so that its subscriptions change one after another.

        Raises:
            Unavailable: org-rbac's event about a brand-new company is still on its way.
        """
        mine = select(companies).where(companies.c.company_id == self._tx.company_id)
        row = await self._tx.one_or_none(mine.with_for_update())
        if row is None:
            raise Unavailable(retry_after=1)
        return Company(**row._mapping)

    async def keep(self, company: Company) -> None:
        """Keep the newest state; an older one changes nothing."""
        row = insert(companies).values(
            company_id=company.company_id,
            region=company.region,
            currency=company.currency,
            version=company.version,
        )
        newer = {name: row.excluded[name] for name in ("region", "currency", "version")}
        await self._tx.execute(
            row.on_conflict_do_update(
                index_elements=["company_id"],
                set_=newer,
                where=companies.c.version < row.excluded.version,
            )
        )
