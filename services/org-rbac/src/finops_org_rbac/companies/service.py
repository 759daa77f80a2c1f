"""What people do with companies."""

from typing import Any
from uuid import UUID

from finops_common.acting import Acting
from finops_common.auth.caller import Caller
from finops_common.contracts.org_rbac import CompanyChanged, CompanyCreated, MemberAdded
from finops_common.db import scopes
from finops_common.db.transaction import Database
from finops_common.errors.problem import EmailNotVerified, NotFound, PreconditionFailed
from finops_org_rbac.companies.domain import Company
from finops_org_rbac.companies.repository import CompanyRepository
from finops_org_rbac.members.repository import MemberRepository


class CompanyService:
    """Use cases of companies."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(
        self, caller: Caller, company_id: UUID, particulars: dict[str, Any]
    ) -> Company:
        """Make a company with the caller as its Owner; the one with this id if it is there.

        Raises:
            EmailNotVerified: only who has proven their address founds a company.
        """
        if not caller.email_verified:
            raise EmailNotVerified
        acting = Acting(scopes.company(company_id), caller.origin)
        async with self._database.transaction(acting) as tx:
            companies = CompanyRepository(tx)
            made = await companies.find()
            if made:
                return made
            company = await companies.add(company_id, **particulars)
            await MemberRepository(tx).add(caller.user_id, owner=True)
            tx.publish(CompanyCreated(owner_id=caller.user_id, **_facts(company)))
            tx.publish(MemberAdded(company_id=company.id, user_id=caller.user_id, owner=True))
            return company

    async def get(self, caller: Caller) -> Company:
        """The caller's company. Raises NotFound."""
        async with self._database.transaction(caller) as tx:
            company = await CompanyRepository(tx).find()
        if company is None:
            raise NotFound
        return company

    async def change(
        self, caller: Caller, changes: dict[str, Any], if_version: int | None
    ) -> Company:
        """Set what `changes` names. Raises PreconditionFailed when it has changed since."""
        async with self._database.transaction(caller) as tx:
            companies = CompanyRepository(tx)
            before = await companies.get()
            if if_version not in {None, before.version}:
                raise PreconditionFailed
            changed = {
                name: value for name, value in changes.items() if getattr(before, name) != value
            }
            if not changed:
                return before
            after = await companies.change(**changed)
            old = {name: getattr(before, name) for name in changed}
            tx.publish(
                CompanyChanged(**_facts(after), before=old, after=changed), version=after.version
            )
            return after


def _facts(company: Company) -> dict[str, Any]:
    return {
        "company_id": company.id,
        "company_name": company.name,
        "region": company.region,
        "currency": company.currency,
    }
