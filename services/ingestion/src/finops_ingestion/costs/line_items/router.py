"""HTTP of line items."""

from dataclasses import asdict
from decimal import Decimal
from typing import Annotated

from fastapi import Depends
from fastapi.responses import JSONResponse

from finops_common.auth.dependencies import organization_router
from finops_common.errors.http import problems
from finops_common.pagination import Listing, PageRequest, listing, page_request
from finops_common.schemas import MoneyView
from finops_ingestion.costs.filters import Filters
from finops_ingestion.costs.line_items.domain import LineItem
from finops_ingestion.costs.line_items.schemas import LineItemView
from finops_ingestion.costs.problems import QuestionTooLarge
from finops_ingestion.costs.router import Asked, MayRead, Sources
from finops_ingestion.dependencies import LineItems

router = organization_router("/line-items", "costs")
_COSTS = ("list_cost", "contracted_cost", "billed_cost", "effective_cost")


@router.get(
    "",
    summary="Lines of the bills",
    response_model=Listing[LineItemView],
    responses=problems(QuestionTooLarge),
)
async def list_line_items(
    caller: MayRead,
    items: LineItems,
    days: Asked,
    filters: Filters,
    paging: Annotated[PageRequest, Depends(page_request)],
    source: Sources = None,
) -> Listing[LineItemView] | JSONResponse:
    """Those that began on these days, of one resource or of any filter, with their tags. Sort by charge_start, -charge_start."""
    page = await items.page(caller, days, filters, paging, source or ())
    return listing(page, paging, LineItemView, _view)


def _view(item: LineItem) -> LineItemView:
    costs = {name: _money(getattr(item, name), item.currency) for name in _COSTS}
    return LineItemView.model_validate(asdict(item) | costs)


def _money(amount: Decimal | None, currency: str) -> MoneyView | None:
    return None if amount is None else MoneyView(amount=amount, currency=currency)
