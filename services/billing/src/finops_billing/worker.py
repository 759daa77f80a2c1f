"""What billing's worker runs: relay, what org-rbac says of companies, the end of trials."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from finops_billing.companies.handlers import on_company_changed
from finops_billing.settings import Settings
from finops_billing.wiring import wire
from finops_common.contracts.org_rbac import CompanyChanged, CompanyCreated
from finops_common.events.consumer import Handler
from finops_common.events.contract import Event
from finops_common.service import Work
from finops_common.worker import HOUR_S, every

HANDLERS: dict[type[Event], Handler] = {
    CompanyCreated: on_company_changed,
    CompanyChanged: on_company_changed,
}


@asynccontextmanager
async def work(settings: Settings) -> AsyncIterator[Work]:
    """The tasks, wired."""
    async with wire(settings) as wiring:
        shared = wiring.essentials

        async with shared.consumer("billing", HANDLERS) as consumer:
            tasks = {
                "relay": shared.relay().run,
                "companies": consumer.run,
                "trials": every(settings.trials_every_s, wiring.subscriptions.end_trials),
                "sweep": every(HOUR_S, shared.sweep),
            }
            yield Work(tasks, [consumer])
