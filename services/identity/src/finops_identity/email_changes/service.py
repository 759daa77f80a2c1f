"""Ask for a change of e-mail, and confirm it at both addresses (ID-5)."""

from datetime import timedelta

from finops_common.acting import Origin, system
from finops_common.auth.caller import Caller
from finops_common.contracts.identity import EmailChanged
from finops_common.db.transaction import Database
from finops_identity.accounts.repository import AccountRepository
from finops_identity.accounts.service import state_of
from finops_identity.email_changes.mails import CHANGE_NEW, CHANGE_OLD
from finops_identity.links.domain import Purpose
from finops_identity.links.repository import LinkRepository
from finops_identity.links.service import LinkMailer, need_quota, open_link
from finops_identity.passwords.domain import PasswordRules
from finops_identity.passwords.service import PasswordService
from finops_identity.problems import LinkInvalid, PasswordRefused
from finops_identity.uniform import no_sooner_than

OTHER: dict[Purpose, Purpose] = {"change_old": "change_new", "change_new": "change_old"}


class EmailChangeService:
    """Use cases of a change of e-mail. Asking takes at least `uniform`, whatever it finds."""

    def __init__(
        self,
        database: Database,
        passwords: PasswordService,
        rules: PasswordRules,
        mailer: LinkMailer,
        uniform: timedelta,
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._rules = rules
        self._mailer = mailer
        self._uniform = uniform

    async def ask(self, caller: Caller, new_email: str, password: str) -> None:
        """Mail a link to the old and to the new address; both must be opened.

        Whether the new address has an account is not told (ID-2): then its owner gets
        no link, and nothing changes.

        Raises:
            WrongCredentials: the password is not the caller's.
            PasswordRefused: it contains the new address; it must change first (ID-3).
            TooManyRequests: more than one a minute or ten a day, or too many failures.
        """
        async with no_sooner_than(self._uniform):
            await self._passwords.prove(caller, password)
            if self._rules.names_its_owner(password, new_email):
                raise PasswordRefused("contains_identity")
            async with self._database.transaction(system(caller.origin)) as tx:
                account = await AccountRepository(tx).get(caller.user_id)
                await need_quota(tx, account, "change_old")
                taken = await AccountRepository(tx).find_by_email(new_email)
                await self._mailer.mail_link(
                    tx, account, "change_old", CHANGE_OLD, new_email=new_email
                )
                if taken is None or taken.id == account.id:
                    await self._mailer.mail_link(
                        tx, account, "change_new", CHANGE_NEW, new_email=new_email, to=new_email
                    )

    async def confirm(self, origin: Origin, token: str) -> bool:
        """One of the two confirmations; True when it was the second and the e-mail has changed.

        Raises:
            LinkInvalid: spent, expired, superseded, or the address was taken meanwhile.
        """
        async with self._database.transaction(system(origin)) as tx:
            link = await open_link(tx, token, *OTHER)
            # Locked: of both confirmations at once, the second sees the first.
            before = await AccountRepository(tx).get(link.user_id)
            new_email = link.new_email or ""
            links = LinkRepository(tx)
            if not await links.was_used(link.user_id, OTHER[link.purpose], new_email):
                return False
            after = await AccountRepository(tx).change_email(link.user_id, new_email)
            if after is None:
                raise LinkInvalid
            # A half that was opened for this change must not count for another one, and a
            # reset link lies in a mailbox that may no longer be theirs.
            await links.retire(link.user_id, *OTHER, "reset")
            change = {"before": {"email": before.email}, "after": {"email": after.email}}
            tx.publish(EmailChanged(**state_of(after), **change), version=after.version)
            return True
