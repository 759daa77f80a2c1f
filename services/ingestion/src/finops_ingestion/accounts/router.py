"""HTTP of cloud accounts."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response, Security
from fastapi.responses import JSONResponse

from finops_common.auth.caller import Caller
from finops_common.auth.dependencies import (
    company_router,
    current_caller,
    organization_router,
)
from finops_common.contracts.ingestion import ConnectionStatus
from finops_common.errors.http import problems
from finops_common.errors.problem import PreconditionFailed
from finops_common.etag import IfMatch, set_etag
from finops_common.pagination import Listing, PageRequest, listing, page_request
from finops_ingestion.accounts import schemas
from finops_ingestion.accounts.views import account_view, linked_view
from finops_ingestion.dependencies import Accounts, Moves, SpeaksLanguage
from finops_ingestion.problems import AlreadyRegistered, NotLinked, RegistrationComplete

router = organization_router("/cloud-accounts", "cloud accounts")
linked_accounts = organization_router("/linked-accounts", "cloud accounts")
company_linked_accounts = company_router("/linked-accounts", "cloud accounts")
MayRead = Annotated[Caller, Security(current_caller, scopes=["cloud-accounts:view"])]
MayChange = Annotated[Caller, Security(current_caller, scopes=["cloud-accounts:edit"])]
MayRegister = Annotated[Caller, Security(current_caller, scopes=["cloud-accounts:register"])]
MayDetach = Annotated[Caller, Security(current_caller, scopes=["cloud-accounts:detach"])]
Paging = Annotated[PageRequest, Depends(page_request)]


@router.get(
    "",
    summary="Cloud accounts of an organization",
    response_model=Listing[schemas.CloudAccountView],
)
async def list_cloud_accounts(
    caller: MayRead,
    accounts: Accounts,
    paging: Paging,
    language: SpeaksLanguage,
    status: Annotated[ConnectionStatus | None, Query(description="of the connection")] = None,
) -> Listing[schemas.CloudAccountView] | JSONResponse:
    """Registered ones, those their payer brought in, and those that wait for their stack. Sort by name, account_id, created_at."""
    page = await accounts.list_page(caller, paging, status)
    return listing(
        page, paging, schemas.CloudAccountView, lambda each: account_view(each, language)
    )


@router.get("/{cloud_account_id}", summary="One cloud account")
async def read_cloud_account(
    cloud_account_id: UUID,
    caller: MayRead,
    accounts: Accounts,
    language: SpeaksLanguage,
    response: Response,
) -> schemas.CloudAccountView:
    """Its connection and collection, with what to mend."""
    account = await accounts.get(caller, cloud_account_id)
    set_etag(response, account.version)
    return account_view(account, language)


@router.patch(
    "/{cloud_account_id}",
    summary="Change a cloud account",
    responses=problems(PreconditionFailed),
)
async def change_cloud_account(
    cloud_account_id: UUID,
    body: schemas.CloudAccountChange,
    caller: MayChange,
    accounts: Accounts,
    language: SpeaksLanguage,
    if_match: IfMatch,
    response: Response,
) -> schemas.CloudAccountView:
    """Its name, what is read, or the export that bills come from."""
    changes = {name: value for name, value in body if value is not None}
    if body.place is not None:
        changes["place"] = body.place.model_dump(mode="json")
    if body.capabilities is not None:
        changes["capabilities"] = tuple(sorted(body.capabilities))
    account = await accounts.change(caller, cloud_account_id, changes, if_match)
    set_etag(response, account.version)
    return account_view(account, language)


@router.delete(
    "/{cloud_account_id}",
    status_code=204,
    summary="Withdraw a registration",
    responses=problems(RegistrationComplete),
)
async def withdraw_registration(
    cloud_account_id: UUID, caller: MayRegister, accounts: Accounts
) -> None:
    """Of an account whose stack was never finished, or that is registered elsewhere."""
    await accounts.withdraw(caller, cloud_account_id)


@linked_accounts.post(
    "",
    summary="Bring linked accounts into an organization",
    responses=problems(NotLinked, AlreadyRegistered),
)
async def bring_linked_accounts(
    body: schemas.LinkedAccountsWanted, caller: MayDetach, moves: Moves
) -> schemas.LinkedAccountList:
    """From any organization of the company; all or none. Open months follow within seconds, closed ones stay where they were billed. Owners only."""
    moved = await moves.bring(caller, tuple(body.cloud_account_ids))
    return schemas.LinkedAccountList(items=[linked_view(each) for each in moved])


@company_linked_accounts.get(
    "",
    summary="Linked accounts of a company",
    response_model=Listing[schemas.LinkedAccountView],
)
async def list_linked_accounts(
    caller: MayRead, moves: Moves, paging: Paging
) -> Listing[schemas.LinkedAccountView] | JSONResponse:
    """Of all organizations, each with its own. Sort by name, account_id, created_at. Owners only."""
    page = await moves.list_page(caller, paging)
    return listing(page, paging, schemas.LinkedAccountView, linked_view)


@company_linked_accounts.get("/{cloud_account_id}/history", summary="Moves of a linked account")
async def read_moves(cloud_account_id: UUID, caller: MayRead, moves: Moves) -> schemas.MoveList:
    """Who moved it when, from where to where, newest first. Owners only."""
    found = await moves.history(caller, cloud_account_id)
    items = [schemas.MoveView.model_validate(each, from_attributes=True) for each in found]
    return schemas.MoveList(items=items)
