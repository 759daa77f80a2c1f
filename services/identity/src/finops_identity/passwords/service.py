"""Show the password again, change it, set a new one by a mailed link."""

from typing import Any
from uuid import UUID

from finops_common.acting import Origin, system
from finops_common.auth.caller import Caller
from finops_common.contracts.identity import PasswordChanged, SessionFailed, UserVerified
from finops_common.db.transaction import Database, Transaction
from finops_common.jobs import enqueue
from finops_identity.accounts.domain import Account
from finops_identity.accounts.repository import AccountRepository
from finops_identity.accounts.service import state_of
from finops_identity.links.repository import LinkRepository
from finops_identity.links.service import LinkMailer, mailed_just_now, open_link
from finops_identity.passwords.domain import PasswordRules
from finops_identity.passwords.hashing import PasswordHasher
from finops_identity.passwords.mails import PASSWORD_CHANGED, RESET
from finops_identity.problems import PasswordRefused, WrongCredentials
from finops_identity.sessions.domain import device_facts, read_device
from finops_identity.sessions.endings import end_sessions
from finops_identity.sessions.repository import SessionRepository
from finops_identity.throttling.repository import AttemptRepository, admit_mail

RESET_JOB = "password-reset"


class PasswordService:
    """Use cases of passwords. After `allowed` wrong ones the next try must wait."""

    def __init__(
        self,
        database: Database,
        hasher: PasswordHasher,
        rules: PasswordRules,
        mailer: LinkMailer,
        allowed: int,
    ) -> None:
        self._database = database
        self._hasher = hasher
        self._rules = rules
        self._mailer = mailer
        self._allowed = allowed

    async def prove(self, caller: Caller, password: str) -> Account:
        """The caller's account, once they have shown its password again.

        Raises:
            WrongCredentials: the failure is counted and published.
            TooManyRequests: too many failures.
        """
        subject = f"proof:{caller.user_id}"
        async with self._database.transaction(system(caller.origin)) as tx:
            await AttemptRepository(tx).admit(subject, self._allowed)
            account = await AccountRepository(tx).get(caller.user_id)
        right = await self._hasher.verify(account.password_hash, password)
        async with self._database.transaction(system(caller.origin)) as tx:
            if right:
                await AttemptRepository(tx).forget(subject)
            else:
                tx.publish(_failed(caller), outcome="failure", reason="wrong_password")
        if not right:
            raise WrongCredentials
        return account

    async def change(self, caller: Caller, old: str, new: str) -> None:
        """Set a new password; every other session ends (ID-4).

        Raises:
            WrongCredentials, TooManyRequests: as `prove`.
            PasswordRefused: nothing has changed.
        """
        proven = await self.prove(caller, old)
        self._check(new, proven, "body.new_password")
        password_hash = await self._hasher.hash(new)
        async with self._database.transaction(caller.personally) as tx:
            account = await AccountRepository(tx).get(caller.user_id)
            if account.password_hash != proven.password_hash:
                raise WrongCredentials  # Somebody was faster: what was shown is the old one now.
            await end_sessions(tx, account.id, "password_changed", keep=caller.session_id)
            after = await AccountRepository(tx).change(account.id, password_hash=password_hash)
            await self._say(tx, after, PasswordChanged(user_id=account.id, method="change"))

    async def ask_reset(self, origin: Origin, email: str) -> None:
        """Mail a reset link if the address has an account; as a job, so that time tells nothing.

        Raises:
            TooManyRequests: too many from this address.
        """
        async with self._database.transaction(system(origin)) as tx:
            await admit_mail(tx, "reset")
            await enqueue(tx, RESET_JOB, {"email": email, "request_id": origin.request_id})

    async def send_reset(self, _job_id: UUID, payload: dict[str, Any]) -> None:
        """The job behind `ask_reset`; silently at most one link a minute."""
        async with self._database.transaction(system(Origin(payload["request_id"]))) as tx:
            account = await AccountRepository(tx).find_by_email(payload["email"])
            if account and not await mailed_just_now(tx, account, "reset"):
                await self._mailer.mail_link(tx, account, "reset", RESET)

    async def reset(self, origin: Origin, token: str, new: str) -> None:
        """Set a new password by a mailed link; every session ends, and the address is proven.

        Raises:
            LinkInvalid: nothing has changed.
            PasswordRefused: nothing has changed, and the link still works.
        """
        password_hash = await self._hasher.hash(new)
        async with self._database.transaction(system(origin)) as tx:
            link = await open_link(tx, token, "reset")
            account = await AccountRepository(tx).get(link.user_id)
            self._check(new, account)
            await end_sessions(tx, account.id, "password_changed")
            # Whoever knew the old password may have made their device a known one.
            await SessionRepository(tx).forget_devices(account.id)
            after = await AccountRepository(tx).change(
                account.id,
                password_hash=password_hash,
                email_verified_at=account.email_verified_at or tx.now,
            )
            if not account.email_verified:
                tx.publish(UserVerified(**state_of(after)), version=after.version)
            await self._say(tx, after, PasswordChanged(user_id=account.id, method="reset"))

    async def _say(self, tx: Transaction, account: Account, event: PasswordChanged) -> None:
        # Links asked for under the old password, by whomever, must not outlive it.
        await LinkRepository(tx).retire(account.id, "reset", "change_old", "change_new")
        tx.publish(event)
        await self._mailer.mail(tx, account, PASSWORD_CHANGED)

    def _check(self, password: str, account: Account, field: str = "body.password") -> None:
        flaw = self._rules.flaw(password, email=account.email, company_name=account.company_name)
        if flaw:
            raise PasswordRefused(flaw, field)


def _failed(caller: Caller) -> SessionFailed:
    facts = device_facts(read_device(caller.origin.user_agent))
    return SessionFailed(user_id=caller.user_id, method="password", **facts)
