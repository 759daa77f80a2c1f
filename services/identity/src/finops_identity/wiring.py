"""Builds everything identity is made of from its settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from finops_common.clock import Clock, utc_now
from finops_common.essentials import Essentials, Local, essentials
from finops_common.sealing import Sealer
from finops_identity.accounts.service import AccountService
from finops_identity.email_changes.service import EmailChangeService
from finops_identity.keys.service import SigningKeys
from finops_identity.links.service import LinkMailer
from finops_identity.passwords.domain import PasswordRules
from finops_identity.passwords.hashing import PasswordHasher, shipped_blocklist
from finops_identity.passwords.service import PasswordService
from finops_identity.sessions.access_tokens import AccessTokens
from finops_identity.sessions.log_ins import LogInService
from finops_identity.sessions.service import SessionService
from finops_identity.sessions.states import SessionStates
from finops_identity.settings import Settings


@dataclass(frozen=True)
class Wiring:
    """The use cases of one process."""

    settings: Settings
    essentials: Essentials
    accounts: AccountService
    email_changes: EmailChangeService
    passwords: PasswordService
    log_ins: LogInService
    sessions: SessionService
    session_states: SessionStates
    keys: SigningKeys


@asynccontextmanager
async def wire(settings: Settings, clock: Clock = utc_now) -> AsyncIterator[Wiring]:
    """Everything, wired; closed at the end."""
    hasher = PasswordHasher()
    sealer = Sealer(settings.sealing_keys.get_secret_value())
    # identity answers itself what others ask it: which sessions live, which keys verify.
    local = Local(
        sessions=SessionStates, keys=lambda database: SigningKeys(database, sealer).published
    )
    try:
        async with essentials("identity", settings, clock=clock, local=local) as shared:
            yield _use_cases(settings, shared, hasher)
    finally:
        hasher.close()


def _use_cases(settings: Settings, shared: Essentials, hasher: PasswordHasher) -> Wiring:
    database, allowed = shared.database, settings.failures_before_delay
    uniform = timedelta(milliseconds=settings.uniform_answer_ms)
    rules = PasswordRules(shipped_blocklist())
    mailer = LinkMailer(settings.public_app_url)
    keys = SigningKeys(database, shared.sealer)
    access_tokens = AccessTokens(keys, settings.session_idle, shared.clock)
    passwords = PasswordService(database, hasher, rules, mailer, allowed)
    return Wiring(
        settings=settings,
        essentials=shared,
        accounts=AccountService(database, hasher, rules, mailer, uniform),
        email_changes=EmailChangeService(database, passwords, rules, mailer, uniform),
        passwords=passwords,
        log_ins=LogInService(database, hasher, access_tokens, allowed, uniform),
        sessions=SessionService(database, passwords, access_tokens, settings.session_idle),
        session_states=SessionStates(database),
        keys=keys,
    )
