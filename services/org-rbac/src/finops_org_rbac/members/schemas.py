"""Members on the wire."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from finops_common.contracts.org_rbac import OrganizationRole, Role
from finops_common.schemas import Command, Line


class OrganizationOfMember(BaseModel):
    organization_id: UUID
    name: str
    role: str


class MemberView(BaseModel):
    """A row of the member list. In a company's list `role` is owner or member."""

    user_id: UUID
    name: str
    email: str
    role: str
    status: Literal["active", "deactivated"]
    mfa: bool
    last_login_at: datetime | None
    joined_at: datetime
    organizations: list[OrganizationOfMember] = Field(
        description="in an organization's list only that one: organizations are sealed from each other"
    )


class RoleChange(Command):
    role: Role
    reason: Line | None = None


class StandingChange(Command):
    """Owner or not; who is unmade an Owner gets roles in named organizations."""

    owner: bool
    roles: list[OrganizationRole] = Field(default=[], max_length=10)
    reason: Line | None = None


class StatusChange(Command):
    status: Literal["active", "deactivated"]
    reason: Line | None = None
