"""The job that sends a mail about notices."""

from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from finops_common.acting import Acting
from finops_common.db import scopes
from finops_common.db.transaction import Database, Transaction
from finops_common.jobs import GiveUpError
from finops_org_rbac.access.domain import Membership
from finops_org_rbac.members.repository import MemberRepository
from finops_org_rbac.notices.letters import Letter, letter
from finops_org_rbac.notices.mailing import MailRepository
from finops_org_rbac.organizations.repository import OrganizationRepository
from finops_org_rbac.people.repository import PersonRepository


class AddressUnknownError(Exception):
    """What identity says of a person has not come yet, or their address is not proven."""


class Sends(Protocol):
    """Sends a mail under an id that makes a repeat recognisable, as `finops_common.mail.Mailer`."""

    async def send(self, job_id: UUID, payload: dict[str, Any]) -> None: ...


@dataclass(frozen=True)
class Postman:
    """Writes and sends the mails that `MailRepository` has opened."""

    database: Database
    mailer: Sends
    app_url: str

    async def send(self, job_id: UUID, payload: dict[str, Any]) -> None:
        """Send it, in the person's language to their address of now; once sent, nothing.

        Who no longer reaches an organization reads nothing of it here either.
        """
        acts = Acting(scopes.company(UUID(payload["company_id"])))
        try:
            async with self.database.transaction(acts) as tx:
                written = await self._write(tx, job_id)
            if written is None:
                return
            # A worker that dies from here on sends it again, under the same Message-ID.
            to, found = written
            mail = {"to": to, "subject": found.subject, "text": found.text}
            await self.mailer.send(job_id, mail)
        except Exception as error:
            final = isinstance(error, GiveUpError)
            reason = str(error) if final else type(error).__name__
            async with self.database.transaction(acts) as tx:
                await MailRepository(tx).fail(job_id, reason, final=final)
            raise
        async with self.database.transaction(acts) as tx:
            await MailRepository(tx).set_state(job_id, "sent")

    async def _write(self, tx: Transaction, mail_id: UUID) -> tuple[str, Letter] | None:
        """Close the mail and write it; None when it is settled or nothing is left to tell."""
        repository = MailRepository(tx)
        mail = await repository.lock(mail_id)
        if mail is None or mail.state not in {"open", "closed"}:
            return None
        await repository.set_state(mail_id, "closed")
        member = await MemberRepository(tx).find(mail.user_id)
        names = {each.id: each.name for each in await OrganizationRepository(tx).list_all()}
        items = [
            each
            for each in await repository.items(mail_id)
            if each.organization_id in names and _reaches(member, each.organization_id)
        ]
        if not items:
            await repository.set_state(mail_id, "dropped")
            return None
        person = await PersonRepository(tx).find(mail.user_id)
        if person is None or not person.email_verified:
            raise AddressUnknownError
        app_url = self.app_url.rstrip("/")
        return person.email, letter(items, names, person.language, app_url)


def _reaches(member: Membership | None, organization_id: UUID) -> bool:
    return member is not None and member.active and member.role_in(str(organization_id)) is not None
