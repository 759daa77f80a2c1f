"""What an access token says, and how long it lives."""

from datetime import timedelta

from finops_common.auth.tokens import ACCESS_TOKEN_LIFE, AUDIENCE
from finops_common.clock import Clock
from finops_identity.accounts.domain import Account
from finops_identity.keys.service import SigningKeys
from finops_identity.sessions.domain import AccessToken, Session


class AccessTokens:
    """Issues the JWTs that every service verifies; none outlives its session."""

    def __init__(self, keys: SigningKeys, idle: timedelta, clock: Clock) -> None:
        self._keys = keys
        self._idle = idle
        self._clock = clock

    async def issue(self, session: Session, account: Account) -> AccessToken:
        """A signed token: who, in which session, how and when authenticated."""
        now = self._clock()
        life = min(ACCESS_TOKEN_LIFE, self._idle, session.expires_at - now)
        claims: dict[str, object] = {
            "iss": "finops-identity",
            "aud": AUDIENCE,
            "sub": str(account.id),
            "sid": str(session.id),
            "amr": ["pwd"],
            "auth_time": int(session.authenticated_at.timestamp()),
            "email_verified": account.email_verified,
            "iat": int(now.timestamp()),
            "exp": int((now + life).timestamp()),
        }
        return AccessToken(await self._keys.sign(claims, now), int(life.total_seconds()))
