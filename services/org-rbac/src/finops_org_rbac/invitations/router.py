"""HTTP of invitations."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Security
from fastapi.responses import JSONResponse

from finops_common.app import wired
from finops_common.auth.caller import Caller
from finops_common.auth.dependencies import MayChangeMyself, company_router, current_caller
from finops_common.clock import Clock
from finops_common.errors.http import problems
from finops_common.errors.problem import EmailNotVerified
from finops_common.once import Once
from finops_common.pagination import Listing, PageRequest, listing, page_request
from finops_org_rbac.dependencies import Invitations
from finops_org_rbac.invitations import schemas
from finops_org_rbac.invitations.domain import Invitation
from finops_org_rbac.problems import AlreadyMember, InvitationInvalid, RolesNeeded, StandingTooHigh

router = APIRouter(prefix="/invitations", tags=["invitations"], responses=problems())
company = company_router("/invitations", "invitations")
MayInvite = Annotated[Caller, Security(current_caller, scopes=["members:invite"])]
Now = Annotated[Clock, Depends(wired("clock"))]


@company.post(
    "", status_code=201, summary="Invite somebody", responses=problems(RolesNeeded, StandingTooHigh)
)
async def invite(
    body: schemas.NewInvitation, caller: MayInvite, invitations: Invitations, once: Once, clock: Now
) -> schemas.InvitationView:
    """A mail goes out; a pending invitation to the same address is replaced."""
    made = await once(
        caller,
        lambda new_id: invitations.invite(
            caller, new_id, body.email, body.language, owner=body.owner, roles=tuple(body.roles)
        ),
    )
    return _view(made, clock())


@company.get("", summary="Invitations of a company", response_model=Listing[schemas.InvitationView])
async def list_invitations(
    caller: MayInvite,
    invitations: Invitations,
    paging: Annotated[PageRequest, Depends(page_request)],
    clock: Now,
) -> Listing[schemas.InvitationView] | JSONResponse:
    """Newest first. Sort by created_at, email, expires_at."""
    now = clock()
    page = await invitations.list_page(caller, paging)
    return listing(page, paging, schemas.InvitationView, lambda each: _view(each, now))


@company.post(
    "/{invitation_id}/sending",
    status_code=202,
    summary="Send an invitation again",
    responses=problems(InvitationInvalid, StandingTooHigh),
)
async def send_invitation_again(
    invitation_id: UUID, caller: MayInvite, invitations: Invitations, clock: Now
) -> schemas.InvitationView:
    """With a new link; the one before stops working."""
    return _view(await invitations.send_again(caller, invitation_id), clock())


@company.delete(
    "/{invitation_id}",
    status_code=204,
    summary="Cancel an invitation",
    responses=problems(StandingTooHigh),
)
async def cancel_invitation(
    invitation_id: UUID, caller: MayInvite, invitations: Invitations
) -> None:
    """Its link works no more."""
    await invitations.cancel(caller, invitation_id)


@router.post(
    "/acceptances",
    summary="Accept an invitation",
    responses=problems(InvitationInvalid, AlreadyMember, EmailNotVerified),
)
async def accept_invitation(
    body: schemas.Acceptance, caller: MayChangeMyself, invitations: Invitations
) -> schemas.JoinedCompany:
    """Join as the person the mail was sent to."""
    joined = await invitations.accept(caller, body.token)
    return schemas.JoinedCompany(
        company_id=joined.company_id, owner=joined.owner, roles=list(joined.roles)
    )


def _view(invitation: Invitation, now: datetime) -> schemas.InvitationView:
    return schemas.InvitationView(
        id=invitation.id,
        email=invitation.email,
        owner=invitation.owner,
        roles=list(invitation.roles),
        state=invitation.state_at(now),
        invited_by=invitation.invited_by,
        created_at=invitation.created_at,
        sent_at=invitation.sent_at,
        expires_at=invitation.expires_at,
    )
