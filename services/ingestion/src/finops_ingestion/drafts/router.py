"""HTTP of drafts: a registration step by step."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response
from fastapi.responses import JSONResponse

from finops_common.auth.dependencies import organization_router
from finops_common.errors.http import problems
from finops_common.errors.problem import PreconditionFailed
from finops_common.etag import IfMatch, set_etag
from finops_common.once import Once
from finops_common.pagination import Listing, PageRequest, listing, page_request
from finops_ingestion.accounts.schemas import CloudAccountView
from finops_ingestion.accounts.views import account_view
from finops_ingestion.connections.router import MayRegister
from finops_ingestion.dependencies import Drafts, SpeaksLanguage
from finops_ingestion.drafts import schemas
from finops_ingestion.drafts.filling import given_in
from finops_ingestion.drafts.problems import DraftIncomplete, TooManyDrafts
from finops_ingestion.drafts.views import draft_view, summary_view
from finops_ingestion.problems import (
    AlreadyRegistered,
    CredentialsRefused,
    NotOfTheAccount,
    OtherProvider,
    OwnRoleMissing,
    RegisteredElsewhere,
)

router = organization_router("/cloud-account-drafts", "cloud accounts")


@router.get(
    "",
    summary="Registrations that were begun",
    response_model=Listing[schemas.AccountDraftSummary],
)
async def list_account_drafts(
    caller: MayRegister, drafts: Drafts, paging: Annotated[PageRequest, Depends(page_request)]
) -> Listing[schemas.AccountDraftSummary] | JSONResponse:
    """Whoever began them. Sort by created_at, changed_at."""
    page = await drafts.page(caller, paging)
    return listing(page, paging, schemas.AccountDraftSummary, summary_view)


@router.post(
    "",
    status_code=201,
    summary="Begin a registration",
    responses=problems(TooManyDrafts),
)
async def begin_account_draft(
    body: schemas.DraftAnswers,
    caller: MayRegister,
    drafts: Drafts,
    language: SpeaksLanguage,
    once: Once,
    response: Response,
) -> schemas.AccountDraftView:
    """With what is known already; the answer says what is next. Kept for 30 days after its last change."""
    given = given_in(body)
    draft = await once(caller, lambda new_id: drafts.add(caller, new_id, body.provider, given))
    set_etag(response, draft.version)
    return draft_view(draft, language, await drafts.link(caller, draft))


@router.get("/{draft_id}", summary="A registration that was begun")
async def read_account_draft(
    draft_id: UUID,
    caller: MayRegister,
    drafts: Drafts,
    language: SpeaksLanguage,
    response: Response,
) -> schemas.AccountDraftView:
    """What was answered, and what is next; credentials are never shown."""
    draft = await drafts.get(caller, draft_id)
    set_etag(response, draft.version)
    return draft_view(draft, language, await drafts.link(caller, draft))


@router.patch(
    "/{draft_id}",
    summary="Answer a step of a registration",
    responses=problems(PreconditionFailed, OtherProvider),
)
async def fill_account_draft(
    draft_id: UUID,
    body: schemas.DraftAnswers,
    caller: MayRegister,
    drafts: Drafts,
    language: SpeaksLanguage,
    if_match: IfMatch,
    response: Response,
) -> schemas.AccountDraftView:
    """What is given is set, null takes an answer back, what is left out stays."""
    draft = await drafts.fill(caller, draft_id, body.provider, given_in(body), if_match)
    set_etag(response, draft.version)
    return draft_view(draft, language, await drafts.link(caller, draft))


@router.delete("/{draft_id}", status_code=204, summary="Give up a registration")
async def delete_account_draft(draft_id: UUID, caller: MayRegister, drafts: Drafts) -> None:
    """With what it holds of credentials."""
    await drafts.remove(caller, draft_id)


@router.post(
    "/{draft_id}/register",
    status_code=201,
    summary="Register what was drafted",
    responses=problems(
        DraftIncomplete,
        RegisteredElsewhere,
        AlreadyRegistered,
        NotOfTheAccount,
        CredentialsRefused,
        OwnRoleMissing,
    ),
)
async def register_account_draft(
    draft_id: UUID, caller: MayRegister, drafts: Drafts, language: SpeaksLanguage
) -> CloudAccountView:
    """As in one call. The account has the draft's id, and the draft ends; what is refused leaves it to be mended."""
    return account_view(await drafts.register(caller, draft_id), language)
