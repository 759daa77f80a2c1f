"""Sessions on the wire."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field, StrictBool

from finops_common.schemas import Command, Email, Line
from finops_identity.passwords.schemas import Password


class LogIn(Command):
    """`device_token` is what the last log-in on this device gave."""

    email: Email
    password: Password
    device_token: Line | None = None
    cookie: StrictBool = Field(
        default=False,
        description="for browsers: the refresh token comes as an HttpOnly cookie instead",
    )


class TokenPair(BaseModel):
    """Keep `device_token` on the device: it makes the next log-in a known one."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - RFC 6750's word
    expires_in: int = Field(description="seconds")
    refresh_token: str | None = Field(None, description="single use; null when it came as a cookie")
    session_id: UUID
    device_token: str | None = None


class Refresh(Command):
    refresh_token: Line | None = Field(None, description="left out when it is in the cookie")


class Confirmation(Command):
    password: Password


class Confirmed(BaseModel):
    """Use this access token from now on; the refresh token stays as it is."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - RFC 6750's word
    expires_in: int = Field(description="seconds")


class SessionView(BaseModel):
    """One open session of the caller; `place` where it is known."""

    id: UUID
    browser: str | None
    operating_system: str | None
    device: str | None
    ip: str | None
    place: str | None = None
    first_seen_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    current: bool


class Sessions(BaseModel):
    items: list[SessionView]


class EndedCount(BaseModel):
    ended: int
