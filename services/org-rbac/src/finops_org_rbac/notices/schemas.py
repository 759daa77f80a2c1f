"""Notices on the wire."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field, StrictBool

from finops_common.contracts.notices import Category, Severity
from finops_common.schemas import Command, Instant

State = Literal["unread", "read", "all"]
Mails = Literal["immediate", "digest", "off"]


class NoticeView(BaseModel):
    """A notice in my inbox, in my language."""

    id: UUID
    organization_id: UUID
    company_id: UUID
    category: Category
    kind: str = Field(examples=["commitment.expiring"])
    about: str
    severity: Severity
    title: str
    body: str
    facts: dict[str, str]
    link: str = Field(description="path in the app")
    raised_at: datetime
    read_at: datetime | None
    acknowledged_by: UUID | None
    acknowledged_at: datetime | None
    muted: bool = Field(description="I hear no more of this kind about this")
    muted_until: datetime | None = Field(description="null: until I unmute it, or it is not muted")


class Unread(BaseModel):
    """How much I have not read yet."""

    count: int
    by_category: dict[Category, int]


class Reading(Command):
    read: StrictBool


class Mute(Command):
    until: Instant | None = Field(None, description="null: until I unmute it")


class ReadingUntil(Command):
    notice_id: UUID = Field(description="the newest that was seen")


class PreferenceChange(Command):
    inbox: StrictBool
    mails: Mails


class PreferenceView(BaseModel):
    """How I am told of a category."""

    category: Category
    name: str = Field(description="in my language")
    inbox: bool
    mails: Mails


class Preferences(BaseModel):
    items: list[PreferenceView]


class MailFailure(BaseModel):
    """A mail about notices that did not reach its person."""

    id: UUID = Field(description="also in the mail's Message-ID")
    user_id: UUID
    digest: bool
    final: bool = Field(description="it bounced or was given up; its notices are in the inbox")
    attempts: int
    reason: str
    changed_at: datetime
