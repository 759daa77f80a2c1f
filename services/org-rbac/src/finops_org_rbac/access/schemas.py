"""Access on the wire."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from finops_common.contracts.billing import Entitlement
from finops_common.i18n import LANGUAGES
from finops_org_rbac.access.domain import Role


class MenuAccess(BaseModel):
    menu: str
    level: Literal["view", "edit"]


class OrganizationAccessView(BaseModel):
    id: UUID
    name: str
    role: Role
    permissions: list[str]
    menus: list[MenuAccess] = Field(
        description="what a frontend shows; menus not listed are hidden"
    )


class CompanyAccessView(BaseModel):
    id: UUID
    name: str
    owner: bool
    status: Literal["active", "deactivated"]
    organizations: list[OrganizationAccessView]
    entitlements: list[Entitlement] = Field(
        description="what the company's editions allow, in every service"
    )


class MyAccess(BaseModel):
    """Where I belong and what I may do there; no company: only settings and profile."""

    user_id: UUID
    companies: list[CompanyAccessView]


class PermissionView(BaseModel):
    """One word of the vocabulary, named per language."""

    permission: str
    names: dict[str, str] = Field(description=f"by language: {', '.join(LANGUAGES)}")


class Vocabulary(BaseModel):
    items: list[PermissionView]


class Explanation(BaseModel):
    """Allowed or denied, with the chain that decided."""

    allowed: bool
    permission: str
    chain: list[str] = Field(
        examples=[["status:active", "role:member", "member:does-not-grant:members:edit"]]
    )
