"""The two streams that say what is no longer allowed; read by every api process (PLAT-30)."""

from typing import ClassVar

from finops_common.events.contract import Event, Revoked, Topic

IDENTITY_REVOCATION = Topic(
    "identity.revocation", "sessions, keys and users that ended; a heartbeat", 1, retention_days=1
)
ORG_RBAC_REVOCATION = Topic(
    "org-rbac.revocation",
    "access taken from users and organizations; a heartbeat",
    1,
    retention_days=1,
)


class IdentityRevoked(Revoked):
    """Sessions of a user ended."""

    topic: ClassVar[Topic] = IDENTITY_REVOCATION
    name: ClassVar[str] = "revoked"


class AccessRevoked(Revoked):
    """A user, or everybody in a company or organization, may do less than before."""

    topic: ClassVar[Topic] = ORG_RBAC_REVOCATION
    name: ClassVar[str] = "revoked"


STREAMS: tuple[type[Revoked], ...] = (IdentityRevoked, AccessRevoked)
EVENTS: tuple[type[Event], ...] = STREAMS
