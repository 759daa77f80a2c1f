"""HTTP of search."""

from typing import Annotated

from fastapi import Query

from finops_common.auth.dependencies import organization_router
from finops_common.errors.http import problems
from finops_common.schemas import Day
from finops_ingestion.costs.domain import Days
from finops_ingestion.costs.problems import QuestionTooLarge
from finops_ingestion.costs.router import MayRead
from finops_ingestion.costs.search import schemas
from finops_ingestion.costs.service import wrong
from finops_ingestion.dependencies import Searching

router = organization_router("/search", "costs")


@router.get(
    "",
    summary="Search accounts, services, regions, resources and tags",
    responses=problems(QuestionTooLarge),
)
async def search_bills(
    caller: MayRead,
    searching: Searching,
    q: Annotated[str, Query(min_length=1, max_length=200, description="part of a name or id")],
    start: Annotated[Day | None, Query(description="of bills from this day")] = None,
    end: Annotated[Day | None, Query(description="until before this day")] = None,
    limit: Annotated[int, Query(ge=1, le=50, description="of each kind")] = 10,
) -> schemas.SearchView:
    """What has it in its name, upper or lower case, in the last 90 days unless days are named."""
    if (start is None) is not (end is None):
        raise wrong("end", "start and end go together")
    days = Days(start, end) if start and end else None
    found = await searching.search(caller, q, days, limit)
    return schemas.SearchView.model_validate({"groups": found}, from_attributes=True)
