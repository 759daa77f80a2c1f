"""HTTP of accounts."""

from typing import Any

from fastapi import APIRouter, Response

from finops_common.auth.dependencies import MayChangeMyself, MayReadMyself, MayReadProfile, OriginOf
from finops_common.errors.http import problems
from finops_common.errors.problem import PreconditionFailed
from finops_common.etag import IfMatch, set_etag
from finops_identity.accounts import schemas
from finops_identity.accounts.domain import Account, NewAccount
from finops_identity.dependencies import Accounts
from finops_identity.problems import ConsentTextNeeded, LinkInvalid, PasswordRefused

router = APIRouter(tags=["accounts"], responses=problems())


@router.post(
    "/accounts",
    status_code=202,
    summary="Sign up",
    responses=problems(PasswordRefused, ConsentTextNeeded),
)
async def sign_up(body: schemas.SignUp, accounts: Accounts, origin: OriginOf) -> schemas.Accepted:
    """Make an account; a mail follows. The answer is the same for an address that has one."""
    given = body.model_dump() | {"password": body.password.get_secret_value()}
    await accounts.sign_up(origin, NewAccount(**given))
    return schemas.Accepted()


@router.post(
    "/email-verifications",
    status_code=204,
    summary="Verify an e-mail",
    responses=problems(LinkInvalid),
)
async def verify_email(body: schemas.TokenFromMail, accounts: Accounts, origin: OriginOf) -> None:
    """Prove an address by the link mailed to it."""
    await accounts.verify_email(origin, body.token)


@router.post("/me/email-verifications", status_code=202, summary="Mail the verification link again")
async def resend_verification(caller: MayChangeMyself, accounts: Accounts) -> schemas.Accepted:
    """At most one a minute and ten a day."""
    await accounts.resend_verification(caller)
    return schemas.Accepted()


@router.get("/me", summary="My profile")
async def get_profile(
    caller: MayReadProfile, accounts: Accounts, response: Response
) -> schemas.Profile:
    """The caller's own account; its ETag serves `If-Match`."""
    return _profile(await accounts.profile(caller), response)


@router.patch(
    "/me",
    summary="Change my profile",
    responses=problems(PreconditionFailed, ConsentTextNeeded),
)
async def change_profile(
    body: schemas.ProfileChange,
    caller: MayChangeMyself,
    accounts: Accounts,
    response: Response,
    if_version: IfMatch,
) -> schemas.Profile:
    """Set the fields that are sent. A change of `marketing` is recorded as a consent."""
    changes: dict[str, Any] = body.model_dump(exclude_unset=True)
    consent_text = changes.pop("marketing_text_version", None)
    account = await accounts.change_profile(caller, changes, if_version, consent_text)
    return _profile(account, response)


@router.get("/me/consents", summary="My consents")
async def list_consents(caller: MayReadMyself, accounts: Accounts) -> schemas.Consents:
    """Given and withdrawn, newest first."""
    found = await accounts.list_consents(caller)
    return schemas.Consents(
        items=[schemas.Consent.model_validate(each, from_attributes=True) for each in found]
    )


def _profile(account: Account, response: Response) -> schemas.Profile:
    set_etag(response, account.version)
    return schemas.Profile.model_validate(account, from_attributes=True)
