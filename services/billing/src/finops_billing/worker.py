"""What billing's worker runs: relay, what org-rbac says of companies, the end of trials."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from finops_billing.companies.handlers import on_company_changed
from finops_billing.settings import Settings
from finops_billing.subscriptions.service import SubscriptionService
from finops_billing.wiring import wire
from finops_common.contracts.org_rbac import CompanyChanged, CompanyCreated
from finops_common.events.consumer import Handler
from finops_common.events.contract import Event
from finops_common.service import Work

HANDLERS: dict[type[Event], Handler] = {
    CompanyCreated: on_company_changed,
    CompanyChanged: on_company_changed,
}

log = structlog.get_logger(__name__)


@asynccontextmanager
async def work(settings: Settings) -> AsyncIterator[Work]:
    """The tasks, wired."""
    async with wire(settings) as wiring:
        shared = wiring.essentials

        async def trials() -> None:
            await _end_trials(wiring.subscriptions, settings.trials_every_s)

        async with shared.consumer("billing", HANDLERS) as consumer:
            tasks = {"relay": shared.relay().run, "companies": consumer.run, "trials": trials}
            yield Work(tasks, [consumer])


async def _end_trials(subscriptions: SubscriptionService, every_s: float) -> None:
    while True:
        try:
            await subscriptions.end_trials()
        except Exception as error:  # noqa: BLE001 - the loop must outlive whatever one round met
            log.warning("trials_not_ended", error=type(error).__name__)
        await asyncio.sleep(every_s)
