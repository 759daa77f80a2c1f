"""What ingestion's worker runs: relay, looks at connections, inventories, prices."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from finops_common.service import Work
from finops_common.worker import Task
from finops_ingestion.importing import import_tasks
from finops_ingestion.settings import Settings
from finops_ingestion.wiring import wire

log = structlog.get_logger(__name__)


@asynccontextmanager
async def work(settings: Settings) -> AsyncIterator[Work]:
    """The tasks, wired."""
    async with wire(settings) as wiring, wiring.importing.records:
        every = settings.listings_every_s
        tasks = {
            "relay": wiring.essentials.relay().run,
            "connections": again_and_again(
                wiring.connections.check_next, settings.connections_every_s
            ),
            "inventory": again_and_again(wiring.inventory.list_next, every),
            "offers": again_and_again(wiring.offers.list_next, every),
            **import_tasks(wiring.importing, wiring.essentials.database, settings),
        }
        yield Work(tasks)


def again_and_again(step: Callable[[], Awaitable[bool]], every_s: float) -> Task:
    """A task that takes `step` as long as it finds work, then waits `every_s` seconds."""

    async def run() -> None:
        while True:
            try:
                worked = await step()
            except Exception as error:  # noqa: BLE001 - the loop must outlive whatever one round met
                log.warning("round_failed", step=step.__qualname__, error=type(error).__name__)
                worked = True  # what failed is leased: others may be due
                await asyncio.sleep(1)
            if not worked:
                await asyncio.sleep(every_s)

    return run
