"""HTTP of organizations."""

from typing import Annotated
from uuid import UUID

from fastapi import Security

from finops_common.auth.caller import Caller
from finops_common.auth.dependencies import company_router, current_caller
from finops_common.errors.http import problems
from finops_common.errors.problem import RecentLoginNeeded
from finops_common.once import Once
from finops_org_rbac.dependencies import Organizations
from finops_org_rbac.organizations import schemas
from finops_org_rbac.organizations.domain import MOST, Organization
from finops_org_rbac.problems import NameNotRepeated, NameTaken, TooManyOrganizations

router = company_router("/organizations", "organizations")
MayRead = Annotated[Caller, Security(current_caller, scopes=["organizations:view"])]
MayChange = Annotated[Caller, Security(current_caller, scopes=["organizations:edit"])]


@router.post(
    "",
    status_code=201,
    summary="Create an organization",
    responses=problems(NameTaken, TooManyOrganizations),
)
async def create_organization(
    body: schemas.NewOrganization, caller: MayChange, organizations: Organizations, once: Once
) -> schemas.OrganizationView:
    """A company has at most ten."""
    return _view(await once(caller, lambda new_id: organizations.create(caller, new_id, body.name)))


@router.get("", summary="Organizations of a company")
async def list_organizations(
    caller: MayRead, organizations: Organizations
) -> schemas.Organizations:
    """All of them for an Owner, else those the caller is in; by name."""
    items = [_view(each) for each in await organizations.list_mine(caller)]
    return schemas.Organizations(items=items, most=MOST)


@router.patch("/{target_id}", summary="Rename an organization", responses=problems(NameTaken))
async def rename_organization(
    target_id: UUID,
    body: schemas.OrganizationChange,
    caller: MayChange,
    organizations: Organizations,
) -> schemas.OrganizationView:
    """Names are unique in a company, without regard to case."""
    return _view(await organizations.rename(caller, target_id, body.name, body.reason))


@router.post(
    "/{target_id}/deletion",
    status_code=204,
    summary="Delete an organization",
    responses=problems(RecentLoginNeeded, NameNotRepeated),
)
async def delete_organization(
    target_id: UUID,
    body: schemas.OrganizationDeletion,
    caller: MayChange,
    organizations: Organizations,
) -> None:
    """Access ends at once. Asks a log-in or confirmation younger than ten minutes."""
    await organizations.delete(caller, target_id, body.name, body.reason)


def _view(found: Organization) -> schemas.OrganizationView:
    return schemas.OrganizationView.model_validate(found, from_attributes=True)
