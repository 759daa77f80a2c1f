"""HTTP of cost groups."""

from typing import Annotated

from fastapi import Depends, Path, Query, Response, Security
from fastapi.responses import JSONResponse

from finops_common.auth.caller import Caller
from finops_common.auth.dependencies import current_caller, organization_router
from finops_common.errors.http import problems
from finops_common.errors.problem import PreconditionFailed
from finops_common.etag import IfMatch, set_etag
from finops_common.pagination import Listing, PageRequest, listing, page_request
from finops_ingestion.costs.domain import Metric
from finops_ingestion.costs.groups import schemas
from finops_ingestion.costs.groups.problems import SharedInCircle
from finops_ingestion.costs.groups.service import Asked
from finops_ingestion.costs.groups.views import (
    costs_view,
    groups_in,
    groups_view,
    preview_view,
    version_view,
)
from finops_ingestion.costs.problems import QuestionTooLarge
from finops_ingestion.costs.router import Asked as AskedDays
from finops_ingestion.costs.router import MayRead
from finops_ingestion.dependencies import CostGroups

router = organization_router("/cost-groups", "cost groups")
MayChange = Annotated[Caller, Security(current_caller, scopes=["usage:edit"])]
_LAST = 2**31 - 1


async def _asked(days: AskedDays, metric: Metric = "amortised") -> Asked:
    return Asked(days, metric)


AskedCosts = Annotated[Asked, Depends(_asked)]


@router.get("", summary="The cost groups in force")
async def get_cost_groups(
    caller: MayRead, groups: CostGroups, response: Response
) -> schemas.CostGroupsView:
    """Tree, rules and splits. The ETag serves `If-Match`."""
    found = await groups.get(caller)
    set_etag(response, found.version)
    return groups_view(found)


@router.put(
    "",
    summary="Set the cost groups",
    responses=problems(PreconditionFailed, SharedInCircle),
)
async def set_cost_groups(
    body: schemas.CostGroupsChange,
    caller: MayChange,
    groups: CostGroups,
    if_version: IfMatch,
    response: Response,
) -> schemas.CostGroupsView:
    """A new version of the whole document; every query sorts by it from now on, former months too. What is in force already makes no new one."""
    found = await groups.change(caller, groups_in(body), if_version, body.reason)
    set_etag(response, found.version)
    return groups_view(found)


@router.get(
    "/versions",
    summary="Versions of the cost groups",
    response_model=Listing[schemas.CostGroupsVersionView],
)
async def list_cost_group_versions(
    caller: MayRead, groups: CostGroups, paging: Annotated[PageRequest, Depends(page_request)]
) -> Listing[schemas.CostGroupsVersionView] | JSONResponse:
    """Who made them when. Sort by version, -version."""
    page = await groups.versions(caller, paging)
    return listing(page, paging, schemas.CostGroupsVersionView, version_view)


@router.get("/versions/{version}", summary="A version of the cost groups")
async def get_cost_groups_version(
    version: Annotated[int, Path(ge=1, le=_LAST)], caller: MayRead, groups: CostGroups
) -> schemas.CostGroupsView:
    """The whole document as it was."""
    return groups_view(await groups.get(caller, version))


@router.get("/costs", summary="What cost groups cost", responses=problems(QuestionTooLarge))
async def read_group_costs(
    caller: MayRead,
    groups: CostGroups,
    asked: AskedCosts,
    version: Annotated[
        int | None, Query(ge=1, le=_LAST, description="sort by this version, not the newest")
    ] = None,
) -> schemas.GroupCostsView:
    """The tree by currency, with what is shared among groups. Totals of the roots and what falls into no group are all costs, to the last digit."""
    found, costs = await groups.costs(caller, asked, version)
    return costs_view(asked, costs, found.version)


@router.post(
    "/preview",
    summary="What cost groups would cost",
    responses=problems(QuestionTooLarge, SharedInCircle),
)
async def preview_cost_groups(
    body: schemas.CostGroupDocument, caller: MayRead, groups: CostGroups, asked: AskedCosts
) -> schemas.PreviewView:
    """The same for a document that is not saved, with what falls into each rule: a rule that nothing falls into is wrong, or stands behind one that takes it all."""
    document = groups_in(body)
    return preview_view(asked, await groups.preview(caller, asked, document), document)
