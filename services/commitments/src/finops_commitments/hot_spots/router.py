"""HTTP of hot spots."""

from typing import Annotated

from fastapi import Query

from finops_commitments.access import MayRead
from finops_commitments.dependencies import HotSpotAnswers
from finops_commitments.figures.router import Chosen, Currency, Window
from finops_commitments.figures.service import Wanted
from finops_commitments.hot_spots import schemas
from finops_common.auth.dependencies import organization_router

router = organization_router("/coverage/hot-spots", "figures")


@router.get("", summary="Where uncovered spend is")
async def list_hot_spots(
    caller: MayRead,
    answers: HotSpotAnswers,
    within: Window,
    filters: Chosen,
    currency: Currency = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> schemas.HotSpotsView:
    """The accounts and services with the most uncovered eligible usage, and what a Compute Savings Plan for each would save on every term that is offered."""
    wanted = Wanted(*within, filters=filters, currency=currency)
    return schemas.hot_spots_view(wanted, await answers.ask(caller, wanted, limit))
