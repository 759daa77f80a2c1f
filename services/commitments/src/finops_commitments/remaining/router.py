"""HTTP of what is left of commitments."""

from datetime import UTC
from typing import Annotated

from fastapi import Depends, Query

from finops_commitments.access import MayRead
from finops_commitments.dependencies import Now, RemainingAnswers
from finops_commitments.figures.domain import Period
from finops_commitments.inventory.listing import Narrowing
from finops_commitments.inventory.router import narrowing
from finops_commitments.problems import TooManyCells
from finops_commitments.remaining import schemas
from finops_common.auth.dependencies import organization_router
from finops_common.errors.http import problems
from finops_common.schemas import Instant

router = organization_router("/utilization/remaining", "figures")


@router.get("", summary="What is left of commitments", responses=problems(TooManyCells))
async def get_remaining(
    caller: MayRead,
    answers: RemainingAnswers,
    now: Now,
    filters: Annotated[Narrowing, Depends(narrowing)],
    at: Annotated[Instant | None, Query(description="as they stood then; now")] = None,
    by: Annotated[
        Period | None, Query(description="with what each consumed per UTC hour, day or month")
    ] = None,
) -> schemas.RemainingsView:
    """Days and money left of each commitment that runs, and how much of it will be used by its end."""
    instant = at.astimezone(UTC) if at else now
    return schemas.remainings_view(instant, await answers.ask(caller, instant, filters, by))
