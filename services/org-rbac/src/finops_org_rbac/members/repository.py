"""Memberships in PostgreSQL."""

from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as upsert

from finops_common.db.transaction import Transaction
from finops_common.errors.problem import NotFound
from finops_common.pagination import Page, PageRequest, read_page
from finops_org_rbac.access.domain import Membership
from finops_org_rbac.members.domain import Member
from finops_org_rbac.members.tables import company_members, organization_members
from finops_org_rbac.organizations.tables import organizations
from finops_org_rbac.people.tables import people

_m, _om, _p = company_members.c, organization_members.c, people.c
_roles_there = organization_members.alias("roles_there")
_there = _roles_there.c

# Made once: to make the statement of a list took longer than to run it.
_NAME, _EMAIL = func.coalesce(_p.full_name, ""), func.coalesce(_p.email, "")
_ROLE = case((_m.owner, literal("owner")), else_=literal("member"))
_ROLE_THERE = case((_m.owner, literal("owner")), else_=_there.role)
_SORTABLE = {
    "name": _NAME,
    "email": _EMAIL,
    "status": _m.status,
    "joined_at": _m.joined_at,
    "last_login_at": func.coalesce(_p.last_login_at, func.to_timestamp(0)),
}
_ORGANIZATION_HELD = func.jsonb_build_object(
    "organization_id", organizations.c.id, "name", organizations.c.name, "role", _om.role
)
_HELD = (
    select(
        func.coalesce(
            func.jsonb_agg(aggregate_order_by(_ORGANIZATION_HELD, organizations.c.name_key)),
            literal([], JSONB),
        )
    )
    .select_from(
        organization_members.join(organizations, organizations.c.id == _om.organization_id)
    )
    .where(_om.company_id == _m.company_id, _om.user_id == _m.user_id)
    .where(organizations.c.deleted_at.is_(None))
    .correlate(company_members)
    .scalar_subquery()
)


def _listed(role: ColumnElement[Any]) -> Select[Any]:
    columns = (
        _m.user_id,
        _NAME.label("name"),
        _EMAIL.label("email"),
        role.label("role"),
        _m.status,
        func.coalesce(_p.mfa, literal(value=False)).label("mfa"),
        _p.last_login_at,
        _m.joined_at,
        _HELD.label("organizations"),
    )
    return select(*columns).select_from(company_members).outerjoin(people, _p.user_id == _m.user_id)


_OF_COMPANY, _OF_ORGANIZATION = _listed(_ROLE), _listed(_ROLE_THERE)


class MemberRepository:
    """Members of the transaction's company."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    async def add(self, user_id: UUID, *, owner: bool) -> bool:
        """Make a member of the company; False when they are one."""
        row = upsert(company_members).values(
            company_id=self._tx.company_id, user_id=user_id, owner=owner, joined_at=self._tx.now
        )
        return await self._tx.execute(row.on_conflict_do_nothing()) == 1

    async def find(self, user_id: UUID, *, lock: bool = False) -> Membership | None:
        """The person's place in the company; locked when it is about to change."""
        mine = select(_m.owner, _m.status, _m.version).where(*self._is(user_id))
        row = await self._tx.one_or_none(mine.with_for_update() if lock else mine)
        if row is None:
            return None
        roles = await self._tx.all(
            select(_om.organization_id, _om.role).where(
                _om.company_id == self._tx.company_id, _om.user_id == user_id
            )
        )
        held = {str(each.organization_id): each.role for each in roles}
        return Membership(row.owner, row.status == "active", held, row.version)

    async def get(self, user_id: UUID, *, lock: bool = False) -> Membership:
        membership = await self.find(user_id, lock=lock)
        if membership is None:
            raise NotFound
        return membership

    async def active_owners(self) -> int:
        """How many active Owners the company has; lock the company first to rely on it."""
        found = select(func.count()).where(
            _m.company_id == self._tx.company_id, _m.owner, _m.status == "active"
        )
        return int(await self._tx.scalar(found))

    async def change(self, user_id: UUID, **values: Any) -> int:  # noqa: ANN401 - columns of company_members
        """Set columns and count the version up; the new version."""
        change = update(company_members).where(*self._is(user_id))
        counted = change.values(version=_m.version + 1, **values).returning(_m.version)
        return int(await self._tx.scalar(counted))

    async def set_role(self, user_id: UUID, organization_id: UUID, role: str) -> None:
        row = upsert(organization_members).values(
            company_id=self._tx.company_id,
            organization_id=organization_id,
            user_id=user_id,
            role=role,
            joined_at=self._tx.now,
        )
        keys = ["company_id", "organization_id", "user_id"]
        await self._tx.execute(row.on_conflict_do_update(index_elements=keys, set_={"role": role}))

    async def drop_role(self, user_id: UUID, organization_id: UUID | None = None) -> None:
        """Out of one organization, or of all."""
        gone = delete(organization_members).where(
            _om.company_id == self._tx.company_id, _om.user_id == user_id
        )
        if organization_id is not None:
            gone = gone.where(_om.organization_id == organization_id)
        await self._tx.execute(gone)

    async def remove(self, user_id: UUID) -> None:
        """Out of the company; organization roles go with it."""
        await self._tx.execute(delete(company_members).where(*self._is(user_id)))

    async def page_of_organization(
        self, organization_id: UUID, request: PageRequest, **filters: str | None
    ) -> Page[Member]:
        """Who reaches the organization: its members, and the company's Owners."""
        here = and_(_there.organization_id == organization_id, _there.user_id == _m.user_id)
        found = _OF_ORGANIZATION.outerjoin_from(company_members, _roles_there, here)
        reaching = found.where(or_(_m.owner, _there.role.is_not(None)))
        return await self._page(reaching, _ROLE_THERE, request, filters)

    async def page_of_company(self, request: PageRequest, **filters: str | None) -> Page[Member]:
        """Everybody in the company; the role is `owner` or `member of organizations`."""
        return await self._page(_OF_COMPANY, _ROLE, request, filters)

    async def _page(
        self,
        found: Select[Any],
        role: ColumnElement[Any],
        request: PageRequest,
        filters: dict[str, str | None],
    ) -> Page[Member]:
        found = found.where(_m.company_id == self._tx.company_id)
        if filters.get("search"):
            pattern = "%" + _escaped(filters["search"] or "") + "%"
            found = found.where(
                or_(_NAME.ilike(pattern, escape="\\"), _EMAIL.ilike(pattern, escape="\\"))
            )
        if filters.get("role"):
            found = found.where(role == filters["role"])
        if filters.get("status"):
            found = found.where(_m.status == filters["status"])
        return await read_page(
            self._tx,
            found,
            request,
            sortable=_SORTABLE | {"role": role},
            default="name",
            unique=_m.user_id,
            make=_member,
        )

    def _is(self, user_id: UUID) -> tuple[Any, Any]:
        return _m.company_id == self._tx.company_id, _m.user_id == user_id


def _member(row: Row[Any]) -> Member:
    known = row._mapping
    return Member(**{name: known[name] for name in Member.__dataclass_fields__})


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
