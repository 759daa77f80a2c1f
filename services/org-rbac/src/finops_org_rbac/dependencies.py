"""How routers get their use cases from the wiring."""

from typing import Annotated

from fastapi import Depends

from finops_common.app import wired
from finops_org_rbac.access.service import AccessService
from finops_org_rbac.channels.service import ChannelService
from finops_org_rbac.companies.service import CompanyService
from finops_org_rbac.invitations.service import InvitationService
from finops_org_rbac.members.service import MemberService
from finops_org_rbac.notices.service import NoticeService
from finops_org_rbac.organizations.service import OrganizationService

AccessAnswers = Annotated[AccessService, Depends(wired("access"))]
Companies = Annotated[CompanyService, Depends(wired("companies"))]
Organizations = Annotated[OrganizationService, Depends(wired("organizations"))]
Members = Annotated[MemberService, Depends(wired("members"))]
Channels = Annotated[ChannelService, Depends(wired("channels"))]
Notices = Annotated[NoticeService, Depends(wired("notices"))]
Invitations = Annotated[InvitationService, Depends(wired("invitations"))]
