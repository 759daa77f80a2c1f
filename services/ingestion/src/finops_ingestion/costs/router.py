"""HTTP of cost queries."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Query, Security

from finops_common.auth.caller import Caller
from finops_common.auth.dependencies import current_caller, organization_router
from finops_common.schemas import Day, MoneyView
from finops_ingestion.costs import schemas
from finops_ingestion.costs.domain import (
    Costs,
    Dimension,
    Granularity,
    Group,
    Known,
    Metric,
    Question,
)
from finops_ingestion.dependencies import CostQueries

router = organization_router("/costs", "costs")
MayRead = Annotated[Caller, Security(current_caller, scopes=["usage:view"])]
Values = Annotated[
    list[Annotated[str, Query(max_length=200)]] | None,
    Query(max_length=100, description="only these; may be repeated"),
]


@router.get("", summary="Costs by time, account, service and region")
async def read_costs(
    caller: MayRead,
    costs: CostQueries,
    start: Annotated[Day, Query(description="first day, UTC")],
    end: Annotated[Day, Query(description="the first day that is not in it")],
    metric: Metric = "amortised",
    granularity: Granularity = "month",
    by: Annotated[
        list[Dimension] | None, Query(max_length=2, description="one or two, repeated")
    ] = None,
    account: Values = None,
    service: Values = None,
    region: Values = None,
    source: Annotated[
        list[UUID] | None, Query(max_length=50, description="only these billing sources")
    ] = None,
    currency: Annotated[str | None, Query(pattern="^[A-Z]{3}$", description="ISO 4217")] = None,
    top: Annotated[int, Query(ge=1, le=50, description="groups shown; others are the rest")] = 20,
) -> schemas.CostsView:
    """Sums of what bills say now, each exact; how final they are stands beside them."""
    given: dict[Dimension, list[str] | None] = {
        "account": account,
        "service": service,
        "region": region,
    }
    question = Question(
        start=start,
        end=end,
        metric=metric,
        granularity=granularity,
        by=tuple(by or ()),
        filters={name: tuple(values) for name, values in given.items() if values},
        currency=currency,
        top=top,
    )
    found, known = await costs.ask(caller, question, source or ())
    return _view(question, found, known)


def _view(question: Question, found: Costs, known: Known) -> schemas.CostsView:
    return schemas.CostsView(
        start=question.start,
        end=question.end,
        metric=question.metric,
        granularity=question.granularity,
        by=list(question.by),
        finality=known.finality,
        as_of=known.as_of,
        totals=_sums(found.totals),
        groups=[
            schemas.GroupView(
                values=_values(question, group),
                cost=MoneyView(amount=group.cost, currency=group.currency),
                share=group.share,
            )
            for group in found.groups
        ],
        rest=_sums(found.rest),
        cells=[
            schemas.CellView(
                start=cell.start,
                values=_values(question, cell.group) if cell.group else None,
                cost=MoneyView(amount=cell.cost, currency=cell.currency),
            )
            for cell in found.cells
        ],
    )


def _values(question: Question, group: Group) -> dict[Dimension, str | None]:
    return dict(zip(question.by, group.values, strict=True))


def _sums(amounts: Mapping[str, Decimal]) -> list[MoneyView]:
    return [MoneyView(amount=cost, currency=name) for name, cost in sorted(amounts.items())]
