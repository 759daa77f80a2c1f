"""HTTP of saved queries."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response
from fastapi.responses import JSONResponse

from finops_common.auth.dependencies import organization_router
from finops_common.errors.http import problems
from finops_common.errors.problem import PreconditionFailed
from finops_common.etag import IfMatch, set_etag
from finops_common.once import Once
from finops_common.pagination import Listing, PageRequest, listing, page_request
from finops_ingestion.costs.problems import QuestionTooLarge
from finops_ingestion.costs.router import MayRead
from finops_ingestion.costs.saved import schemas
from finops_ingestion.costs.saved.asking import asked_on, body_of, question_in, within
from finops_ingestion.costs.saved.domain import Draft, Saved
from finops_ingestion.costs.saved.problems import SavedByAnother, TooManySaved
from finops_ingestion.costs.schemas import CostsView
from finops_ingestion.costs.views import costs_view
from finops_ingestion.dependencies import CostQueries, SavedQueries, Today

router = organization_router("/saved-queries", "saved queries")


@router.get(
    "",
    summary="Saved queries",
    response_model=Listing[schemas.SavedQueryView],
)
async def list_saved_queries(
    caller: MayRead, queries: SavedQueries, paging: Annotated[PageRequest, Depends(page_request)]
) -> Listing[schemas.SavedQueryView] | JSONResponse:
    """The caller's own and those that others share. Sort by name, created_at, changed_at."""
    page = await queries.page(caller, paging)
    return listing(page, paging, schemas.SavedQueryView, _view)


@router.post(
    "",
    status_code=201,
    summary="Save a query",
    responses=problems(TooManySaved),
)
async def save_query(
    body: schemas.SavedQueryDraft,
    caller: MayRead,
    queries: SavedQueries,
    costs: CostQueries,
    today: Today,
    once: Once,
    response: Response,
) -> schemas.SavedQueryView:
    """Private unless shared; relative days are those of the day on which it is run."""
    with within("body.question"):
        await costs.check(caller, (await asked_on(today, body.question)).question)
    draft = Draft(body.name, body.shared, body_of(body.question))
    saved = await once(caller, lambda new_id: queries.add(caller, new_id, draft))
    set_etag(response, saved.version)
    return _view(saved)


@router.get("/{saved_query_id}", summary="A saved query")
async def read_saved_query(
    saved_query_id: UUID, caller: MayRead, queries: SavedQueries, response: Response
) -> schemas.SavedQueryView:
    """The ETag serves `If-Match`."""
    saved = await queries.get(caller, saved_query_id)
    set_etag(response, saved.version)
    return _view(saved)


@router.patch(
    "/{saved_query_id}",
    summary="Change a saved query",
    responses=problems(PreconditionFailed, SavedByAnother),
)
async def change_saved_query(
    saved_query_id: UUID,
    body: schemas.SavedQueryChange,
    caller: MayRead,
    queries: SavedQueries,
    costs: CostQueries,
    today: Today,
    if_match: IfMatch,
    response: Response,
) -> schemas.SavedQueryView:
    """Its name, whether others see it, or what it asks. Only who saved it."""
    changes: dict[str, Any] = {"name": body.name, "shared": body.shared}
    if body.question is not None:
        with within("body.question"):
            await costs.check(caller, (await asked_on(today, body.question)).question)
        changes["body"] = body_of(body.question)
    told = {name: value for name, value in changes.items() if value is not None}
    saved = await queries.change(caller, saved_query_id, told, if_match)
    set_etag(response, saved.version)
    return _view(saved)


@router.delete(
    "/{saved_query_id}",
    status_code=204,
    summary="Delete a saved query",
    responses=problems(PreconditionFailed, SavedByAnother),
)
async def delete_saved_query(
    saved_query_id: UUID, caller: MayRead, queries: SavedQueries, if_match: IfMatch
) -> None:
    """One's own; a shared one also who holds usage:edit. Dashboards that show it say that it is gone."""
    await queries.remove(caller, saved_query_id, if_match)


@router.get(
    "/{saved_query_id}/costs",
    summary="Run a saved query",
    responses=problems(QuestionTooLarge),
)
async def run_saved_query(
    saved_query_id: UUID, caller: MayRead, queries: SavedQueries, costs: CostQueries, today: Today
) -> CostsView:
    """As the cost query answers it, of the days that it means today; the answer says which."""
    saved = await queries.get(caller, saved_query_id)
    with within("question"):
        asked = await asked_on(today, question_in(saved.body))
        found = await costs.ask(caller, asked.question, asked.sources, asked.convert_to)
    return costs_view(*found)


def _view(saved: Saved) -> schemas.SavedQueryView:
    return schemas.SavedQueryView(
        id=saved.id,
        name=saved.name,
        shared=saved.shared,
        owner_id=saved.owner_id,
        question=question_in(saved.body),
        version=saved.version,
        created_at=saved.created_at,
        changed_at=saved.changed_at,
    )
