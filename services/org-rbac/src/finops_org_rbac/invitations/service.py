"""Invite, send again, cancel, accept."""

import hashlib
import secrets
from uuid import UUID

from finops_common.acting import Acting, system
from finops_common.auth.caller import Caller
from finops_common.contracts.org_rbac import (
    InvitationAccepted,
    InvitationCancelled,
    InvitationSent,
    MemberAdded,
    OrganizationRole,
)
from finops_common.contracts.revocations import AccessRevoked
from finops_common.db import scopes
from finops_common.db.transaction import Database, Transaction
from finops_common.errors.problem import EmailNotVerified, NotFound, TooManyRequests, Unavailable
from finops_common.i18n import Language
from finops_common.mail import send_mail
from finops_common.pagination import Page, PageRequest
from finops_common.schemas import email_key
from finops_org_rbac.access.domain import may_change
from finops_org_rbac.companies.repository import CompanyRepository
from finops_org_rbac.invitations.domain import SEND_AGAIN_AFTER, Invitation
from finops_org_rbac.invitations.mails import BODY, SUBJECT
from finops_org_rbac.invitations.repository import InvitationRepository
from finops_org_rbac.members.repository import MemberRepository
from finops_org_rbac.organizations.repository import OrganizationRepository
from finops_org_rbac.people.repository import PersonRepository
from finops_org_rbac.problems import AlreadyMember, InvitationInvalid, RolesNeeded, StandingTooHigh

Roles = tuple[OrganizationRole, ...]


class InvitationService:
    """Use cases of invitations."""

    def __init__(self, database: Database, app_url: str) -> None:
        self._database = database
        self._app_url = app_url.rstrip("/")

    async def invite(
        self,
        caller: Caller,
        invitation_id: UUID,
        email: str,
        language: Language,
        *,
        owner: bool,
        roles: Roles,
    ) -> Invitation:
        """Mail an invitation; the one with this id if it is there.

        Raises:
            RolesNeeded: neither Owner nor any role. NotFound: an organization is not the caller's.
            StandingTooHigh: the caller may not give these.
        """
        if not owner and not roles:
            raise RolesNeeded
        async with self._database.transaction(caller) as tx:
            made = await InvitationRepository(tx).find(invitation_id)
            if made:
                return made
            await self._may_give(tx, caller, owner=owner, roles=roles)
            token = secrets.token_urlsafe(32)
            invitation = await InvitationRepository(tx).add(
                invitation_id,
                email,
                _digest(token),
                caller.user_id,
                language,
                owner=owner,
                roles=roles,
            )
            await self._send(tx, invitation, token)
            return invitation

    async def list_page(self, caller: Caller, request: PageRequest) -> Page[Invitation]:
        """All of the company's, with their state."""
        async with self._database.transaction(caller) as tx:
            return await InvitationRepository(tx).page(request)

    async def send_again(self, caller: Caller, invitation_id: UUID) -> Invitation:
        """Another link for a pending or expired invitation.

        Raises:
            NotFound, StandingTooHigh, InvitationInvalid, TooManyRequests.
        """
        async with self._database.transaction(caller) as tx:
            invitations = InvitationRepository(tx)
            found = await invitations.get(invitation_id)
            await self._may_give(tx, caller, owner=found.owner, roles=found.roles)
            if found.state != "pending":
                raise InvitationInvalid
            if tx.now - found.sent_at < SEND_AGAIN_AFTER:
                raise TooManyRequests(retry_after=60)
            token = secrets.token_urlsafe(32)
            again = await invitations.send_again(invitation_id, _digest(token))
            await self._send(tx, again, token)
            return again

    async def cancel(self, caller: Caller, invitation_id: UUID) -> None:
        """Its link works no more; nothing when it was used or cancelled already."""
        async with self._database.transaction(caller) as tx:
            invitations = InvitationRepository(tx)
            found = await invitations.get(invitation_id)
            await self._may_give(tx, caller, owner=found.owner, roles=found.roles)
            if found.state != "pending":
                return
            await invitations.set_state(invitation_id, "cancelled")
            tx.publish(InvitationCancelled(**_facts(found)))

    async def accept(self, caller: Caller, token: str) -> Invitation:
        """Join, as the person the invitation is bound to.

        Raises:
            EmailNotVerified: the address is not proven yet.
            InvitationInvalid: used, cancelled, expired, or for another address.
        """
        if not caller.email_verified:
            raise EmailNotVerified
        digest = _digest(token)
        async with self._database.transaction(system(caller.origin)) as tx:
            invitation = await InvitationRepository(tx).by_token(digest)
            person = await PersonRepository(tx).find(caller.user_id)
        if invitation is None:
            raise InvitationInvalid
        if person is None:
            # identity's event about a brand-new account is still on its way.
            raise Unavailable(retry_after=1)
        if email_key(person.email) != email_key(invitation.email):
            raise InvitationInvalid
        acting = Acting(scopes.company(invitation.company_id), caller.origin)
        async with self._database.transaction(acting) as tx:
            return await self._join(tx, caller.user_id, invitation.id)

    async def _join(self, tx: Transaction, user_id: UUID, invitation_id: UUID) -> Invitation:
        invitations, members = InvitationRepository(tx), MemberRepository(tx)
        invitation = await invitations.get(invitation_id)
        if invitation.state_at(tx.now) != "pending":
            raise InvitationInvalid
        fresh = await members.add(user_id, owner=invitation.owner)
        membership = await members.get(user_id, lock=True)
        if not fresh and (membership.owner or not membership.active):
            raise AlreadyMember
        if invitation.owner and not fresh:
            await members.drop_role(user_id)
            await members.change(user_id, owner=True)
        living = OrganizationRepository(tx)
        for role in invitation.roles:
            # An organization deleted since is left out; the others still count.
            if not invitation.owner and await living.find(role.organization_id):
                await members.set_role(user_id, role.organization_id, role.role)
        await invitations.set_state(invitation_id, "accepted")
        version = await members.change(user_id)
        # Nothing is taken away, but whoever remembers the old answer should ask again.
        tx.publish(AccessRevoked(scope="member", user_ids=(user_id,), company_id=tx.company_id))
        added = MemberAdded(
            company_id=tx.company_id,
            user_id=user_id,
            owner=invitation.owner,
            roles=invitation.roles,
        )
        tx.publish(InvitationAccepted(**_facts(invitation), user_id=user_id))
        tx.publish(added, version=version)
        return invitation

    async def _may_give(
        self, tx: Transaction, caller: Caller, *, owner: bool, roles: Roles
    ) -> None:
        actor = await MemberRepository(tx).get(caller.user_id)
        if owner and not actor.owner:
            raise StandingTooHigh
        for role in roles:
            here = actor.role_in(str(role.organization_id))
            if here is None or await OrganizationRepository(tx).find(role.organization_id) is None:
                raise NotFound
            if not may_change(here, None, role.role):
                raise StandingTooHigh

    async def _send(self, tx: Transaction, invitation: Invitation, token: str) -> None:
        company = await CompanyRepository(tx).find()
        inviter = await PersonRepository(tx).find(invitation.invited_by)
        facts: dict[str, object] = {
            "company": company.name if company else "",
            "inviter": inviter.full_name if inviter else "",
            "link": f"{self._app_url}/accept-invitation#token={token}",
        }
        language = invitation.language
        subject, text = SUBJECT.render(language, facts), BODY.render(language, facts)
        await send_mail(tx, to=invitation.email, subject=subject, text=text)
        tx.publish(InvitationSent(**_facts(invitation), expires_at=invitation.expires_at))


def _facts(invitation: Invitation) -> dict[str, object]:
    return {
        "company_id": invitation.company_id,
        "invitation_id": invitation.id,
        "email": invitation.email,
        "owner": invitation.owner,
        "roles": invitation.roles,
    }


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
