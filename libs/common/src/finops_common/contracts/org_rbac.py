"""What org-rbac says changed in companies, organizations, memberships and invitations."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from finops_common.contracts.notices import Category
from finops_common.events.contract import Change, Event, Topic

ORGANIZATION = Topic(
    "org-rbac.organization", "companies, organizations, members, roles, invitations"
)

NOTICE = Topic(
    "org-rbac.notice", "how people and organizations want to be told, and what they took note of"
)

Role = Literal["admin", "read_write", "member"]


class OrganizationRole(BaseModel):
    """A role in one organization."""

    model_config = ConfigDict(frozen=True)

    organization_id: UUID
    role: Role


class _CompanyChange(Change):
    topic: ClassVar[Topic] = ORGANIZATION
    key: ClassVar[str] = "company_id"
    target: ClassVar[tuple[str, str]] = ("company", "company_id")

    company_id: UUID


class CompanyCreated(_CompanyChange):
    """A company and its first Owner."""

    name: ClassVar[str] = "company.created"

    owner_id: UUID
    company_name: str
    region: str
    currency: str


class CompanyChanged(_CompanyChange):
    """Its name, address or other particulars."""

    name: ClassVar[str] = "company.changed"

    company_name: str
    region: str
    currency: str


class _OrganizationChange(_CompanyChange):
    target: ClassVar[tuple[str, str]] = ("organization", "organization_id")

    organization_id: UUID
    organization_name: str


class OrganizationCreated(_OrganizationChange):
    """A sealed workspace of a company."""

    name: ClassVar[str] = "organization.created"


class OrganizationRenamed(_OrganizationChange):
    """It has another name."""

    name: ClassVar[str] = "organization.renamed"


class OrganizationDeleted(_OrganizationChange):
    """Access to it has ended; its data is erased later."""

    name: ClassVar[str] = "organization.deleted"


class _MemberChange(_CompanyChange):
    target: ClassVar[tuple[str, str]] = ("user", "user_id")

    user_id: UUID


class MemberAdded(_MemberChange):
    """A person came into a company, as Owner or into organizations."""

    name: ClassVar[str] = "member.added"

    owner: bool = False
    roles: tuple[OrganizationRole, ...] = ()


class MemberRoleChanged(_MemberChange):
    """Another role in one organization; before and after name it."""

    name: ClassVar[str] = "member.role_changed"

    organization_id: UUID


class MemberStandingChanged(_MemberChange):
    """Made or unmade an Owner."""

    name: ClassVar[str] = "member.standing_changed"

    owner: bool
    roles: tuple[OrganizationRole, ...] = ()


class MemberRemoved(_MemberChange):
    """Out of one organization; the account stays."""

    name: ClassVar[str] = "member.removed"

    organization_id: UUID


class MemberLeft(_MemberChange):
    """Out of the company and all its organizations."""

    name: ClassVar[str] = "member.left_company"


class MemberDeactivated(_MemberChange):
    """Log-in stays, nothing else; reversible."""

    name: ClassVar[str] = "member.deactivated"


class MemberReactivated(_MemberChange):
    """All rights are back."""

    name: ClassVar[str] = "member.reactivated"


class _InvitationChange(_CompanyChange):
    target: ClassVar[tuple[str, str]] = ("invitation", "invitation_id")

    invitation_id: UUID
    email: str
    owner: bool
    roles: tuple[OrganizationRole, ...] = ()


class InvitationSent(_InvitationChange):
    """By e-mail; also when it is sent again."""

    name: ClassVar[str] = "invitation.sent"

    expires_at: datetime


class InvitationCancelled(_InvitationChange):
    """Its link works no more."""

    name: ClassVar[str] = "invitation.cancelled"


class InvitationAccepted(_InvitationChange):
    """By the person it was bound to."""

    name: ClassVar[str] = "invitation.accepted"

    user_id: UUID


class NoticePreferencesChanged(Change):
    """A person chose anew how they are told of a category."""

    topic: ClassVar[Topic] = NOTICE
    name: ClassVar[str] = "notice_preferences.changed"
    key: ClassVar[str] = "user_id"
    target: ClassVar[tuple[str, str]] = ("user", "user_id")

    user_id: UUID
    category: Category


class _NoticeTaken(Change):
    topic: ClassVar[Topic] = NOTICE
    key: ClassVar[str] = "user_id"
    target: ClassVar[tuple[str, str]] = ("notice", "notice_id")

    user_id: UUID
    company_id: UUID
    organization_id: UUID
    notice_id: UUID
    kind: str
    about: str


class NoticeAcknowledged(_NoticeTaken):
    """Somebody took note of it for the organization."""

    name: ClassVar[str] = "notice.acknowledged"


class NoticeMuted(_NoticeTaken):
    """A person wants to hear no more of this kind about this."""

    name: ClassVar[str] = "notice.muted"

    until: datetime | None = None
    """None is until it is unmuted."""


class NoticeUnmuted(_NoticeTaken):
    """A person wants to hear of it again."""

    name: ClassVar[str] = "notice.unmuted"


class _NoticeChannelChange(Change):
    topic: ClassVar[Topic] = NOTICE
    key: ClassVar[str] = "organization_id"
    target: ClassVar[tuple[str, str]] = ("notice_channel", "channel_id")

    company_id: UUID
    organization_id: UUID
    channel_id: UUID
    channel_name: str


class NoticeChannelAdded(_NoticeChannelChange):
    """An organization's notices go to a webhook, Slack or Teams too."""

    name: ClassVar[str] = "notice_channel.added"


class NoticeChannelRemoved(_NoticeChannelChange):
    """They go there no more."""

    name: ClassVar[str] = "notice_channel.removed"


EVENTS: tuple[type[Event], ...] = (
    CompanyCreated,
    CompanyChanged,
    OrganizationCreated,
    OrganizationRenamed,
    OrganizationDeleted,
    MemberAdded,
    MemberRoleChanged,
    MemberStandingChanged,
    MemberRemoved,
    MemberLeft,
    MemberDeactivated,
    MemberReactivated,
    InvitationSent,
    InvitationCancelled,
    InvitationAccepted,
    NoticePreferencesChanged,
    NoticeAcknowledged,
    NoticeMuted,
    NoticeUnmuted,
    NoticeChannelAdded,
    NoticeChannelRemoved,
)


class MembersQuestion(BaseModel):
    """Who are the members of an organization?"""

    model_config = ConfigDict(extra="forbid")

    organization_id: UUID


class MembersAnswer(BaseModel):
    user_ids: list[UUID]
