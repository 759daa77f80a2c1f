"""HTTP of spend contracts."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response
from fastapi.responses import JSONResponse

from finops_commitments.access import MayChange, MayRead
from finops_commitments.dependencies import EnteredContracts, SpendContracts
from finops_commitments.entered.problems import TooManyEntered
from finops_commitments.spend_contracts import schemas
from finops_commitments.spend_contracts.views import standing_view
from finops_common.auth.dependencies import organization_router
from finops_common.errors.http import problems
from finops_common.errors.problem import PreconditionFailed
from finops_common.etag import IfMatch, set_etag
from finops_common.once import Once
from finops_common.pagination import Listing, PageRequest, listing, page_request

router = organization_router("/spend-contracts", "spend contracts")


@router.get("", summary="Spend contracts", response_model=Listing[schemas.SpendContractView])
async def list_spend_contracts(
    caller: MayRead,
    contracts: EnteredContracts,
    paging: Annotated[PageRequest, Depends(page_request)],
) -> Listing[schemas.SpendContractView] | JSONResponse:
    """The oldest first; sort by created_at, changed_at."""
    page = await contracts.page(caller, paging)
    return listing(page, paging, schemas.SpendContractView, schemas.view)


@router.post(
    "", status_code=201, summary="Enter a spend contract", responses=problems(TooManyEntered)
)
async def enter_spend_contract(
    body: schemas.SpendContractBody,
    caller: MayChange,
    contracts: EnteredContracts,
    once: Once,
    response: Response,
) -> schemas.SpendContractView:
    """What was promised to a provider, term by term."""
    made = await once(caller, lambda new_id: contracts.add(caller, new_id, body))
    set_etag(response, made.version)
    return schemas.view(made)


@router.get("/{spend_contract_id}", summary="A spend contract")
async def read_spend_contract(
    spend_contract_id: UUID, caller: MayRead, contracts: EnteredContracts, response: Response
) -> schemas.SpendContractView:
    """The ETag serves `If-Match`."""
    found = await contracts.get(caller, spend_contract_id)
    set_etag(response, found.version)
    return schemas.view(found)


@router.put(
    "/{spend_contract_id}",
    summary="Change a spend contract",
    responses=problems(PreconditionFailed),
)
async def change_spend_contract(
    spend_contract_id: UUID,
    body: schemas.SpendContractBody,
    caller: MayChange,
    contracts: EnteredContracts,
    if_version: IfMatch,
    response: Response,
) -> schemas.SpendContractView:
    """Takes the place of what was entered, whole."""
    after = await contracts.change(caller, spend_contract_id, body, if_version)
    set_etag(response, after.version)
    return schemas.view(after)


@router.delete(
    "/{spend_contract_id}",
    status_code=204,
    summary="Remove a spend contract",
    responses=problems(PreconditionFailed),
)
async def remove_spend_contract(
    spend_contract_id: UUID, caller: MayChange, contracts: EnteredContracts, if_version: IfMatch
) -> None:
    """It does not stand any more."""
    await contracts.remove(caller, spend_contract_id, if_version)


@router.get("/{spend_contract_id}/burn-down", summary="How far a spend contract is")
async def read_burn_down(
    spend_contract_id: UUID,
    caller: MayRead,
    contracts: EnteredContracts,
    standings: SpendContracts,
    monthly_savings: Annotated[
        Decimal | None,
        Query(ge=0, max_digits=18, decimal_places=6, description="that a recommendation makes"),
    ] = None,
) -> schemas.SpendBurnDownView:
    """Spent, expected and missing in each term; planned changes are in it and named. With `monthly_savings`, what following a recommendation does to it."""
    contract = await contracts.get(caller, spend_contract_id)
    standing = await standings.standing(caller, contract)
    return standing_view(standing, contract.body.currency, monthly_savings)
