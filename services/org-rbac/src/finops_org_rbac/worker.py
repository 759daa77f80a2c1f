"""What org-rbac's worker runs: relay, what identity says, mails."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from finops_common.contracts.billing import SubscriptionChanged
from finops_common.contracts.commitments import CommitmentNotice
from finops_common.contracts.identity import (
    EmailChanged,
    SessionStarted,
    UserChanged,
    UserRegistered,
    UserVerified,
)
from finops_common.contracts.ingestion import IngestionNotice
from finops_common.contracts.revocations import ORG_RBAC_REVOCATION
from finops_common.events.consumer import Handler
from finops_common.events.contract import Event
from finops_common.jobs import JobRunner
from finops_common.mail import KIND, Mailer
from finops_common.service import Work
from finops_common.worker import HOUR_S, every
from finops_org_rbac.channels.courier import Courier
from finops_org_rbac.channels.repository import NOTICE_CALL
from finops_org_rbac.notices.handlers import on_notice
from finops_org_rbac.notices.mailing import NOTICE_MAIL
from finops_org_rbac.notices.postman import Postman
from finops_org_rbac.people.handlers import on_session_started, on_user_changed
from finops_org_rbac.settings import Settings
from finops_org_rbac.subscriptions.handlers import on_subscription_changed
from finops_org_rbac.wiring import wire

CALLERS = 2
"""Calls of channels at a time."""

HANDLERS: dict[type[Event], Handler] = {
    UserRegistered: on_user_changed,
    UserVerified: on_user_changed,
    UserChanged: on_user_changed,
    EmailChanged: on_user_changed,
    SessionStarted: on_session_started,
    SubscriptionChanged: on_subscription_changed,
}
# A group of their own: however many notices come, what identity says is not kept waiting.
NOTICES: dict[type[Event], Handler] = {CommitmentNotice: on_notice, IngestionNotice: on_notice}


@asynccontextmanager
async def work(settings: Settings) -> AsyncIterator[Work]:
    """The tasks, wired."""
    async with wire(settings) as wiring:
        shared = wiring.essentials
        mailer = Mailer(settings.smtp_url, settings.mail_from, shared.clock)
        jobs = JobRunner(shared.database, {KIND: mailer.send}, 0.2)
        postman = Postman(shared.database, mailer, settings.public_app_url)
        # Not among the others: an invitation does not wait for a thousand digests.
        notice_mails = JobRunner(shared.database, {NOTICE_MAIL: postman.send})
        courier = Courier(
            shared.database, shared.sealer, wiring.outgoing, settings.public_app_url, shared.clock
        )
        # One at a time per organization: an address that does not answer holds up its own alone.
        calls = JobRunner(shared.database, {NOTICE_CALL: courier.send}, per_lane=1)

        async with (
            shared.consumer("org-rbac", HANDLERS) as people,
            shared.consumer("org-rbac-notices", NOTICES) as notices,
        ):
            tasks = {
                "relay": shared.relay(ORG_RBAC_REVOCATION).run,
                "people": people.run,
                "notices": notices.run,
                "jobs": jobs.run,
                "notice-mails": notice_mails.run,
                **{f"notice-calls-{number}": calls.run for number in range(CALLERS)},
                "sweep": every(HOUR_S, shared.sweep),
            }
            yield Work(tasks, [people, notices])
