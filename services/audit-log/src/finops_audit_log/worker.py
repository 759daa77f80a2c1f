"""What audit-log's worker runs: the consumer of every event, and next months' partitions."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from finops_audit_log.entries.handlers import handlers
from finops_audit_log.retention.repository import make_months
from finops_audit_log.settings import Settings
from finops_audit_log.wiring import wire
from finops_common.acting import Acting
from finops_common.db.scopes import SYSTEM
from finops_common.service import Work

GROUP = "audit-log"

log = structlog.get_logger(__name__)


@asynccontextmanager
async def work(settings: Settings) -> AsyncIterator[Work]:
    """The tasks, wired."""
    async with wire(settings) as wiring:
        shared = wiring.essentials

        async def daily() -> None:
            while True:
                try:
                    async with shared.database.transaction(Acting(SYSTEM)) as tx:
                        await make_months(tx)
                except Exception as error:  # noqa: BLE001 - months are made long before their time
                    log.warning("months_not_made", error=type(error).__name__)
                await asyncio.sleep(24 * 3600)

        # Under the system scope: entries belong to every tenant, chains to none.
        recorded = handlers(wiring.recorder)
        async with shared.consumer(GROUP, recorded, lambda _: SYSTEM) as consumer:
            yield Work({"entries": consumer.run, "daily": daily}, [consumer])
