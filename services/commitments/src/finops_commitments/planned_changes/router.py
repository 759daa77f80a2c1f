"""HTTP of planned changes."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response
from fastapi.responses import JSONResponse

from finops_commitments.access import MayChange, MayRead
from finops_commitments.dependencies import PlannedChanges
from finops_commitments.entered.problems import TooManyEntered
from finops_commitments.planned_changes import schemas
from finops_common.auth.dependencies import organization_router
from finops_common.errors.http import problems
from finops_common.errors.problem import PreconditionFailed
from finops_common.etag import IfMatch, set_etag
from finops_common.once import Once
from finops_common.pagination import Listing, PageRequest, listing, page_request

router = organization_router("/planned-changes", "planned changes")


@router.get("", summary="Planned changes", response_model=Listing[schemas.PlannedChangeView])
async def list_planned_changes(
    caller: MayRead, changes: PlannedChanges, paging: Annotated[PageRequest, Depends(page_request)]
) -> Listing[schemas.PlannedChangeView] | JSONResponse:
    """The oldest first; sort by created_at, changed_at."""
    page = await changes.page(caller, paging)
    return listing(page, paging, schemas.PlannedChangeView, schemas.view)


@router.post(
    "", status_code=201, summary="Enter a planned change", responses=problems(TooManyEntered)
)
async def enter_planned_change(
    body: schemas.PlannedChangeBody,
    caller: MayChange,
    changes: PlannedChanges,
    once: Once,
    response: Response,
) -> schemas.PlannedChangeView:
    """A migration, shutdown or launch, from a day on; forecasts expect it from then on."""
    made = await once(caller, lambda new_id: changes.add(caller, new_id, body))
    set_etag(response, made.version)
    return schemas.view(made)


@router.get("/{planned_change_id}", summary="A planned change")
async def read_planned_change(
    planned_change_id: UUID, caller: MayRead, changes: PlannedChanges, response: Response
) -> schemas.PlannedChangeView:
    """The ETag serves `If-Match`."""
    found = await changes.get(caller, planned_change_id)
    set_etag(response, found.version)
    return schemas.view(found)


@router.put(
    "/{planned_change_id}",
    summary="Change a planned change",
    responses=problems(PreconditionFailed),
)
async def change_planned_change(
    planned_change_id: UUID,
    body: schemas.PlannedChangeBody,
    caller: MayChange,
    changes: PlannedChanges,
    if_version: IfMatch,
    response: Response,
) -> schemas.PlannedChangeView:
    """Takes the place of what was entered, whole."""
    after = await changes.change(caller, planned_change_id, body, if_version)
    set_etag(response, after.version)
    return schemas.view(after)


@router.delete(
    "/{planned_change_id}",
    status_code=204,
    summary="Remove a planned change",
    responses=problems(PreconditionFailed),
)
async def remove_planned_change(
    planned_change_id: UUID, caller: MayChange, changes: PlannedChanges, if_version: IfMatch
) -> None:
    """It will not come, or the bill shows it by now."""
    await changes.remove(caller, planned_change_id, if_version)
