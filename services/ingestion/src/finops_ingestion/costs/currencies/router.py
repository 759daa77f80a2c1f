"""HTTP of exchange rates."""

from typing import Annotated

from fastapi import Depends, Path, Security
from fastapi.responses import JSONResponse

from finops_common.auth.caller import Caller
from finops_common.auth.dependencies import current_caller, organization_router
from finops_common.pagination import Listing, PageRequest, listing, page_request
from finops_common.schemas import Day
from finops_ingestion.costs.currencies import schemas
from finops_ingestion.costs.currencies.domain import Pair, Rate
from finops_ingestion.costs.router import MayRead
from finops_ingestion.dependencies import ExchangeRates

router = organization_router("/exchange-rates", "exchange rates")
MayChange = Annotated[Caller, Security(current_caller, scopes=["usage:edit"])]
Code = Annotated[str, Path(pattern="^[A-Z]{3}$")]


@router.get(
    "",
    summary="Exchange rates of an organization",
    response_model=Listing[schemas.ExchangeRateView],
)
async def list_exchange_rates(
    caller: MayRead, rates: ExchangeRates, paging: Annotated[PageRequest, Depends(page_request)]
) -> Listing[schemas.ExchangeRateView] | JSONResponse:
    """What costs are converted by. Sort by since."""
    page = await rates.page(caller, paging)
    return listing(page, paging, schemas.ExchangeRateView, _view)


@router.put("", status_code=204, summary="State exchange rates")
async def state_exchange_rates(
    body: schemas.ExchangeRatesStated, caller: MayChange, rates: ExchangeRates
) -> None:
    """All or none; a rate of the same currencies and day takes the place of the former. Others stay. Only this direction is converted."""
    stated = [
        Rate(Pair(each.from_currency, each.to_currency, each.since), each.rate, each.source)
        for each in body.rates
    ]
    await rates.state(caller, stated, body.reason)


@router.delete(
    "/{from_currency}/{to_currency}/{since}", status_code=204, summary="Withdraw an exchange rate"
)
async def withdraw_exchange_rate(
    from_currency: Code,
    to_currency: Code,
    since: Day,
    caller: MayChange,
    rates: ExchangeRates,
) -> None:
    """From its day on the one before it holds again."""
    await rates.withdraw(caller, Pair(from_currency, to_currency, since))


def _view(rate: Rate) -> schemas.ExchangeRateView:
    return schemas.ExchangeRateView(
        from_currency=rate.of.from_currency,
        to_currency=rate.of.to_currency,
        since=rate.of.since,
        rate=rate.rate,
        source=rate.source,
    )
