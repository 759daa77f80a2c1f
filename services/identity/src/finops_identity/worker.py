"""What identity's worker runs: relay, mails, resets, key rotation, sweeping."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from finops_common.acting import Acting
from finops_common.clock import Clock, utc_now
from finops_common.contracts.revocations import IDENTITY_REVOCATION
from finops_common.db.scopes import SYSTEM
from finops_common.jobs import JobRunner
from finops_common.mail import KIND, Mailer
from finops_common.service import Work
from finops_common.worker import HOUR_S, every
from finops_identity.passwords.service import RESET_JOB
from finops_identity.settings import Settings
from finops_identity.throttling.repository import AttemptRepository
from finops_identity.wiring import wire


@asynccontextmanager
async def work(settings: Settings, clock: Clock = utc_now) -> AsyncIterator[Work]:
    """The tasks, wired."""
    async with wire(settings, clock) as wiring:
        shared = wiring.essentials
        mailer = Mailer(settings.smtp_url, settings.mail_from, shared.clock)
        jobs = JobRunner(
            shared.database, {KIND: mailer.send, RESET_JOB: wiring.passwords.send_reset}, 0.2
        )

        async def sweep() -> None:
            await shared.sweep()
            async with shared.database.transaction(Acting(SYSTEM)) as tx:
                await AttemptRepository(tx).sweep()

        yield Work(
            {
                "relay": shared.relay(IDENTITY_REVOCATION).run,
                "jobs": jobs.run,
                "keys": every(HOUR_S, wiring.keys.rotate),
                "sweep": every(HOUR_S, sweep),
            }
        )
