"""HTTP of price lists."""

from fastapi import APIRouter

from finops_billing.dependencies import PriceLists
from finops_billing.price_lists import schemas
from finops_billing.price_lists.domain import EditionPrice, PriceList
from finops_common.auth.dependencies import MayReadMyself
from finops_common.errors.http import problems
from finops_common.schemas import MoneyView

router = APIRouter(prefix="/price-lists", tags=["price lists"], responses=problems())


@router.get("/current", summary="The price list in force")
async def get_current_price_list(
    _caller: MayReadMyself, price_lists: PriceLists
) -> schemas.PriceListView:
    """What a new subscription is bought under."""
    return _view(price_lists.current())


@router.get("/{version}", summary="A version of the price list")
async def get_price_list(
    version: str, _caller: MayReadMyself, price_lists: PriceLists
) -> schemas.PriceListView:
    """Old versions stay readable for who bought under them."""
    return _view(price_lists.get(version))


def _view(found: PriceList) -> schemas.PriceListView:
    return schemas.PriceListView(
        version=found.version,
        effective_from=found.effective_from,
        trial=schemas.TrialOfferView.model_validate(found.trial, from_attributes=True),
        editions=[_edition(each) for each in found.editions],
    )


def _edition(price: EditionPrice) -> schemas.EditionPriceView:
    tiers = [
        schemas.TierView(
            up_to=None if tier.up_to is None else MoneyView(amount=tier.up_to, currency=currency),
            monthly_fee=MoneyView(amount=tier.monthly_fee, currency=currency),
        )
        for currency, by_spend in price.tiers.items()
        for tier in by_spend
    ]
    return schemas.EditionPriceView(
        edition=price.edition,
        payment=price.payment,
        tiers=tiers,
        savings_share_percent=price.savings_share_percent,
    )
