"""HTTP of a change of e-mail."""

from fastapi import APIRouter

from finops_common.auth.dependencies import MayChangeMyself, OriginOf
from finops_common.errors.http import problems
from finops_identity.accounts.schemas import Accepted, TokenFromMail
from finops_identity.dependencies import EmailChanges
from finops_identity.email_changes import schemas
from finops_identity.problems import LinkInvalid, PasswordRefused, WrongCredentials

router = APIRouter(tags=["email-changes"], responses=problems())


@router.post(
    "/me/email-changes",
    status_code=202,
    summary="Change my e-mail",
    responses=problems(WrongCredentials, PasswordRefused),
)
async def ask_email_change(
    body: schemas.EmailChange, caller: MayChangeMyself, changes: EmailChanges
) -> Accepted:
    """Mails go to the old and the new address; the change happens when both have confirmed."""
    await changes.ask(caller, body.new_email, body.password.get_secret_value())
    return Accepted()


@router.post(
    "/email-changes", summary="Confirm a change of e-mail", responses=problems(LinkInvalid)
)
async def confirm_email_change(
    body: TokenFromMail, changes: EmailChanges, origin: OriginOf
) -> schemas.EmailChangeState:
    """One of the two confirmations."""
    return schemas.EmailChangeState(changed=await changes.confirm(origin, body.token))
