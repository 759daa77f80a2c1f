"""HTTP of access: what I may do, the vocabulary, and why."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Security

from finops_common.auth.caller import Caller
from finops_common.auth.dependencies import MayReadMyself, current_caller, organization_router
from finops_common.auth.permissions import MENUS, PERMISSIONS, name
from finops_common.errors.http import problems
from finops_common.errors.problem import FieldError, InvalidInput
from finops_common.i18n import LANGUAGES
from finops_org_rbac.access import schemas
from finops_org_rbac.access.domain import GRANTS
from finops_org_rbac.access.service import CompanyAccess, OrganizationAccess
from finops_org_rbac.dependencies import AccessAnswers

router = APIRouter(tags=["access"], responses=problems())
organization = organization_router("/explain", "access")
MayReadMembers = Annotated[Caller, Security(current_caller, scopes=["members:view"])]


@router.get("/me/access", summary="My companies, organizations and rights")
async def get_my_access(caller: MayReadMyself, access: AccessAnswers) -> schemas.MyAccess:
    """What a frontend needs to show or hide a menu."""
    companies = [_company(company) for company in await access.mine(caller)]
    return schemas.MyAccess(user_id=caller.user_id, companies=companies)


@router.get("/permissions", summary="The vocabulary of permissions")
async def list_permissions(_caller: MayReadMyself) -> schemas.Vocabulary:
    """Every permission with its name in each language."""
    items = [
        schemas.PermissionView(
            permission=permission,
            names={language: name(permission).render(language) for language in LANGUAGES},
        )
        for permission in sorted(PERMISSIONS)
    ]
    return schemas.Vocabulary(items=items)


@organization.get("", summary="Why somebody may or may not do something here")
async def explain_access(
    caller: MayReadMembers,
    access: AccessAnswers,
    user_id: Annotated[UUID, Query()],
    permission: Annotated[str, Query(max_length=60, examples=["commitments:view"])],
) -> schemas.Explanation:
    """The same code decides and explains."""
    if permission not in PERMISSIONS:
        raise InvalidInput(errors=(FieldError("query.permission", "unknown", "is no permission"),))
    allowed, chain = await access.explain(caller, user_id, permission)
    return schemas.Explanation(allowed=allowed, permission=permission, chain=chain)


def _company(company: CompanyAccess) -> schemas.CompanyAccessView:
    return schemas.CompanyAccessView(
        id=company.id,
        name=company.name,
        owner=company.owner,
        status="active" if company.status == "active" else "deactivated",
        organizations=[_organization(each) for each in company.organizations],
        entitlements=sorted(company.entitlements),
    )


def _organization(found: OrganizationAccess) -> schemas.OrganizationAccessView:
    held = GRANTS[found.role]
    menus = [
        schemas.MenuAccess(menu=menu, level="edit" if f"{menu}:edit" in held else "view")
        for menu in MENUS
        if f"{menu}:view" in held
    ]
    return schemas.OrganizationAccessView(
        id=found.id, name=found.name, role=found.role, permissions=sorted(held), menus=menus
    )
