"""HTTP of recommendations."""

from decimal import Decimal
from typing import Annotated

from fastapi import Query

from finops_commitments.access import MayRead
from finops_commitments.dependencies import RecommendationAnswers
from finops_commitments.recommendations import schemas
from finops_common.auth.dependencies import organization_router

router = organization_router("/recommendations", "recommendations")


@router.get("", summary="What to commit to next")
async def list_recommendations(
    caller: MayRead,
    answers: RecommendationAnswers,
    look_back: Annotated[schemas.LookBack, Query(description="days")] = schemas.LookBack.QUARTER,
    cost_of_capital: Annotated[
        Decimal | None, Query(ge=0, le=1, description="a year, for the present value: 0.08 is 8 %")
    ] = None,
) -> schemas.Recommendations:
    """The best Compute Savings Plan for each payer, on every term that is offered."""
    return schemas.recommendations(await answers.advise(caller, look_back, cost_of_capital))
