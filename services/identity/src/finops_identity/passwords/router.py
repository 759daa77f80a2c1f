"""HTTP of passwords."""

from fastapi import APIRouter

from finops_common.auth.dependencies import MayChangeMyself, OriginOf
from finops_common.errors.http import problems
from finops_identity.accounts.schemas import Accepted
from finops_identity.dependencies import Passwords
from finops_identity.passwords import schemas
from finops_identity.problems import LinkInvalid, PasswordRefused, WrongCredentials

router = APIRouter(tags=["passwords"], responses=problems())


@router.put(
    "/me/password",
    status_code=204,
    summary="Change my password",
    responses=problems(WrongCredentials, PasswordRefused),
)
async def change_password(
    body: schemas.PasswordChange, caller: MayChangeMyself, passwords: Passwords
) -> None:
    """All other sessions end."""
    old, new = body.old_password.get_secret_value(), body.new_password.get_secret_value()
    await passwords.change(caller, old, new)


@router.post("/password-resets", status_code=202, summary="Ask for a new password")
async def ask_reset(body: schemas.ResetRequest, passwords: Passwords, origin: OriginOf) -> Accepted:
    """A mail follows if the address has an account; the answer does not say."""
    await passwords.ask_reset(origin, body.email)
    return Accepted()


@router.put(
    "/password-resets",
    status_code=204,
    summary="Set a new password by a mailed link",
    responses=problems(LinkInvalid, PasswordRefused),
)
async def reset_password(body: schemas.Reset, passwords: Passwords, origin: OriginOf) -> None:
    """All sessions end."""
    await passwords.reset(origin, body.token, body.password.get_secret_value())
