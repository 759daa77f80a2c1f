"""What autosavings' worker runs: relay, what billing and org-rbac say, weekly plans."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from finops_autosavings.activations.handlers import (
    on_cloud_account_detached,
    on_cloud_account_moved,
    on_organization_deleted,
)
from finops_autosavings.plans.weekly import KIND
from finops_autosavings.settings import Settings
from finops_autosavings.subscriptions.handlers import on_subscription_changed
from finops_autosavings.wiring import wire
from finops_common.contracts.billing import SubscriptionChanged
from finops_common.contracts.ingestion import CloudAccountDetached, CloudAccountMoved
from finops_common.contracts.org_rbac import OrganizationDeleted
from finops_common.db import scopes
from finops_common.db.scopes import Scope
from finops_common.events.consumer import Handler, scope_of
from finops_common.events.contract import Event
from finops_common.events.envelope import Envelope
from finops_common.jobs import JobRunner
from finops_common.service import Work
from finops_common.worker import HOUR_S, every

HANDLERS: dict[type[Event], Handler] = {
    SubscriptionChanged: on_subscription_changed,
    OrganizationDeleted: on_organization_deleted,
    CloudAccountDetached: on_cloud_account_detached,
    CloudAccountMoved: on_cloud_account_moved,
}


@asynccontextmanager
async def work(settings: Settings) -> AsyncIterator[Work]:
    """The tasks, wired."""
    async with wire(settings) as wiring:
        shared = wiring.essentials
        jobs = JobRunner(shared.database, {KIND: wiring.weekly.make})

        async with shared.consumer("autosavings", HANDLERS, _scope) as consumer:
            tasks = {
                "relay": shared.relay().run,
                "facts": consumer.run,
                "weekly": every(settings.plans_every_s, wiring.weekly.queue_due),
                "sweep": every(HOUR_S, shared.sweep),
                "jobs": jobs.run,
            }
            yield Work(tasks, [consumer])


def _scope(message: Envelope[Event]) -> Scope:
    """A move matters to the organization that is left; all else to the one it names."""
    event = message.data
    if isinstance(event, CloudAccountMoved):
        return scopes.organization(event.company_id, event.from_organization_id)
    return scope_of(message)
