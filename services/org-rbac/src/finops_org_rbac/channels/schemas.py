"""Channels on the wire."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from finops_common.contracts.notices import Category, Severity
from finops_common.i18n import Language
from finops_common.schemas import Command, Line

ChannelKind = Literal["webhook", "slack", "teams"]


class NewNoticeChannel(Command):
    """An incoming webhook of Slack or Teams, or one of your own."""

    kind: ChannelKind
    name: Line
    url: str = Field(
        max_length=2000, pattern="^[!-~]+$", examples=["https://hooks.example.com/finops"]
    )
    categories: list[Category] = Field(min_length=1, max_length=10)
    severity: Severity = Field(default="info", description="nothing less grave is told")
    language: Language = "en"


class NoticeChannelView(BaseModel):
    id: UUID
    kind: ChannelKind
    name: str
    host: str = Field(description="the rest of the address is not shown again")
    categories: list[Category]
    severity: Severity
    language: Language
    created_at: datetime
    failing: int = Field(description="notices that did not get through")
    last_failure: str | None


class NoticeChannelMade(NoticeChannelView):
    secret: str | None = Field(
        description="signs a webhook's calls (Standard Webhooks); shown only here"
    )


class NoticeChannels(BaseModel):
    items: list[NoticeChannelView]
