"""What identity says happened to people and sessions."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from finops_common.events.contract import Change, Event, Topic

USER = Topic("identity.user", "people: registered, verified, changed")
SESSION = Topic("identity.session", "log-ins, failed log-ins, log-outs")


class _UserEvent(Change):
    topic: ClassVar[Topic] = USER
    key: ClassVar[str] = "user_id"
    target: ClassVar[tuple[str, str]] = ("user", "user_id")

    user_id: UUID


class UserChanged(_UserEvent):
    """The state of a person's profile, with the aggregate's version; who shows names follows it."""

    name: ClassVar[str] = "user.changed"

    email: str
    email_verified: bool
    full_name: str
    language: Literal["ko", "en", "ja"]


class UserRegistered(UserChanged):
    """Somebody signed up."""

    name: ClassVar[str] = "user.registered"


class UserVerified(UserChanged):
    """The e-mail address is theirs."""

    name: ClassVar[str] = "user.verified"


class EmailChanged(UserChanged):
    """A new address was confirmed at both."""

    name: ClassVar[str] = "user.email_changed"


class PasswordChanged(_UserEvent):
    """By the old one, or by a reset link."""

    name: ClassVar[str] = "user.password_changed"

    method: Literal["change", "reset"]


ConsentKind = Literal["terms", "privacy", "marketing"]


class ConsentChanged(_UserEvent):
    """Terms, privacy or marketing: given or withdrawn, in which version of the text."""

    name: ClassVar[str] = "user.consent_changed"

    kind: ConsentKind
    text_version: str
    given: bool
    source: str


class _SessionEvent(Event):
    topic: ClassVar[Topic] = SESSION
    key: ClassVar[str] = "user_id"
    target: ClassVar[tuple[str, str]] = ("user", "user_id")

    user_id: UUID
    browser: str | None = None
    operating_system: str | None = None
    device: str | None = None


class SessionStarted(_SessionEvent):
    """A log-in; `risk` names what was unusual."""

    name: ClassVar[str] = "session.started"

    session_id: UUID
    method: Literal["password"]
    risk: tuple[Literal["new_device", "new_country"], ...] = ()
    at: datetime


class SessionFailed(_SessionEvent):
    """A log-in that was refused; the envelope's reason says why."""

    name: ClassVar[str] = "session.failed"

    method: Literal["password"]
    risk: tuple[Literal["new_device", "new_country"], ...] = ()


class SessionEnded(_SessionEvent):
    """A log-out, an end by its owner, or by a change of password."""

    name: ClassVar[str] = "session.ended"

    session_id: UUID
    why: Literal["log_out", "ended_by_user", "password_changed", "token_reuse"]


class SessionConfirmed(_SessionEvent):
    """The password was shown again (step-up)."""

    name: ClassVar[str] = "session.confirmed"

    session_id: UUID
    method: Literal["password"]


EVENTS: tuple[type[Event], ...] = (
    UserRegistered,
    UserVerified,
    UserChanged,
    EmailChanged,
    PasswordChanged,
    ConsentChanged,
    SessionStarted,
    SessionFailed,
    SessionEnded,
    SessionConfirmed,
)
