"""What a channel is told, and what it is sent."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from finops_common.contracts.notices import Category, Severity
from finops_common.i18n import Language

Kind = Literal["webhook", "slack", "teams"]
SEVERITIES: tuple[Severity, ...] = ("info", "warning", "critical")
MOST = 20
"""Channels of an organization."""
SECRET = "whsec_"  # noqa: S105 - what stands before each
"""Before a webhook's secret, as Standard Webhooks writes it."""


@dataclass(frozen=True, slots=True)
class Channel:
    """Where an organization is told of `categories` from `severity` on."""

    id: UUID
    kind: Kind
    name: str
    language: Language
    categories: tuple[Category, ...]
    severity: Severity
    host: str
    created_at: datetime
    failing: int
    """Notices that did not get through, so far or for good."""
    last_failure: str | None


@dataclass(frozen=True, slots=True)
class Message:
    """A notice as channels say it; `link` is whole."""

    notice_id: UUID
    organization_id: UUID
    organization: str
    category: Category
    kind: str
    about: str
    severity: Severity
    facts: Mapping[str, str]
    title: str
    body: str
    link: str
    raised_at: datetime


def wanted_from(severity: Severity) -> tuple[Severity, ...]:
    """The severities for which a notice of `severity` is grave enough."""
    return SEVERITIES[: SEVERITIES.index(severity) + 1]


def payload(kind: Kind, message: Message) -> dict[str, Any]:
    """What is posted to a channel of `kind`; the same whenever it is sent again."""
    return {"webhook": _webhook, "slack": _slack, "teams": _teams}[kind](message)


def signature(secret: str, message_id: UUID, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of Standard Webhooks: id, time stamp, HMAC-SHA-256 over both and the body."""
    stamp = str(int(at.timestamp()))
    signed = b".".join((str(message_id).encode(), stamp.encode(), body))
    key = base64.b64decode(secret.removeprefix(SECRET))
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return {
        "webhook-id": str(message_id),
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def _webhook(message: Message) -> dict[str, Any]:
    return {
        "type": "notice.raised",
        "timestamp": message.raised_at.isoformat(),
        "data": {
            "notice_id": str(message.notice_id),
            "organization_id": str(message.organization_id),
            "category": message.category,
            "kind": message.kind,
            "about": message.about,
            "severity": message.severity,
            "facts": dict(message.facts),
            "title": message.title,
            "body": message.body,
            "link": message.link,
        },
    }


def _slack(message: Message) -> dict[str, Any]:
    title, body, place = map(_escaped, (message.title, message.body, message.organization))
    return {"text": f"*{title}*\n{place}\n{body}\n<{message.link}>"}


def _escaped(text: str) -> str:
    # Slack's three control characters: a fact makes no link and calls nobody.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _teams(message: Message) -> dict[str, Any]:
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            _block(message.title, weight="Bolder", size="Medium"),
            _block(message.organization, isSubtle=True),
            _block(message.body),
        ],
        "actions": [{"type": "Action.OpenUrl", "title": "finops", "url": message.link}],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return {"type": "message", "attachments": [attachment]}


def _block(text: str, **looks: str | bool) -> dict[str, Any]:
    return {"type": "TextBlock", "text": text, "wrap": True, **looks}
