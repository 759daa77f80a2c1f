"""What an event is: a frozen class with a name, a version, a topic and a key."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict


@dataclass(frozen=True, slots=True)
class Topic:
    """A Kafka topic, named `<service>.<noun>` behind the installation's prefix.

    `partitions` is what a new topic gets. Names, e-mails and client data may stand only
    on topics kept 7 days; `retention_days` says how long this one is.
    """

    name: str
    what: str
    partitions: int = 6
    retention_days: int = 7

    @property
    def service(self) -> str:
        """The service that writes it."""
        return self.name.partition(".")[0]


class Event(BaseModel):
    """One fact. Strict to write, tolerant to read: unknown fields of newer writers are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    topic: ClassVar[Topic]
    name: ClassVar[str]
    version: ClassVar[int] = 1
    key: ClassVar[str]
    """The field whose value is the Kafka key and the CloudEvents subject."""
    audited: ClassVar[bool] = True
    """Whether the audit log keeps it; the data plane and heartbeats it does not."""
    target: ClassVar[tuple[str, str]] = ("", "")
    """What was acted on, for the audit log: its kind and the field that holds its id."""

    @classmethod
    def type(cls) -> str:
        """The CloudEvents type: `finops.identity.user.registered.v1`."""
        return f"finops.{cls.topic.service}.{cls.name}.v{cls.version}"

    def subject(self) -> str:
        return str(getattr(self, self.key))

    def encode(self) -> tuple[bytes, dict[str, str]]:
        """The data as Kafka value, and headers of its own; JSON unless a columnar event differs."""
        return self.model_dump_json().encode(), {"content-type": "application/json"}

    @classmethod
    def decode(cls, headers: Mapping[str, str], value: bytes) -> Self:  # noqa: ARG003 - for columnar events
        """Read what `encode` wrote; raises ValueError for what does not fit."""
        return cls.model_validate_json(value)


class Change(Event):
    """A fact that changed something: what it was before and is after (ORG-30)."""

    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


class Revoked(Event):
    """Something is no longer allowed, from now on, for all that is named here.

    One record per change, however many people it touches: a session, sessions of a user,
    a user everywhere, a user in one company or organization, or all of one of these.
    `topic`, `name` are set by the two services that revoke.
    """

    key: ClassVar[str] = "scope"
    audited: ClassVar[bool] = False

    scope: str
    session_ids: tuple[UUID, ...] = ()
    user_ids: tuple[UUID, ...] = ()
    company_id: UUID | None = None
    organization_id: UUID | None = None
