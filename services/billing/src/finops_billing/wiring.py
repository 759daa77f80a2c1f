"""Builds everything billing is made of from its settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from finops_billing.price_lists.adapters import shipped_price_lists
from finops_billing.price_lists.service import PriceListService
from finops_billing.settings import Settings
from finops_billing.subscriptions.service import SubscriptionService
from finops_common.clock import Clock, utc_now
from finops_common.essentials import Essentials, essentials


@dataclass(frozen=True)
class Wiring:
    """The use cases of one process."""

    essentials: Essentials
    price_lists: PriceListService
    subscriptions: SubscriptionService


@asynccontextmanager
async def wire(settings: Settings, clock: Clock = utc_now) -> AsyncIterator[Wiring]:
    """Everything, wired; closed at the end."""
    price_lists = shipped_price_lists()
    async with essentials("billing", settings, clock=clock) as shared:
        yield Wiring(
            essentials=shared,
            price_lists=PriceListService(price_lists, clock),
            subscriptions=SubscriptionService(shared.database, price_lists),
        )
