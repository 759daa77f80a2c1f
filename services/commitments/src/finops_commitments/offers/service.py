"""Keeps the newest price list of each payer, and gives the offers for a usage."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid5

from anyio import to_thread

from finops_commitments.figures.owners import payer_name
from finops_commitments.findings.jobs import assess_soon
from finops_commitments.findings.repository import organizations_of_payer
from finops_commitments.offers.adapters import PriceLists
from finops_commitments.offers.packing import packed
from finops_commitments.offers.repository import PriceListRepository, StoredPrices
from finops_common.acting import Acting
from finops_common.db.scopes import SYSTEM
from finops_common.db.transaction import Database


class OfferService:
    """Use cases of offers."""

    def __init__(self, database: Database, price_lists: PriceLists) -> None:
        self._database = database
        self._price_lists = price_lists

    async def fetch(self, _job_id: UUID, payload: dict[str, Any]) -> None:
        """The job behind `offers.listed`: read the list and keep it, unless a newer one is there."""
        found = await self._price_lists.get(UUID(payload["price_list_id"]))
        prices = StoredPrices(
            provider=payload["provider"],
            payer_account_id=payload["payer_account_id"],
            price_list_id=found.price_list_id,
            listed_at=found.listed_at,
            rates=await to_thread.run_sync(packed, found.rows),
            reservations=await to_thread.run_sync(packed, found.reservations),
        )
        async with self._database.transaction(Acting(SYSTEM)) as tx:
            if not await PriceListRepository(tx).replace(prices):
                return
            for company_id, organization_id in await organizations_of_payer(
                tx, prices.payer_account_id
            ):
                occasion = uuid5(found.price_list_id, str(organization_id))
                await assess_soon(tx, company_id, organization_id, occasion)

    async def prices(self, payers: Collection[str]) -> list[StoredPrices]:
        """The newest list of each of these payers that has one, by the payer as it is given."""
        named = {payer: payer_name(payer) for payer in payers}
        async with self._database.transaction(Acting(SYSTEM)) as tx:
            found = await PriceListRepository(tx).list_for(named.values())
        lists = {each.payer_account_id: each for each in found}
        return [
            replace(lists[name], payer_account_id=payer)
            for payer, name in sorted(named.items())
            if name in lists
        ]

    async def newest(self, payers: Collection[str]) -> list[UUID]:
        """Which lists these are."""
        async with self._database.transaction(Acting(SYSTEM)) as tx:
            return await PriceListRepository(tx).list_ids({payer_name(each) for each in payers})
