"""HTTP of cost queries."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query, Security

from finops_common.auth.caller import Caller
from finops_common.auth.dependencies import current_caller, organization_router
from finops_common.errors.http import problems
from finops_common.schemas import Day
from finops_ingestion.costs import schemas
from finops_ingestion.costs.domain import AskedCosts, Days, Granularity, Metric, Question
from finops_ingestion.costs.filters import BY_PATTERN, Filters, dimensions_asked
from finops_ingestion.costs.problems import QuestionTooLarge
from finops_ingestion.costs.service import check_days, wrong
from finops_ingestion.costs.views import costs_view
from finops_ingestion.dependencies import CostQueries

router = organization_router("/costs", "costs")
MayRead = Annotated[Caller, Security(current_caller, scopes=["usage:view"])]
Compare = Annotated[
    Literal["previous"] | None,
    Query(description="with as many days just before; of whole months as many months"),
]
CompareStart = Annotated[Day | None, Query(description="or with days from this")]
CompareEnd = Annotated[Day | None, Query(description="until before this")]


async def asked_days(
    start: Annotated[Day, Query(description="first day, UTC")],
    end: Annotated[Day, Query(description="the first day that is not in it")],
) -> Days:
    """The days a request is about."""
    return Days(start, end)


async def compared_days(
    days: Annotated[Days, Depends(asked_days)],
    compare: Compare = None,
    compare_start: CompareStart = None,
    compare_end: CompareEnd = None,
) -> Days | None:
    """The days a request compares with. Raises InvalidInput where that is not clear."""
    named = [each for each in (compare_start, compare_end) if each is not None]
    if len(named) == 1 or (named and compare):
        raise wrong("compare_end", "compare=previous, or compare_start and compare_end")
    if compare:
        check_days(days)
        return days.before()
    return Days(*named) if named else None


Asked = Annotated[Days, Depends(asked_days)]
Compared = Annotated[Days | None, Depends(compared_days)]
By = Annotated[
    list[Annotated[str, Query(pattern=BY_PATTERN, examples=["service", "tag:team"])]] | None,
    Query(max_length=2, description="one or two, repeated; tag:KEY and cost_category:NAME too"),
]
Sources = Annotated[
    list[UUID] | None, Query(max_length=50, description="only these billing sources")
]
Currency = Annotated[str | None, Query(pattern="^[A-Z]{3}$", description="only this, ISO 4217")]
ConvertTo = Annotated[
    str | None,
    Query(
        pattern="^[A-Z]{3}$",
        description="answer in this currency, ISO 4217, by the organization's exchange rates",
    ),
]
Top = Annotated[int, Query(ge=1, le=50, description="groups shown; others are the rest")]


async def asked_costs(
    days: Asked,
    against: Compared,
    filters: Filters,
    metric: Metric = "amortised",
    granularity: Granularity = "month",
    by: By = None,
    source: Sources = None,
    currency: Currency = None,
    convert_to: ConvertTo = None,
    top: Top = 20,
) -> AskedCosts:
    """What a request asks about costs. Raises InvalidInput for what is no dimension."""
    question = Question(
        days=days,
        metric=metric,
        granularity=granularity,
        by=dimensions_asked(by or ()),
        filters=filters,
        currency=currency,
        top=top,
        against=against,
    )
    return AskedCosts(question, tuple(source or ()), convert_to)


@router.get(
    "",
    summary="Costs by time and up to two dimensions",
    responses=problems(QuestionTooLarge),
)
async def read_costs(
    caller: MayRead, costs: CostQueries, asked: Annotated[AskedCosts, Depends(asked_costs)]
) -> schemas.CostsView:
    """Sums of what bills say now, each exact, never over currencies; converted, a day's costs by that day's rate, and what has none stays in its own currency. How final they are stands beside them. A tag that no line has groups everything under null, or leaves nothing. Groups are the largest of the days asked for, compared or not."""
    return costs_view(*await costs.ask(caller, asked.question, asked.sources, asked.convert_to))
