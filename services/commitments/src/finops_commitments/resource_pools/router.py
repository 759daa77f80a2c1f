"""HTTP of resource pools."""

from finops_commitments.access import MayRead
from finops_commitments.dependencies import ResourcePoolAnswers
from finops_commitments.figures.router import Currency, Window
from finops_commitments.figures.service import Wanted
from finops_commitments.resource_pools import schemas
from finops_common.auth.dependencies import organization_router

router = organization_router("/utilization/resource-pools", "figures")


@router.get("", summary="Utilization of Google Cloud's resource commitments")
async def list_resource_pools(
    caller: MayRead,
    answers: ResourcePoolAnswers,
    within: Window,
    currency: Currency = None,
) -> schemas.ResourcePoolsView:
    """Cores and memory bought and used, by payer, region and machine family."""
    answer = await answers.ask(caller, Wanted(*within, currency=currency))
    return schemas.ResourcePoolsView(
        since=within[0],
        until=within[1],
        as_of=answer.as_of,
        finality=answer.finality,
        items=[schemas.ResourcePoolView.model_validate(each) for each in answer.value],
    )
