"""Where price lists are read from: ingestion, over its internal route."""

from typing import Protocol
from uuid import UUID

from anyio import to_thread

from finops_common.contracts.ingestion import PriceList
from finops_common.http import PATIENT, ServiceClient


class PriceLists(Protocol):
    """Reads price lists."""

    async def get(self, price_list_id: UUID) -> PriceList:
        """Raises Unavailable when there is no answer."""


class RemotePriceLists:
    """ingestion's price lists; satisfies `PriceLists`."""

    def __init__(self, ingestion: ServiceClient) -> None:
        self._ingestion = ingestion

    async def get(self, price_list_id: UUID) -> PriceList:
        """The whole list."""
        answer = await self._ingestion.ask(
            "GET", f"/internal/offers/{price_list_id}", timeout=PATIENT
        )
        # A list has tens of thousands of rows: checking them is no work for the event loop.
        return await to_thread.run_sync(PriceList.model_validate, answer)
