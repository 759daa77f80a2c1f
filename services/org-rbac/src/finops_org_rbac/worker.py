"""What org-rbac's worker runs: relay, what identity says, mails."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from finops_common.contracts.billing import SubscriptionChanged
from finops_common.contracts.identity import (
    EmailChanged,
    SessionStarted,
    UserChanged,
    UserRegistered,
    UserVerified,
)
from finops_common.contracts.revocations import ORG_RBAC_REVOCATION
from finops_common.events.consumer import Handler
from finops_common.events.contract import Event
from finops_common.jobs import JobRunner
from finops_common.mail import KIND, Mailer
from finops_common.service import Work
from finops_common.worker import HOUR_S, every
from finops_org_rbac.people.handlers import on_session_started, on_user_changed
from finops_org_rbac.settings import Settings
from finops_org_rbac.subscriptions.handlers import on_subscription_changed
from finops_org_rbac.wiring import wire

HANDLERS: dict[type[Event], Handler] = {
    UserRegistered: on_user_changed,
    UserVerified: on_user_changed,
    UserChanged: on_user_changed,
    EmailChanged: on_user_changed,
    SessionStarted: on_session_started,
    SubscriptionChanged: on_subscription_changed,
}


@asynccontextmanager
async def work(settings: Settings) -> AsyncIterator[Work]:
    """The tasks, wired."""
    async with wire(settings) as wiring:
        shared = wiring.essentials
        mailer = Mailer(settings.smtp_url, settings.mail_from, shared.clock)
        jobs = JobRunner(shared.database, {KIND: mailer.send}, 0.2)
        async with shared.consumer("org-rbac", HANDLERS) as consumer:
            tasks = {
                "relay": shared.relay(ORG_RBAC_REVOCATION).run,
                "people": consumer.run,
                "jobs": jobs.run,
                "sweep": every(HOUR_S, shared.sweep),
            }
            yield Work(tasks, [consumer])
