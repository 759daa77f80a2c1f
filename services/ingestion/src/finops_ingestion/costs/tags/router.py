"""HTTP of tags."""

from typing import Annotated

from fastapi import Depends, Path, Query
from fastapi.responses import JSONResponse

from finops_common.auth.dependencies import organization_router
from finops_common.errors.http import problems
from finops_common.pagination import Listing, PageRequest, listing, page_request
from finops_common.schemas import MoneyView
from finops_ingestion.costs.domain import Metric
from finops_ingestion.costs.filters import Filters
from finops_ingestion.costs.problems import QuestionTooLarge
from finops_ingestion.costs.router import Asked as AskedDays
from finops_ingestion.costs.router import MayRead
from finops_ingestion.costs.tags import schemas
from finops_ingestion.costs.tags.domain import Asked, TagKey, TagValue, dimension_of_key, kind_of
from finops_ingestion.costs.views import sums_view
from finops_ingestion.dependencies import Tags

router = organization_router("/tags", "costs")


async def _asked(days: AskedDays, filters: Filters, metric: Metric = "amortised") -> Asked:
    return Asked(days, filters, metric)


AskedTags = Annotated[Asked, Depends(_asked)]


@router.get("", summary="Tag keys and cost categories", responses=problems(QuestionTooLarge))
async def list_tag_keys(caller: MayRead, tags: Tags, asked: AskedTags) -> schemas.TagKeysView:
    """Those that lines of these days have, with the cost they cover."""
    return schemas.TagKeysView(items=[_key(each) for each in await tags.keys(caller, asked)])


@router.get(
    "/{key:path}/values",
    summary="Values of a tag key",
    response_model=Listing[schemas.TagValueView],
    responses=problems(QuestionTooLarge),
)
async def list_tag_values(
    key: Annotated[str, Path(max_length=400, description="as the list of keys gives it")],
    caller: MayRead,
    tags: Tags,
    asked: AskedTags,
    paging: Annotated[PageRequest, Depends(page_request)],
    q: Annotated[str | None, Query(max_length=200, description="part of the value")] = None,
) -> Listing[schemas.TagValueView] | JSONResponse:
    """What lines of these days have there, with their costs. Sort by value."""
    page = await tags.values(caller, asked, key, q, paging)
    return listing(page, paging, schemas.TagValueView, _value)


def _key(found: TagKey) -> schemas.TagKeyView:
    return schemas.TagKeyView(
        key=found.key,
        kind=kind_of(found.key),
        dimension=str(dimension_of_key(found.key)),
        values=found.values,
        covered=[
            schemas.CoveredView(
                cost=MoneyView(amount=each.cost, currency=each.currency), share=each.share
            )
            for each in found.covered
        ],
    )


def _value(found: TagValue) -> schemas.TagValueView:
    return schemas.TagValueView(value=found.value, costs=sums_view(found.costs))
