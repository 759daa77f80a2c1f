"""HTTP of members."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Security
from fastapi.responses import JSONResponse

from finops_common.auth.caller import Caller
from finops_common.auth.dependencies import company_router, current_caller, organization_router
from finops_common.errors.http import problems
from finops_common.pagination import Listing, PageRequest, listing, page_request
from finops_common.schemas import Line
from finops_org_rbac.dependencies import Members
from finops_org_rbac.members import schemas
from finops_org_rbac.members.domain import Member
from finops_org_rbac.problems import LastOwner, RolesNeeded, StandingTooHigh

router = organization_router("/members", "members")
company = company_router("/members", "members")
MayRead = Annotated[Caller, Security(current_caller, scopes=["members:view"])]
MayChange = Annotated[Caller, Security(current_caller, scopes=["members:edit"])]

Paging = Annotated[PageRequest, Depends(page_request)]
Search = Annotated[str | None, Query(max_length=100, description="part of name or e-mail")]
RoleFilter = Annotated[Literal["owner", "admin", "read_write", "member"] | None, Query()]
StatusFilter = Annotated[Literal["active", "deactivated"] | None, Query()]
Reason = Annotated[Line | None, Query(description="shown in the audit log")]


@router.get("", summary="Members of an organization", response_model=Listing[schemas.MemberView])
async def list_members(
    caller: MayRead,
    members: Members,
    paging: Paging,
    search: Search = None,
    role: RoleFilter = None,
    status: StatusFilter = None,
) -> Listing[schemas.MemberView] | JSONResponse:
    """Its members and the company's Owners. Sort by name, email, role, status, joined_at, last_login_at."""
    page = await members.list_page(caller, paging, search=search, role=role, status=status)
    here = str(caller.organization_id)
    return listing(page, paging, schemas.MemberView, lambda member: _view(member, only=here))


@company.get("", summary="Members of a company", response_model=Listing[schemas.MemberView])
async def list_company_members(
    caller: MayRead,
    members: Members,
    paging: Paging,
    search: Search = None,
    role: RoleFilter = None,
    status: StatusFilter = None,
) -> Listing[schemas.MemberView] | JSONResponse:
    """Everybody, with the organizations they are in."""
    page = await members.list_page(caller, paging, search=search, role=role, status=status)
    return listing(page, paging, schemas.MemberView, _view)


@router.put(
    "/{user_id}/role", status_code=204, summary="Change a role", responses=problems(StandingTooHigh)
)
async def change_role(
    user_id: UUID, body: schemas.RoleChange, caller: MayChange, members: Members
) -> None:
    """Of people of equal or lower standing, up to one's own."""
    await members.change_role(caller, user_id, body.role, body.reason)


@router.delete(
    "/{user_id}",
    status_code=204,
    summary="Remove from an organization",
    responses=problems(StandingTooHigh),
)
async def remove_member(
    user_id: UUID, caller: MayChange, members: Members, reason: Reason = None
) -> None:
    """The account stays. In force everywhere within a second."""
    await members.remove(caller, user_id, reason)


@company.put(
    "/{user_id}/standing",
    status_code=204,
    summary="Make or unmake an Owner",
    responses=problems(LastOwner, RolesNeeded),
)
async def change_standing(
    user_id: UUID, body: schemas.StandingChange, caller: MayChange, members: Members
) -> None:
    """Only Owners do."""
    if body.owner:
        await members.make_owner(caller, user_id, body.reason)
    else:
        await members.unmake_owner(caller, user_id, body.roles, body.reason)


@company.put(
    "/{user_id}/status",
    status_code=204,
    summary="Deactivate or reactivate",
    responses=problems(LastOwner),
)
async def change_status(
    user_id: UUID, body: schemas.StatusChange, caller: MayChange, members: Members
) -> None:
    """Who is deactivated can log in and read the own profile, nothing else."""
    await members.set_active(caller, user_id, active=body.status == "active", reason=body.reason)


@company.delete(
    "/{user_id}", status_code=204, summary="Remove from a company", responses=problems(LastOwner)
)
async def remove_from_company(
    user_id: UUID, caller: MayChange, members: Members, reason: Reason = None
) -> None:
    """From all its organizations; pending invitations end too."""
    await members.remove_from_company(caller, user_id, reason)


def _view(member: Member, only: str | None = None) -> schemas.MemberView:
    view = schemas.MemberView.model_validate(member, from_attributes=True)
    if only is not None:
        view.organizations = [
            each for each in view.organizations if str(each.organization_id) == only
        ]
    return view
