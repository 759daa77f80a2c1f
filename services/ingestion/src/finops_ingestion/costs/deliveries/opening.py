"""Opens destinations with the organization's ExternalId."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from finops_common.acting import Acts
from finops_common.db.transaction import Database
from finops_common.sealing import Sealer
from finops_ingestion.connections.repository import CredentialRepository
from finops_ingestion.costs.deliveries.adapters import Destinations, Place
from finops_ingestion.costs.deliveries.domain import Delivery


class Opening:
    """What runs and checks write through."""

    def __init__(self, database: Database, sealer: Sealer, destinations: Destinations) -> None:
        self._database = database
        self._sealer = sealer
        self._destinations = destinations

    async def external_id(self, acts: Acts, delivery: Delivery) -> str:
        """What the role's trust policy asks for."""
        async with self._database.transaction(acts) as tx:
            return await CredentialRepository(tx, self._sealer).external_id(
                delivery.company_id, delivery.organization_id
            )

    @asynccontextmanager
    async def open(self, acts: Acts, delivery: Delivery) -> AsyncIterator[Place]:
        """The destination, for one month's files. Raises DeliveryBrokenError."""
        external_id = await self.external_id(acts, delivery)
        async with self._destinations.open(delivery, external_id) as place:
            yield place

    async def prove(self, acts: Acts, delivery: Delivery) -> None:
        """Write an object and remove it. Raises DeliveryBrokenError."""
        async with self.open(acts, delivery) as place:
            await place.probe(delivery.folder)
