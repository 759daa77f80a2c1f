"""What a session is, and what a user agent tells of a device."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from ua_parser import parse

LIFE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Device:
    """What the user agent says; None where it says nothing we know."""

    browser: str | None
    operating_system: str | None
    device: str | None


@dataclass(frozen=True, slots=True)
class Session:
    """One log-in, from its start to its end at most 24 h later."""

    id: UUID
    user_id: UUID
    authenticated_at: datetime
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    ip: str | None
    browser: str | None
    operating_system: str | None
    device: str | None


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A signed JWT and the seconds it lives."""

    text: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a log-in or refresh gives. `device_token` makes the device known next time."""

    access: AccessToken
    refresh_token: str
    session_id: UUID
    device_token: str | None = None


def read_device(user_agent: str | None) -> Device:
    """Browser, operating system and device of a user agent string."""
    found = parse(user_agent or "")
    agent, system, device = found.user_agent, found.os, found.device
    return Device(
        f"{agent.family} {agent.major or ''}".strip() if agent else None,
        f"{system.family} {system.major or ''}".strip() if system else None,
        device.family if device else None,
    )


def device_facts(of: Device | Session) -> dict[str, str | None]:
    """As events about sessions name them."""
    return {
        "browser": of.browser,
        "operating_system": of.operating_system,
        "device": of.device,
    }
