"""HTTP of plans."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header
from fastapi.responses import JSONResponse

from finops_autosavings.dependencies import MayPlan, MayView, Plans
from finops_autosavings.plans import schemas, views
from finops_autosavings.problems import NotEntitled, NothingActive, Stopped
from finops_common.auth.dependencies import organization_router
from finops_common.errors.http import problems
from finops_common.i18n import Language, preferred_language
from finops_common.once import Once
from finops_common.pagination import Listing, PageRequest, listing, page_request

router = organization_router("/plans", "plans")


async def _language(
    accept_language: Annotated[str | None, Header(max_length=200)] = None,
) -> Language:
    return preferred_language(accept_language)


InLanguage = Annotated[Language, Depends(_language)]
Paging = Annotated[PageRequest, Depends(page_request)]


@router.post(
    "",
    status_code=201,
    summary="Make a plan now",
    responses=problems(Stopped, NothingActive, NotEntitled),
)
async def make_plan(
    caller: MayPlan, plans: Plans, once: Once, language: InLanguage
) -> schemas.PlanView:
    """On the newest data and advice; held with the reasons where these cannot be trusted."""
    return views.whole(await once(caller, lambda new_id: plans.make(caller, new_id)), language)


@router.get("", summary="Plans", response_model=Listing[schemas.PlanSummary])
async def list_plans(
    caller: MayView, plans: Plans, request: Paging
) -> Listing[schemas.PlanSummary] | JSONResponse:
    """The newest first."""
    page = await plans.list_page(caller, request)
    return listing(page, request, schemas.PlanSummary, views.summary)


@router.get("/{plan_id}", summary="A plan")
async def get_plan(
    plan_id: UUID, caller: MayView, plans: Plans, language: InLanguage
) -> schemas.PlanView:
    """Its items with reason, expected saving, downside and the advice each came from."""
    return views.whole(await plans.get(caller, plan_id), language)


@router.get("/{plan_id}/comparison", summary="A plan against last week's")
async def compare_plan(plan_id: UUID, caller: MayView, plans: Plans) -> schemas.PlanComparison:
    """Against the newest plan made before this one's week."""
    return views.comparison(plan_id, *await plans.compare(caller, plan_id))
