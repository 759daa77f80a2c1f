"""P12's peer: the member list written with SQLAlchemy's ORM sessions on the same tables."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, ClassVar
from uuid import UUID

from fastapi import FastAPI, Header, HTTPException, Request
from sqlalchemy import and_, func, or_, select, text
from sqlalchemy.ext.asyncio import async_sessionmaker
from sqlalchemy.orm import DeclarativeBase, Mapped, foreign, joinedload, relationship, selectinload

from finops_common.db.engine import create_engine
from finops_common.pagination import Listing
from finops_org_rbac.members.schemas import MemberView, OrganizationOfMember
from finops_org_rbac.members.tables import company_members, organization_members
from finops_org_rbac.organizations.tables import organizations
from finops_org_rbac.people.tables import people
from finops_org_rbac.tables import metadata
from product.routes import TOKEN, peer
from sides import Given, Sample

SCOPE = text(
    "SELECT set_config('app.organization_id', :organization, true),"
    " set_config('app.company_id', :company, true)"
)


async def measure(given: Given) -> Sample:
    return await peer(given, "product.orm_route")


class _Base(DeclarativeBase):
    metadata = metadata


class _Organization(_Base):
    __table__: ClassVar[Any] = organizations


class _Person(_Base):
    __table__: ClassVar[Any] = people


class _Role(_Base):
    __table__: ClassVar[Any] = organization_members
    organization: Mapped[_Organization] = relationship(
        primaryjoin=foreign(organization_members.c.organization_id) == organizations.c.id,
        viewonly=True,
    )


class _Member(_Base):
    __table__: ClassVar[Any] = company_members
    person: Mapped[_Person | None] = relationship(
        primaryjoin=foreign(company_members.c.user_id) == people.c.user_id, viewonly=True
    )
    roles: Mapped[list[_Role]] = relationship(
        primaryjoin=and_(
            company_members.c.company_id == foreign(organization_members.c.company_id),
            company_members.c.user_id == foreign(organization_members.c.user_id),
        ),
        viewonly=True,
    )


def _view(member: Any, here: UUID) -> MemberView:  # noqa: ANN401 - columns come from the tables
    person = member.person
    roles = [
        role
        for role in member.roles
        if role.organization_id == here and role.organization.deleted_at is None
    ]
    return MemberView(
        user_id=member.user_id,
        name=person.full_name if person else "",
        email=person.email if person else "",
        role="owner" if member.owner else roles[0].role,
        status=member.status,
        mfa=bool(person and person.mfa),
        last_login_at=person.last_login_at if person else None,
        joined_at=member.joined_at,
        organizations=[
            OrganizationOfMember(
                organization_id=role.organization_id, name=role.organization.name, role=role.role
            )
            for role in roles
        ],
    )


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    engine = create_engine(os.environ["BENCH_DATABASE_URL"], name="orm", pool_size=8)
    app.state.sessions = async_sessionmaker(engine, expire_on_commit=False)
    app.state.tokens = {f"Bearer {TOKEN}": os.environ["BENCH_COMPANY"]}
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


@app.get("/organizations/{organization_id}/members")
async def list_members(
    request: Request, organization_id: UUID, limit: int, authorization: Annotated[str, Header()]
) -> Listing[MemberView]:
    """One page by name."""
    company = request.app.state.tokens.get(authorization)
    if company is None:
        raise HTTPException(401)
    there = organization_members.c.organization_id == organization_id
    name = func.coalesce(people.c.full_name, "")
    wanted = (
        select(_Member)
        .outerjoin(_Member.person)
        .where(company_members.c.company_id == UUID(company))
        .where(or_(company_members.c.owner, _Member.roles.any(there)))
        .options(joinedload(_Member.person), selectinload(_Member.roles).joinedload(_Role.organization))
        .order_by(name, company_members.c.user_id)
        .limit(limit + 1)
    )  # fmt: skip
    async with request.app.state.sessions() as session, session.begin():
        await session.execute(SCOPE, {"organization": str(organization_id), "company": company})
        members = (await session.scalars(wanted)).all()
        items = [_view(member, organization_id) for member in members[:limit]]
    return Listing[MemberView](items=items, next_cursor=None if len(members) <= limit else "more")


@app.get("/ready", status_code=204)
async def ready() -> None:
    """It answers."""
