"""HTTP of dashboards."""

from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Response
from fastapi.responses import JSONResponse

from finops_common.auth.caller import Caller
from finops_common.auth.dependencies import organization_router
from finops_common.errors.http import problems
from finops_common.errors.problem import PreconditionFailed
from finops_common.etag import IfMatch, set_etag
from finops_common.once import Once
from finops_common.pagination import Listing, PageRequest, listing, page_request
from finops_ingestion.costs.router import MayRead
from finops_ingestion.costs.saved.dashboards import schemas
from finops_ingestion.costs.saved.dashboards.domain import Tile
from finops_ingestion.costs.saved.dashboards.service import LayoutService
from finops_ingestion.costs.saved.domain import Draft, Saved
from finops_ingestion.costs.saved.problems import SavedByAnother, TooManySaved
from finops_ingestion.dependencies import Dashboards, Layouts

router = organization_router("/dashboards", "dashboards")


@router.get(
    "",
    summary="Dashboards",
    response_model=Listing[schemas.DashboardSummaryView],
)
async def list_dashboards(
    caller: MayRead, dashboards: Dashboards, paging: Annotated[PageRequest, Depends(page_request)]
) -> Listing[schemas.DashboardSummaryView] | JSONResponse:
    """The caller's own and those that others share. Sort by name, created_at, changed_at."""
    page = await dashboards.page(caller, paging)
    return listing(page, paging, schemas.DashboardSummaryView, _summary)


@router.post("", status_code=201, summary="Save a dashboard", responses=problems(TooManySaved))
async def save_dashboard(
    body: schemas.DashboardDraft,
    caller: MayRead,
    dashboards: Dashboards,
    layouts: Layouts,
    once: Once,
    response: Response,
) -> schemas.DashboardView:
    """Private unless shared; a shared one shows shared queries only."""
    await layouts.check(caller, [each.tile() for each in body.tiles], shared=body.shared)
    draft = Draft(body.name, body.shared, _kept(body.tiles))
    saved = await once(caller, lambda new_id: dashboards.add(caller, new_id, draft))
    set_etag(response, saved.version)
    return await _view(caller, saved, layouts)


@router.get("/{dashboard_id}", summary="A dashboard")
async def read_dashboard(
    dashboard_id: UUID,
    caller: MayRead,
    dashboards: Dashboards,
    layouts: Layouts,
    response: Response,
) -> schemas.DashboardView:
    """Its tiles; each saved query is run by itself. The ETag serves `If-Match`."""
    saved = await dashboards.get(caller, dashboard_id)
    set_etag(response, saved.version)
    return await _view(caller, saved, layouts)


@router.patch(
    "/{dashboard_id}",
    summary="Change a dashboard",
    responses=problems(PreconditionFailed, SavedByAnother),
)
async def change_dashboard(
    dashboard_id: UUID,
    body: schemas.DashboardChange,
    caller: MayRead,
    dashboards: Dashboards,
    layouts: Layouts,
    if_match: IfMatch,
    response: Response,
) -> schemas.DashboardView:
    """Its name, whether others see it, or its tiles. Only who saved it. Who shares it or lays it out anew has to take out tiles whose query is gone."""
    changes: dict[str, Any] = {"name": body.name, "shared": body.shared}
    if body.tiles is not None:
        changes["body"] = _kept(body.tiles)
    if body.tiles is not None or body.shared:
        before = await dashboards.get(caller, dashboard_id)
        tiles = _tiles(before) if body.tiles is None else [each.tile() for each in body.tiles]
        shared = before.shared if body.shared is None else body.shared
        await layouts.check(caller, tiles, shared=shared)
    told = {name: value for name, value in changes.items() if value is not None}
    saved = await dashboards.change(caller, dashboard_id, told, if_match)
    set_etag(response, saved.version)
    return await _view(caller, saved, layouts)


@router.delete(
    "/{dashboard_id}",
    status_code=204,
    summary="Delete a dashboard",
    responses=problems(PreconditionFailed, SavedByAnother),
)
async def delete_dashboard(
    dashboard_id: UUID, caller: MayRead, dashboards: Dashboards, if_match: IfMatch
) -> None:
    """One's own; a shared one also who holds usage:edit. Its queries stay."""
    await dashboards.remove(caller, dashboard_id, if_match)


def _kept(tiles: tuple[schemas.TilePlaced, ...]) -> dict[str, Any]:
    return {"tiles": [each.model_dump(mode="json") for each in tiles]}


def _tiles(saved: Saved) -> list[Tile]:
    return [schemas.TilePlaced.model_validate(each).tile() for each in saved.body["tiles"]]


def _summary(saved: Saved) -> schemas.DashboardSummaryView:
    return schemas.DashboardSummaryView(**_facts(saved), tiles=len(saved.body["tiles"]))


async def _view(caller: Caller, saved: Saved, layouts: LayoutService) -> schemas.DashboardView:
    tiles = _tiles(saved)
    queries = await layouts.queries(caller, tiles)
    shown = []
    for tile in tiles:
        query = queries.get(tile.query_id)
        shown.append(schemas.TileView(**asdict(tile), query_name=query.name if query else None))
    return schemas.DashboardView(**_facts(saved), tiles=shown)


def _facts(saved: Saved) -> dict[str, Any]:
    return {name: value for name, value in vars(saved).items() if name != "body"}
