"""Whoever is asked about people: identity and org-rbac as far as access needs them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey

from finops_common.acting import Origin
from finops_common.auth.access import Access
from finops_common.auth.caller import Caller
from finops_common.auth.tokens import PublicKeys, TokenVerifier
from finops_common.contracts.access import EffectiveAccess, Question
from finops_common.errors.problem import Unavailable

ORIGIN = Origin("request-1")


class Instant:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Authority:
    """Answers what it is told to; counts who asked, and can be down."""

    clock: Callable[[], datetime]
    company: UUID = field(default_factory=uuid4)
    organization: UUID = field(default_factory=uuid4)
    permissions: frozenset[str] = frozenset({"usage:view", "billing:edit"})
    status: str = "active"
    down: bool = False
    silent: bool = False
    asked: list[Question] = field(default_factory=list)
    sessions_asked: int = 0
    ended: set[UUID] = field(default_factory=set)
    meanwhile: Callable[[], None] = lambda: None
    key: OKPKey = field(
        default_factory=lambda: OKPKey.generate_key("Ed25519", parameters={"kid": "k1"})
    )

    async def effective(self, question: Question) -> EffectiveAccess:
        """As org-rbac would."""
        self.asked.append(question)
        if self.down:
            raise Unavailable
        answer = EffectiveAccess.model_validate(
            {
                "company_id": self.company
                if question.company_id or question.organization_id
                else None,
                "organization_id": question.organization_id,
                "status": self.status,
                "permissions": self.permissions,
            }
        )
        self.meanwhile()
        return answer

    async def active(self, session_id: UUID) -> bool:
        """As identity would."""
        self.sessions_asked += 1
        if self.down:
            raise Unavailable
        return session_id not in self.ended

    async def published(self) -> KeySet:
        return KeySet([self.key])

    def access(self) -> Access:
        """What one api process would hold."""
        return Access(
            TokenVerifier(PublicKeys(self.published, self.clock), self.clock),
            self,
            self,
            lambda: self.silent,
            self.clock,
        )

    def token(self, user: UUID, session: UUID, *, verified: bool = True) -> str:
        now = int(self.clock().timestamp())
        payload = {
            "iss": "finops-identity",
            "aud": "finops",
            "sub": str(user),
            "sid": str(session),
            "auth_time": now,
            "amr": ["pwd"],
            "email_verified": verified,
            "exp": now + 600,
        }
        header = {"alg": "EdDSA", "kid": self.key.kid}
        return jwt.encode(header, payload, self.key, algorithms=["EdDSA"])

    async def enter(
        self, access: Access, token: str, permission: str = "usage:view", **tenant: UUID
    ) -> Caller:
        """One request to a route of the organization, unless `tenant` says otherwise."""
        place = tenant or {"organization_id": self.organization}
        return await access.caller(token, permission, ORIGIN, **place)
