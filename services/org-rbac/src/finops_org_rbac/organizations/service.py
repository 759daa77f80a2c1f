"""What Owners do with organizations."""

from uuid import UUID

from finops_common.auth.caller import Caller
from finops_common.contracts.org_rbac import (
    OrganizationCreated,
    OrganizationDeleted,
    OrganizationRenamed,
)
from finops_common.contracts.revocations import AccessRevoked
from finops_common.db.transaction import Database
from finops_org_rbac.companies.repository import CompanyRepository
from finops_org_rbac.members.repository import MemberRepository
from finops_org_rbac.organizations.domain import MOST, Organization
from finops_org_rbac.organizations.repository import OrganizationRepository
from finops_org_rbac.problems import NameNotRepeated, TooManyOrganizations


class OrganizationService:
    """Use cases of organizations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, caller: Caller, organization_id: UUID, name: str) -> Organization:
        """Make an organization; the one with this id if it is there.

        Raises:
            TooManyOrganizations: the company has ten.
            NameTaken: without regard to case.
        """
        async with self._database.transaction(caller) as tx:
            # The company's row is locked: of two that make the tenth, the second counts ten.
            await CompanyRepository(tx).get()
            organizations = OrganizationRepository(tx)
            made = await organizations.find(organization_id)
            if made:
                return made
            count = await organizations.count()
            if count >= MOST:
                raise TooManyOrganizations(count=count, limit=MOST)
            organization = await organizations.add(organization_id, name)
            created = OrganizationCreated(
                company_id=organization.company_id,
                organization_id=organization.id,
                organization_name=organization.name,
            )
            tx.publish(created, organization_id=organization.id, version=1)
            return organization

    async def list_mine(self, caller: Caller) -> list[Organization]:
        """The company's organizations; for who is no Owner only those they are in."""
        async with self._database.transaction(caller) as tx:
            found = await OrganizationRepository(tx).list_all()
            me = await MemberRepository(tx).get(caller.user_id)
        return [each for each in found if me.role_in(str(each.id))]

    async def rename(
        self, caller: Caller, organization_id: UUID, name: str, reason: str | None
    ) -> Organization:
        """Give another name. Raises NotFound, NameTaken."""
        async with self._database.transaction(caller) as tx:
            organizations = OrganizationRepository(tx)
            before = await organizations.get(organization_id)
            after = await organizations.rename(organization_id, name)
            renamed = OrganizationRenamed(
                company_id=after.company_id,
                organization_id=after.id,
                organization_name=after.name,
                before={"name": before.name},
                after={"name": after.name},
            )
            tx.publish(renamed, organization_id=after.id, version=after.version, reason=reason)
            return after

    async def delete(
        self, caller: Caller, organization_id: UUID, typed_name: str, reason: str | None
    ) -> None:
        """End access to it at once and free its slot; asks a recent log-in and the typed name.

        Raises:
            RecentLoginNeeded, NameNotRepeated, NotFound: nothing has changed.
        """
        async with self._database.transaction(caller) as tx:
            caller.need_recent_login(tx.now)
            await CompanyRepository(tx).get()
            organizations = OrganizationRepository(tx)
            found = await organizations.get(organization_id)
            if typed_name != found.name:
                raise NameNotRepeated
            await organizations.delete(organization_id)
            gone = AccessRevoked(
                scope="organization", company_id=found.company_id, organization_id=found.id
            )
            tx.publish(gone)
            deleted = OrganizationDeleted(
                company_id=found.company_id, organization_id=found.id, organization_name=found.name
            )
            tx.publish(deleted, organization_id=found.id, version=found.version + 1, reason=reason)
