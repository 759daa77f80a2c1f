"""Decides, and explains by the same code."""

from dataclasses import dataclass, replace
from uuid import UUID

from finops_common.acting import Origin, system
from finops_common.auth.caller import Caller
from finops_common.contracts.access import EffectiveAccess, Question
from finops_common.contracts.billing import NO_SUBSCRIPTION, Entitlement, allowed_by
from finops_common.db.transaction import Database
from finops_common.errors.problem import NotFound
from finops_org_rbac.access.domain import GRANTS, IN_COMPANY, Role
from finops_org_rbac.access.repository import AccessRepository

_ASKED = system(Origin("decision"))
_NONE = EffectiveAccess(status="none")


@dataclass(frozen=True, slots=True)
class OrganizationAccess:
    """One organization the person reaches, and their role there."""

    id: UUID
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class CompanyAccess:
    """One company of the person."""

    id: UUID
    name: str
    owner: bool
    status: str
    organizations: tuple[OrganizationAccess, ...]
    entitlements: frozenset[Entitlement] = NO_SUBSCRIPTION


class AccessService:
    """Answers questions about access; satisfies `finops_common.auth.access.Decisions`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def effective(self, question: Question) -> EffectiveAccess:
        """The whole effective access the question is about; status none for strangers."""
        async with self._database.transaction(_ASKED) as tx:
            facts = AccessRepository(tx)
            if question.organization_id:
                answer = await self._in_organization(
                    facts, question.user_id, question.organization_id
                )
            elif question.company_id:
                answer = await self._in_company(facts, question.user_id, question.company_id)
            else:
                answer = await self._anywhere(facts, question.user_id)
        if question.permission is None:
            return answer
        allowed = answer.status == "active" and question.permission in answer.permissions
        return answer.model_copy(update={"allowed": allowed})

    async def explain(
        self, caller: Caller, user_id: UUID, permission: str
    ) -> tuple[bool, list[str]]:
        """Whether that member has `permission` here, and the chain that decided (ORG-13)."""
        question = Question(
            user_id=user_id, organization_id=caller.organization_id, permission=permission
        )
        answer = await self.effective(question)
        if answer.status == "none":
            raise NotFound
        chain = [f"status:{answer.status}", *(f"role:{role}" for role in answer.roles)]
        for role in answer.roles:
            grants = permission in GRANTS[_role(role)]
            chain.append(f"{role}:{'grants' if grants else 'does-not-grant'}:{permission}")
        return bool(answer.allowed), chain

    async def mine(self, caller: Caller) -> list[CompanyAccess]:
        """The caller's companies, and in each the organizations they reach."""
        async with self._database.transaction(system(caller.origin)) as tx:
            rows = await AccessRepository(tx).everything(caller.user_id)
            bought = await AccessRepository(tx).subscriptions(caller.user_id)
        found: dict[UUID, CompanyAccess] = {}
        for row in rows:
            company = found.get(row.company_id) or CompanyAccess(
                row.company_id, row.company_name, row.owner, row.status, ()
            )
            role = "owner" if row.owner else row.role
            reached = company.organizations
            if row.organization_id and role and row.status == "active":
                reached += (
                    OrganizationAccess(row.organization_id, row.organization_name, _role(role)),
                )
            found[row.company_id] = CompanyAccess(
                company.id, company.name, row.owner, row.status, reached
            )
        return [
            replace(
                company,
                entitlements=allowed_by(
                    (s.edition, s.state) for s in bought if s.company_id == company.id
                ),
            )
            for company in found.values()
        ]

    async def member_ids(self, organization_id: UUID) -> list[UUID]:
        """Who reaches the organization, for services that show people's doings there."""
        async with self._database.transaction(_ASKED) as tx:
            return await AccessRepository(tx).member_ids(organization_id)

    async def _in_organization(
        self, facts: AccessRepository, user_id: UUID, organization_id: UUID
    ) -> EffectiveAccess:
        row = await facts.in_organization(user_id, organization_id)
        role = None if row is None else ("owner" if row.owner else row.role)
        if row is None or role is None:
            return _NONE
        return EffectiveAccess(
            company_id=row.company_id,
            organization_id=organization_id,
            status=row.status,
            roles=(role,),
            permissions=GRANTS[_role(role)] if row.status == "active" else frozenset(),
            version=row.version,
        )

    async def _in_company(
        self, facts: AccessRepository, user_id: UUID, company_id: UUID
    ) -> EffectiveAccess:
        row = await facts.in_company(user_id, company_id)
        if row is None:
            return _NONE
        roles = ["owner"] if row.owner else sorted(set(row.roles))
        held = IN_COMPANY["member"].union(*(IN_COMPANY[_role(role)] for role in roles))
        return EffectiveAccess(
            company_id=company_id,
            status=row.status,
            roles=tuple(roles),
            permissions=held if row.status == "active" else frozenset(),
            version=row.version,
        )

    async def _anywhere(self, facts: AccessRepository, user_id: UUID) -> EffectiveAccess:
        row = await facts.standing(user_id)
        return EffectiveAccess(status="deactivated" if row.all and not row.active else "active")


def _role(name: str) -> Role:
    roles: dict[str, Role] = {
        "owner": "owner",
        "admin": "admin",
        "read_write": "read_write",
        "member": "member",
    }
    return roles[name]
