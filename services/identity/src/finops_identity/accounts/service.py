"""Sign up, prove the address, read and change the own profile, consent."""

from datetime import timedelta
from typing import Any

from finops_common.acting import Origin, system
from finops_common.auth.caller import Caller
from finops_common.contracts.identity import (
    ConsentChanged,
    UserChanged,
    UserRegistered,
    UserVerified,
)
from finops_common.db.transaction import Database, Transaction
from finops_common.errors.problem import NotFound, PreconditionFailed
from finops_common.ids import new_id
from finops_identity.accounts.domain import Account, Consent, ConsentKind, NewAccount
from finops_identity.accounts.mails import ALREADY_KNOWN, VERIFY
from finops_identity.accounts.repository import AccountRepository
from finops_identity.links.service import LinkMailer, mailed_just_now, need_quota, open_link
from finops_identity.passwords.domain import PasswordRules
from finops_identity.passwords.hashing import PasswordHasher
from finops_identity.problems import ConsentTextNeeded, PasswordRefused
from finops_identity.throttling.repository import admit_mail
from finops_identity.uniform import no_sooner_than


class AccountService:
    """Use cases of accounts. Sign-up takes at least `uniform`, whatever it finds."""

    def __init__(
        self,
        database: Database,
        hasher: PasswordHasher,
        rules: PasswordRules,
        mailer: LinkMailer,
        uniform: timedelta,
    ) -> None:
        self._database = database
        self._hasher = hasher
        self._rules = rules
        self._mailer = mailer
        self._uniform = uniform

    async def sign_up(self, origin: Origin, new: NewAccount) -> None:
        """Make an account and mail its verification link; a known address is told so by mail.

        The answer and its time are the same for both (ID-2).

        Raises:
            ConsentTextNeeded: marketing consent without the version of its text.
            PasswordRefused: the password may not be one.
            TooManyRequests: too many from this address.
        """
        if new.marketing and new.marketing_text_version is None:
            raise ConsentTextNeeded
        flaw = self._rules.flaw(new.password, email=new.email, company_name=new.company_name)
        if flaw:
            raise PasswordRefused(flaw)
        async with no_sooner_than(self._uniform):
            password_hash = await self._hasher.hash(new.password)
            user_id = new_id()
            async with self._database.transaction(system(origin.by_user(user_id))) as tx:
                await admit_mail(tx, "sign-up")
                account = await AccountRepository(tx).add(user_id, new, password_hash)
                if account:
                    await self._welcome(tx, account, new)
                else:
                    await self._remind(tx, new.email)

    async def verify_email(self, origin: Origin, token: str) -> None:
        """The address is theirs. Raises LinkInvalid."""
        async with self._database.transaction(system(origin)) as tx:
            link = await open_link(tx, token, "verify")
            account = await AccountRepository(tx).change(link.user_id, email_verified_at=tx.now)
            tx.publish(UserVerified(**state_of(account)), version=account.version)

    async def resend_verification(self, caller: Caller) -> None:
        """Mail the link again; nothing when the address is verified.

        Raises:
            TooManyRequests: more than one a minute, or ten a day.
        """
        async with self._database.transaction(caller.personally) as tx:
            # Locked: of two that ask at once, the second sees the first one's link.
            account = await AccountRepository(tx).get(caller.user_id)
            if not account.email_verified:
                await need_quota(tx, account, "verify")
                await self._mailer.mail_link(tx, account, "verify", VERIFY)

    async def profile(self, caller: Caller) -> Account:
        """The caller's own account. Raises NotFound."""
        async with self._database.transaction(caller.personally) as tx:
            account = await AccountRepository(tx).find(caller.user_id)
        if account is None:
            raise NotFound
        return account

    async def change_profile(
        self, caller: Caller, wanted: dict[str, Any], version: int | None, consent_text: str | None
    ) -> Account:
        """Set the columns that `wanted` names; a change of `marketing` is recorded as a consent.

        Raises:
            PreconditionFailed: `version` is not the account's any more.
            ConsentTextNeeded: a consent without the version of the text that was shown.
        """
        async with self._database.transaction(caller.personally) as tx:
            before = await AccountRepository(tx).get(caller.user_id)
            if version not in {None, before.version}:
                raise PreconditionFailed
            old = {name: getattr(before, name) for name in wanted}
            if old == wanted:
                return before
            after = await AccountRepository(tx).change(caller.user_id, **wanted)
            if before.marketing != after.marketing:
                await self._change_marketing(tx, after, consent_text)
            change = UserChanged(**state_of(after), before=old, after=wanted)
            tx.publish(change, version=after.version)
            return after

    async def list_consents(self, caller: Caller) -> list[Consent]:
        """Every consent given and withdrawn, newest first."""
        async with self._database.transaction(caller.personally) as tx:
            return await AccountRepository(tx).list_consents(caller.user_id)

    async def _welcome(self, tx: Transaction, account: Account, new: NewAccount) -> None:
        tx.publish(UserRegistered(**state_of(account)), version=account.version)
        await _consent(tx, account, "terms", new.terms_version, source="sign-up")
        await _consent(tx, account, "privacy", new.privacy_version, source="sign-up")
        if new.marketing and new.marketing_text_version:
            await _consent(tx, account, "marketing", new.marketing_text_version, source="sign-up")
        await self._mailer.mail_link(tx, account, "verify", VERIFY)

    async def _remind(self, tx: Transaction, email: str) -> None:
        known = await AccountRepository(tx).find_by_email(email)
        # Silently at most one a minute: the answer must not differ.
        if known and not await mailed_just_now(tx, known, "reset"):
            await self._mailer.mail_link(tx, known, "reset", ALREADY_KNOWN)

    async def _change_marketing(self, tx: Transaction, account: Account, text: str | None) -> None:
        if text is None and not account.marketing:
            # As easily withdrawn as given (PRIV-8): the text is then the one agreed to.
            agreed = await AccountRepository(tx).list_consents(account.id)
            text = next((each.text_version for each in agreed if each.kind == "marketing"), None)
        if text is None:
            raise ConsentTextNeeded
        await _consent(tx, account, "marketing", text, given=account.marketing, source="profile")


async def _consent(
    tx: Transaction,
    account: Account,
    kind: ConsentKind,
    text: str,
    *,
    source: str,
    given: bool = True,
) -> None:
    await AccountRepository(tx).record_consent(account.id, kind, text, given=given, source=source)
    tx.publish(
        ConsentChanged(user_id=account.id, kind=kind, text_version=text, given=given, source=source)
    )


def state_of(account: Account) -> dict[str, Any]:
    """What every event about a person says of them."""
    return {
        "user_id": account.id,
        "email": account.email,
        "email_verified": account.email_verified,
        "full_name": account.full_name,
        "language": account.language,
    }
