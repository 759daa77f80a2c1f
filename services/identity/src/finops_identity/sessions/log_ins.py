"""Log in: let the attempt in, verify the password, open the session."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from finops_common.acting import Origin, system
from finops_common.contracts.identity import SessionFailed, SessionStarted
from finops_common.db.transaction import Database, Transaction
from finops_common.ids import new_id
from finops_common.schemas import email_key
from finops_identity.accounts.domain import Account
from finops_identity.accounts.repository import AccountRepository
from finops_identity.passwords.hashing import PasswordHasher
from finops_identity.problems import WrongCredentials
from finops_identity.sessions.access_tokens import AccessTokens
from finops_identity.sessions.domain import Device, Session, Tokens, device_facts, read_device
from finops_identity.sessions.repository import SessionRepository, digest
from finops_identity.throttling.domain import ADDRESS_FACTOR
from finops_identity.throttling.repository import AttemptRepository
from finops_identity.uniform import no_sooner_than


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A log-in that was let in, and the subjects it was counted under.

    `known_device` is the token of a device that this person has used before.
    """

    account: Account | None
    device: Device
    known_device: str | None
    subject: str
    address: str | None = None


class LogInService:
    """Opens sessions by password. A refused log-in takes at least `uniform`."""

    def __init__(
        self,
        database: Database,
        hasher: PasswordHasher,
        access_tokens: AccessTokens,
        allowed: int,
        uniform: timedelta,
    ) -> None:
        self._database = database
        self._hasher = hasher
        self._access_tokens = access_tokens
        self._allowed = allowed
        self._uniform = uniform

    async def log_in(
        self, origin: Origin, email: str, password: str, device_token: str | None
    ) -> Tokens:
        """Open a session.

        Unknown address and wrong password look the same and take the same time.

        Raises:
            WrongCredentials: either is wrong; the failure is counted and published.
            TooManyRequests: too many failures; a known device of the right user is counted apart.
        """
        async with no_sooner_than(self._uniform, success_too=False):
            attempt = await self._admit(origin, email, device_token)
            account = attempt.account
            # Outside any transaction: hashing waits for a core and takes tens of milliseconds.
            right = await self._hasher.verify(account.password_hash if account else None, password)
            if account is None or not right:
                await self._fail(origin, attempt)
                raise WrongCredentials
            return await self._open(origin, attempt, account, password)

    async def _admit(self, origin: Origin, email: str, device_token: str | None) -> _Attempt:
        """Look up who it is about and count the attempt, before anything is verified."""
        device = read_device(origin.user_agent)
        who = hashlib.sha256(email_key(email).encode()).hexdigest()
        async with self._database.transaction(system(origin)) as tx:
            account = await AccountRepository(tx).find_by_email(email)
            attempts = AttemptRepository(tx)
            if await _knows(tx, account, device_token):
                # Counted apart: others who fail for this account do not shut its owner out.
                subject = f"device:{who}:{digest(device_token or '').hex()}"
                await attempts.admit(subject, self._allowed)
                return _Attempt(account, device, device_token, subject)
            address, subject = f"address:{origin.client_ip}", f"account:{who}"
            await attempts.admit(address, self._allowed * ADDRESS_FACTOR)
            await attempts.admit(subject, self._allowed)
            return _Attempt(account, device, None, subject, address)

    async def _open(
        self, origin: Origin, attempt: _Attempt, account: Account, password: str
    ) -> Tokens:
        outdated = self._hasher.outdated(account.password_hash)
        stronger = await self._hasher.hash(password) if outdated else None
        async with self._database.transaction(system(origin.by_user(account.id))) as tx:
            now = await AccountRepository(tx).get(account.id)
            # Locked and compared: a reset meanwhile has ended all sessions, this one too.
            if now.password_hash != account.password_hash:
                raise WrongCredentials
            if stronger:
                await AccountRepository(tx).rehash(account.id, stronger)
            await _succeed(tx, attempt)
            session, device_token = await _add_session(tx, attempt, account)
            refresh_token = await SessionRepository(tx).add_token(session)
        access = await self._access_tokens.issue(session, account)
        return Tokens(access, refresh_token, session.id, device_token)

    async def _fail(self, origin: Origin, attempt: _Attempt) -> None:
        if attempt.account is None:
            return
        failed = SessionFailed(
            user_id=attempt.account.id,
            method="password",
            risk=() if attempt.known_device else ("new_device",),
            **device_facts(attempt.device),
        )
        async with self._database.transaction(system(origin)) as tx:
            tx.publish(failed, outcome="failure", reason="wrong_password")


async def _knows(tx: Transaction, account: Account | None, device_token: str | None) -> bool:
    if account is None or device_token is None:
        return False
    return await SessionRepository(tx).knows_device(account.id, device_token)


async def _succeed(tx: Transaction, attempt: _Attempt) -> None:
    await AttemptRepository(tx).forget(attempt.subject)
    if attempt.address:
        await AttemptRepository(tx).give_back(attempt.address)


async def _add_session(tx: Transaction, attempt: _Attempt, account: Account) -> tuple[Session, str]:
    """The new session, and the token that makes this device a known one."""
    sessions = SessionRepository(tx)
    strange = attempt.known_device is None and await sessions.has_devices(account.id)
    session = await sessions.add(new_id(), account.id, attempt.device)
    device_token = attempt.known_device or secrets.token_urlsafe(24)
    await sessions.remember_device(account.id, device_token)
    tx.publish(
        SessionStarted(
            user_id=account.id,
            session_id=session.id,
            method="password",
            risk=("new_device",) if strange else (),
            at=tx.now,
            **device_facts(session),
        )
    )
    return session, device_token
