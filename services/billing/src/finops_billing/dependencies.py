"""How routers get their use cases from the wiring, and the permissions they name."""

from typing import Annotated

from fastapi import Depends, Security

from finops_billing.price_lists.service import PriceListService
from finops_billing.subscriptions.service import SubscriptionService
from finops_common.app import wired
from finops_common.auth.caller import Caller
from finops_common.auth.dependencies import current_caller

PriceLists = Annotated[PriceListService, Depends(wired("price_lists"))]
Subscriptions = Annotated[SubscriptionService, Depends(wired("subscriptions"))]
MayReadBilling = Annotated[Caller, Security(current_caller, scopes=["billing:view"])]
MayChangeBilling = Annotated[Caller, Security(current_caller, scopes=["billing:edit"])]
