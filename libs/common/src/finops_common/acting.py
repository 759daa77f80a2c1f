"""Who acts, from where, on whose rows: what a transaction and its events need to know."""

from dataclasses import dataclass, field, replace
from typing import Literal, Protocol
from uuid import UUID

from finops_common.db.scopes import SYSTEM, Scope
from finops_common.ids import new_id

ActorKind = Literal["user", "api_key", "service", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it; `id` is a person's or key's UUID, or the name of a service."""

    kind: ActorKind
    id: str


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request or event came from, carried into every event it causes."""

    request_id: str
    actor: Actor | None = None
    traceparent: str | None = None
    client_ip: str | None = None
    user_agent: str | None = None

    def by_user(self, user_id: UUID) -> "Origin":
        """The same origin once it is known who acts."""
        return replace(self, actor=Actor("user", str(user_id)))


class Acts(Protocol):
    """What `Database.transaction` takes: a Caller, or Acting below."""

    @property
    def scope(self) -> Scope: ...
    @property
    def origin(self) -> Origin: ...


@dataclass(frozen=True, slots=True)
class Acting:
    """A scope and an origin where there is no Caller: log-in, jobs, event handlers."""

    scope: Scope
    origin: Origin = field(default_factory=lambda: Origin(f"job-{new_id()}"))


def system(origin: Origin) -> Acting:
    """Act on everybody's rows; see `scopes.SYSTEM` for when that is right."""
    return Acting(SYSTEM, origin)
