"""What audit-log's worker runs: the consumer of every event, and next months' partitions."""

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
from finops_common.worker import DAY_S, HOUR_S, every

GROUP = "audit-log"

log = structlog.get_logger(__name__)


@asynccontextmanager
async def work(settings: Settings) -> AsyncIterator[Work]:
    """The tasks, wired."""
    async with wire(settings) as wiring:
        shared = wiring.essentials

        async def months() -> None:
            async with shared.database.transaction(Acting(SYSTEM)) as tx:
                await make_months(tx)

        # Under the system scope: entries belong to every tenant, chains to none.
        recorded = handlers(wiring.recorder)
        async with shared.consumer(GROUP, recorded, lambda _: SYSTEM) as consumer:
            tasks = {"entries": consumer.run, "months": every(DAY_S, months)}
            yield Work({**tasks, "sweep": every(HOUR_S, shared.sweep)}, [consumer])
