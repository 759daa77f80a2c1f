"""Builds everything org-rbac is made of from its settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from finops_common.clock import Clock
from finops_common.essentials import Essentials, Local, essentials
from finops_org_rbac.access.service import AccessService
from finops_org_rbac.channels.adapters import Outgoing
from finops_org_rbac.channels.service import ChannelService
from finops_org_rbac.companies.service import CompanyService
from finops_org_rbac.invitations.service import InvitationService
from finops_org_rbac.members.service import MemberService
from finops_org_rbac.notices.service import NoticeService
from finops_org_rbac.organizations.service import OrganizationService
from finops_org_rbac.settings import Settings


@dataclass(frozen=True)
class Wiring:
    """The use cases of one process."""

    essentials: Essentials
    clock: Clock
    access: AccessService
    companies: CompanyService
    organizations: OrganizationService
    members: MemberService
    invitations: InvitationService
    notices: NoticeService
    outgoing: Outgoing
    channels: ChannelService


@asynccontextmanager
async def wire(settings: Settings) -> AsyncIterator[Wiring]:
    """Everything, wired; closed at the end."""
    # org-rbac answers itself what others ask it.
    async with essentials("org-rbac", settings, local=Local(decisions=AccessService)) as shared:
        database = shared.database
        access = AccessService(database)
        outgoing = Outgoing(private=settings.private_channels)
        yield Wiring(
            essentials=shared,
            clock=shared.clock,
            access=access,
            companies=CompanyService(database),
            organizations=OrganizationService(database),
            members=MemberService(database),
            invitations=InvitationService(database, settings.public_app_url),
            notices=NoticeService(database, access),
            outgoing=outgoing,
            channels=ChannelService(database, shared.sealer, outgoing),
        )
