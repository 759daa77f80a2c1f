"""org-rbac as a service: its routers, its worker, its topics."""

from pathlib import Path

from fastapi import FastAPI

from finops_common.app import build_app
from finops_common.contracts.catalogue import topics_of
from finops_common.service import Service
from finops_org_rbac.access.internal import router as internal_access
from finops_org_rbac.access.router import organization as explain
from finops_org_rbac.access.router import router as access
from finops_org_rbac.channels.router import router as channels
from finops_org_rbac.companies.router import company
from finops_org_rbac.companies.router import router as companies
from finops_org_rbac.invitations.router import company as company_invitations
from finops_org_rbac.invitations.router import router as invitations
from finops_org_rbac.members.router import company as company_members
from finops_org_rbac.members.router import router as members
from finops_org_rbac.notices.router import company as notice_failures
from finops_org_rbac.notices.router import router as notices
from finops_org_rbac.organizations.router import router as organizations
from finops_org_rbac.settings import Settings
from finops_org_rbac.wiring import wire
from finops_org_rbac.worker import work


def create_app(settings: Settings) -> FastAPI:
    """The API of org-rbac."""
    return build_app(
        "org-rbac",
        "Companies, organizations, members, and who may do what where",
        lambda: wire(settings),
        routers=[
            access,
            explain,
            companies,
            company,
            organizations,
            members,
            company_members,
            invitations,
            company_invitations,
            notices,
            notice_failures,
            channels,
        ],
        internal=[internal_access],
        trusted_hops=settings.trusted_proxy_hops,
    )


SERVICE = Service(
    name="org-rbac",
    settings=Settings,
    create_app=create_app,
    work=work,
    migrations=Path(__file__).parents[2] / "migrations",
    topics=topics_of("org-rbac"),
)
