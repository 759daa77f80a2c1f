"""What Owners and Admins do with members."""

from collections.abc import Iterable
from uuid import UUID

from finops_common.auth.caller import Caller
from finops_common.contracts.org_rbac import (
    MemberDeactivated,
    MemberLeft,
    MemberReactivated,
    MemberRemoved,
    MemberRoleChanged,
    MemberStandingChanged,
    OrganizationRole,
)
from finops_common.contracts.revocations import AccessRevoked
from finops_common.db.transaction import Database, Transaction
from finops_common.errors.problem import NotFound
from finops_common.pagination import Page, PageRequest
from finops_org_rbac.access.domain import Membership, Role, may_change
from finops_org_rbac.companies.repository import CompanyRepository
from finops_org_rbac.invitations.repository import InvitationRepository
from finops_org_rbac.members.domain import Member
from finops_org_rbac.members.repository import MemberRepository
from finops_org_rbac.organizations.repository import OrganizationRepository
from finops_org_rbac.problems import LastOwner, RolesNeeded, StandingTooHigh


class MemberService:
    """Use cases of members. Each change publishes one revocation record, whoever it touches."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_page(
        self, caller: Caller, request: PageRequest, **filters: str | None
    ) -> Page[Member]:
        """Members of the caller's organization, or of the company when the path names that."""
        async with self._database.transaction(caller) as tx:
            members = MemberRepository(tx)
            if caller.organization_id:
                return await members.page_of_organization(
                    caller.organization_id, request, **filters
                )
            return await members.page_of_company(request, **filters)

    async def change_role(
        self, caller: Caller, user_id: UUID, role: Role, reason: str | None
    ) -> None:
        """Give a member of the organization another role there.

        Raises:
            NotFound: not in this organization. StandingTooHigh: see ORG-12.
        """
        async with self._database.transaction(caller) as tx:
            here = tx.organization_id
            before = await self._changeable(tx, caller, user_id, role)
            if before == role:
                return
            members = MemberRepository(tx)
            await members.set_role(user_id, here, role)
            version = await members.change(user_id)
            self._revoke(tx, user_id)
            changed = MemberRoleChanged(
                company_id=tx.company_id,
                user_id=user_id,
                organization_id=here,
                before={"role": before},
                after={"role": role},
            )
            tx.publish(changed, version=version, reason=reason)

    async def remove(self, caller: Caller, user_id: UUID, reason: str | None) -> None:
        """Out of the organization; the account and other organizations stay.

        Raises:
            NotFound, StandingTooHigh: nothing has changed.
        """
        async with self._database.transaction(caller) as tx:
            before = await self._changeable(tx, caller, user_id, None)
            members = MemberRepository(tx)
            await members.drop_role(user_id, tx.organization_id)
            version = await members.change(user_id)
            self._revoke(tx, user_id)
            removed = MemberRemoved(
                company_id=tx.company_id,
                user_id=user_id,
                organization_id=tx.organization_id,
                before={"role": before},
            )
            tx.publish(removed, version=version, reason=reason)

    async def make_owner(self, caller: Caller, user_id: UUID, reason: str | None) -> None:
        """Make a member an Owner: everything, in every organization."""
        async with self._database.transaction(caller) as tx:
            members = MemberRepository(tx)
            before = await members.get(user_id, lock=True)
            if before.owner:
                return
            await members.drop_role(user_id)
            version = await members.change(user_id, owner=True)
            self._revoke(tx, user_id)
            changed = MemberStandingChanged(
                company_id=tx.company_id,
                user_id=user_id,
                owner=True,
                before={"owner": False, "roles": before.roles},
                after={"owner": True},
            )
            tx.publish(changed, version=version, reason=reason)

    async def unmake_owner(
        self, caller: Caller, user_id: UUID, roles: Iterable[OrganizationRole], reason: str | None
    ) -> None:
        """From Owner to roles in named organizations.

        Raises:
            LastOwner, RolesNeeded, NotFound: nothing has changed.
        """
        given = tuple(roles)
        if not given:
            raise RolesNeeded
        async with self._database.transaction(caller) as tx:
            before = await self._not_last_owner(tx, user_id)
            if not before.owner:
                raise NotFound
            members = MemberRepository(tx)
            version = await members.change(user_id, owner=False)
            for each in given:
                await OrganizationRepository(tx).get(each.organization_id)
                await members.set_role(user_id, each.organization_id, each.role)
            self._revoke(tx, user_id)
            changed = MemberStandingChanged(
                company_id=tx.company_id,
                user_id=user_id,
                owner=False,
                roles=given,
                before={"owner": True},
                after={"owner": False, "roles": {str(e.organization_id): e.role for e in given}},
            )
            tx.publish(changed, version=version, reason=reason)

    async def set_active(
        self, caller: Caller, user_id: UUID, *, active: bool, reason: str | None
    ) -> None:
        """Deactivate in the company, or reactivate: log-in stays either way.

        Raises:
            LastOwner, NotFound: nothing has changed.
        """
        async with self._database.transaction(caller) as tx:
            before = await self._not_last_owner(tx, user_id) if not active else None
            members = MemberRepository(tx)
            before = before or await members.get(user_id, lock=True)
            if before.active == active:
                return
            version = await members.change(user_id, status="active" if active else "deactivated")
            self._revoke(tx, user_id)
            kind = MemberReactivated if active else MemberDeactivated
            tx.publish(
                kind(company_id=tx.company_id, user_id=user_id), version=version, reason=reason
            )

    async def remove_from_company(self, caller: Caller, user_id: UUID, reason: str | None) -> None:
        """Out of the company: all organizations and pending invitations go too.

        Raises:
            LastOwner, NotFound: nothing has changed.
        """
        async with self._database.transaction(caller) as tx:
            before = await self._not_last_owner(tx, user_id)
            # Before the membership goes: after it, the person's address is out of sight.
            await InvitationRepository(tx).cancel_of(user_id)
            await MemberRepository(tx).remove(user_id)
            self._revoke(tx, user_id)
            left = MemberLeft(
                company_id=tx.company_id,
                user_id=user_id,
                before={"owner": before.owner, "roles": before.roles},
            )
            tx.publish(left, version=before.version + 1, reason=reason)

    async def _changeable(
        self, tx: Transaction, caller: Caller, user_id: UUID, wanted: Role | None
    ) -> Role:
        """The member's role here, once it is certain that the caller may make it `wanted`."""
        members = MemberRepository(tx)
        actor = await members.get(caller.user_id)
        subject = await members.find(user_id, lock=True)
        here = str(tx.organization_id)
        role = subject.role_in(here) if subject else None
        if role is None:
            raise NotFound
        # An Owner's place in an organization follows from being Owner: changed in the company.
        if role == "owner" or not may_change(actor.role_in(here), role, wanted):
            raise StandingTooHigh
        return role

    async def _not_last_owner(self, tx: Transaction, user_id: UUID) -> Membership:
        """The membership, locked; refused while it is the only active Owner's."""
        # The company's row is locked: of two Owners who remove each other, one stays.
        await CompanyRepository(tx).get()
        members = MemberRepository(tx)
        membership = await members.get(user_id, lock=True)
        if membership.owner and membership.active and await members.active_owners() <= 1:
            raise LastOwner
        return membership

    def _revoke(self, tx: Transaction, user_id: UUID) -> None:
        tx.publish(AccessRevoked(scope="member", user_ids=(user_id,), company_id=tx.company_id))
