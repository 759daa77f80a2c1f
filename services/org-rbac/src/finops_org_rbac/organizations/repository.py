"""Organizations in PostgreSQL."""

from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from finops_common.db.transaction import Transaction
from finops_common.errors.problem import NotFound
from finops_org_rbac.organizations.domain import Organization, name_key
from finops_org_rbac.organizations.tables import organizations
from finops_org_rbac.problems import NameTaken

_COLUMNS = (
    organizations.c.id,
    organizations.c.company_id,
    organizations.c.name,
    organizations.c.version,
    organizations.c.created_at,
)


class OrganizationRepository:
    """The organizations of the transaction's company."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._living = (
            organizations.c.company_id == tx.company_id,
            organizations.c.deleted_at.is_(None),
        )

    async def count(self) -> int:
        return int(await self._tx.scalar(select(func.count()).where(*self._living)))

    async def find(self, organization_id: UUID) -> Organization | None:
        found = select(*_COLUMNS).where(*self._living, organizations.c.id == organization_id)
        row = await self._tx.one_or_none(found)
        return None if row is None else Organization(**row._mapping)

    async def get(self, organization_id: UUID) -> Organization:
        """The organization; its row is locked."""
        found = select(*_COLUMNS).where(*self._living, organizations.c.id == organization_id)
        row = await self._tx.one_or_none(found.with_for_update())
        if row is None:
            raise NotFound
        return Organization(**row._mapping)

    async def list_all(self) -> list[Organization]:
        rows = await self._tx.all(
            select(*_COLUMNS).where(*self._living).order_by(organizations.c.name_key)
        )
        return [Organization(**row._mapping) for row in rows]

    async def add(self, organization_id: UUID, name: str) -> Organization:
        """Raises NameTaken."""
        new = insert(organizations).values(
            id=organization_id,
            company_id=self._tx.company_id,
            name=name,
            name_key=name_key(name),
            created_at=self._tx.now,
        )
        try:
            return Organization(**(await self._tx.one(new.returning(*_COLUMNS)))._mapping)
        except IntegrityError:
            raise NameTaken from None

    async def rename(self, organization_id: UUID, name: str) -> Organization:
        """Raises NameTaken."""
        change = update(organizations).where(*self._living, organizations.c.id == organization_id)
        values = {"name": name, "name_key": name_key(name), "version": organizations.c.version + 1}
        try:
            row = await self._tx.one(change.values(**values).returning(*_COLUMNS))
        except IntegrityError:
            raise NameTaken from None
        return Organization(**row._mapping)

    async def delete(self, organization_id: UUID) -> None:
        change = update(organizations).where(*self._living, organizations.c.id == organization_id)
        await self._tx.execute(
            change.values(deleted_at=self._tx.now, version=organizations.c.version + 1)
        )
