"""Which rows a transaction may see: the scope that row-level security compares with."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Scope:
    """One of four: organization, company, person or system. Made by the functions below."""

    organization_id: UUID | None = None
    company_id: UUID | None = None
    person_id: UUID | None = None
    system: bool = False


def organization(company_id: UUID, organization_id: UUID) -> Scope:
    """Rows of one organization; its company is known for what an event says."""
    return Scope(organization_id=organization_id, company_id=company_id)


def company(company_id: UUID) -> Scope:
    """Rows of one company, all its organizations included."""
    return Scope(company_id=company_id)


def person(person_id: UUID) -> Scope:
    """Rows of one person."""
    return Scope(person_id=person_id)


SYSTEM = Scope(system=True)
"""Rows of everybody, under the role `<service>_system`: only where nobody is known yet
(a log-in looks up an e-mail), or where a job walks over tenants. Each use is reviewed."""
