"""Invitations on the wire."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field, StrictBool

from finops_common.contracts.org_rbac import OrganizationRole
from finops_common.i18n import Language
from finops_common.schemas import Command, Email, Line


class NewInvitation(Command):
    """As Owner, or general: roles in one or several organizations."""

    email: Email
    owner: StrictBool = False
    roles: list[OrganizationRole] = Field(default=[], max_length=10)
    language: Language = "en"


class InvitationView(BaseModel):
    id: UUID
    email: str
    owner: bool
    roles: list[OrganizationRole]
    state: Literal["pending", "accepted", "cancelled", "expired"]
    invited_by: UUID
    created_at: datetime
    sent_at: datetime
    expires_at: datetime


class Acceptance(Command):
    token: Line = Field(description="from the link in the mail")


class JoinedCompany(BaseModel):
    """Where the caller belongs now."""

    company_id: UUID
    owner: bool
    roles: list[OrganizationRole]
