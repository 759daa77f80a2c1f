"""What ingestion's worker runs: relay, looks at connections, inventories, prices."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from finops_common.service import Work
from finops_common.worker import HOUR_S, every
from finops_ingestion.importing import import_tasks
from finops_ingestion.settings import Settings
from finops_ingestion.wiring import wire


@asynccontextmanager
async def work(settings: Settings) -> AsyncIterator[Work]:
    """The tasks, wired."""
    async with wire(settings) as wiring, wiring.importing.records:
        listings = settings.listings_every_s
        tasks = {
            "relay": wiring.essentials.relay().run,
            "connections": every(settings.connections_every_s, wiring.connections.check_next),
            "inventory": every(listings, wiring.inventory.list_next),
            "offers": every(listings, wiring.offers.list_next),
            "sweep": every(HOUR_S, wiring.essentials.sweep),
            "drafts": every(HOUR_S, wiring.drafts.sweep),
            **import_tasks(wiring.importing, wiring.essentials.database, settings),
            **wiring.delivering.tasks(wiring.essentials.database, settings),
        }
        yield Work(tasks)
