"""The facts a decision rests on, read in one statement."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, select

from finops_common.db.transaction import Transaction
from finops_org_rbac.companies.tables import companies
from finops_org_rbac.members.tables import company_members, organization_members
from finops_org_rbac.organizations.tables import organizations
from finops_org_rbac.subscriptions.tables import subscriptions


class AccessRepository:
    """Reads memberships across companies: in system scope, for nobody is decided about yet."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def in_organization(self, user_id: UUID, organization_id: UUID) -> Row[Any] | None:
        """company_id, owner, status, role, version; None when there is no such organization."""
        o, m, om = organizations.c, company_members.c, organization_members.c
        mine = and_(m.company_id == o.company_id, m.user_id == user_id)
        mine_there = and_(om.organization_id == o.id, om.user_id == user_id)
        joined = organizations.outerjoin(company_members, mine).outerjoin(
            organization_members, mine_there
        )
        found = select(o.company_id, m.owner, m.status, om.role, m.version).select_from(joined)
        return await self._tx.one_or_none(
            found.where(o.id == organization_id, o.deleted_at.is_(None))
        )

    async def in_company(self, user_id: UUID, company_id: UUID) -> Row[Any] | None:
        """owner, status, version and the roles held anywhere in it; None for who is no member."""
        m, om = company_members.c, organization_members.c
        theirs = and_(om.company_id == m.company_id, om.user_id == m.user_id)
        found = (
            select(
                m.owner,
                m.status,
                m.version,
                func.array_remove(func.array_agg(om.role), None).label("roles"),
            )
            .select_from(company_members.outerjoin(organization_members, theirs))
            .where(m.company_id == company_id, m.user_id == user_id)
            .group_by(m.owner, m.status, m.version)
        )
        return await self._tx.one_or_none(found)

    async def standing(self, user_id: UUID) -> Row[Any]:
        """How many memberships there are, and how many of them are active."""
        active = func.count().filter(company_members.c.status == "active").label("active")
        return await self._tx.one(
            select(func.count().label("all"), active).where(company_members.c.user_id == user_id)
        )

    async def everything(self, user_id: UUID) -> Sequence[Row[Any]]:
        """Every organization the person reaches, with its company; companies without one too."""
        c, o, m, om = companies.c, organizations.c, company_members.c, organization_members.c
        there = and_(om.organization_id == o.id, om.user_id == m.user_id)
        joined = (
            company_members.join(companies, c.id == m.company_id)
            .outerjoin(organizations, and_(o.company_id == c.id, o.deleted_at.is_(None)))
            .outerjoin(organization_members, there)
        )
        columns = (
            c.id.label("company_id"),
            c.name.label("company_name"),
            m.owner,
            m.status,
            o.id.label("organization_id"),
            o.name.label("organization_name"),
            om.role,
        )
        found = select(*columns).select_from(joined).where(m.user_id == user_id)
        return await self._tx.all(found.order_by(c.name, c.id, o.name))

    async def subscriptions(self, user_id: UUID) -> Sequence[Row[Any]]:
        """company_id, edition and state of what the person's companies subscribe to."""
        s, m = subscriptions.c, company_members.c
        joined = subscriptions.join(company_members, m.company_id == s.company_id)
        found = select(s.company_id, s.edition, s.state).select_from(joined)
        return await self._tx.all(found.where(m.user_id == user_id))

    async def member_ids(self, organization_id: UUID) -> list[UUID]:
        """Everybody who reaches the organization: its members and the company's Owners."""
        o, m, om = organizations.c, company_members.c, organization_members.c
        there = and_(om.organization_id == o.id, om.user_id == m.user_id)
        joined = organizations.join(company_members, m.company_id == o.company_id)
        found = select(m.user_id).select_from(joined.outerjoin(organization_members, there))
        rows = await self._tx.all(
            found.where(o.id == organization_id, m.owner | om.role.is_not(None))
        )
        return [row.user_id for row in rows]
