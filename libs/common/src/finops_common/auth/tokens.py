"""Reading tokens: access tokens of people, and the 60-second tokens of services."""

import asyncio
import base64
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from finops_common.clock import Clock
from finops_common.errors.problem import Unauthenticated

ALGORITHM = "EdDSA"
AUDIENCE = "finops"
ACCESS_TOKEN_LIFE = timedelta(minutes=10)
LEEWAY = timedelta(seconds=30)
SERVICE_TOKEN_LIFE = timedelta(seconds=60)
_REMEMBERED = 20_000
_REFETCH = timedelta(seconds=5)
_REFRESH = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified access token says."""

    user_id: UUID
    session_id: UUID
    authenticated_at: datetime
    methods: tuple[str, ...]
    email_verified: bool
    expires_at: datetime


class PublicKeys:
    """identity's public keys, fetched when first needed and every 5 minutes.

    For an unknown `kid` at most every 5 seconds, and never twice at once, so that
    nobody can make us fetch without end. A clock set back makes them be fetched.
    """

    def __init__(self, fetch: Callable[[], Awaitable[KeySet]], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: dict[str, OKPKey] = {}
        self._fetched: datetime | None = None
        self._fetching: asyncio.Task[None] | None = None

    async def get(self, kid: str) -> OKPKey | None:
        if self._due(_REFRESH if kid in self._keys else _REFETCH):
            if self._fetching is None or self._fetching.done():
                self._fetching = asyncio.create_task(self._refresh())
            # Shielded: one caller who goes away must not end it for the others.
            await asyncio.shield(self._fetching)
        return self._keys.get(kid)

    def _due(self, after: timedelta) -> bool:
        if self._fetched is None:
            return True
        return not timedelta(0) <= self._clock() - self._fetched < after

    async def _refresh(self) -> None:
        found = await self._fetch()
        self._keys = {key.kid or "": key for key in found.keys if isinstance(key, OKPKey)}
        self._fetched = self._clock()


class TokenVerifier:
    """Verifies access tokens; remembers by hash what it has verified until it expires."""

    def __init__(self, keys: PublicKeys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock
        self._verified: OrderedDict[bytes, Claims] = OrderedDict()

    async def claims(self, token: str) -> Claims:
        """The claims of `token`.

        Raises:
            Unauthenticated: wrong signature, algorithm, key, issuer, audience or time.
        """
        digest = hashlib.sha256(token.encode()).digest()
        claims = self._verified.get(digest)
        if claims is None:
            claims = await self._verify(token)
            self._verified[digest] = claims
            if len(self._verified) > _REMEMBERED:
                self._verified.popitem(last=False)
        if claims.expires_at + LEEWAY < self._clock():
            raise Unauthenticated
        return claims

    async def _verify(self, token: str) -> Claims:
        key = await self._keys.get(_kid(token))
        if key is None:
            raise Unauthenticated
        try:
            found = jwt.decode(token, key, algorithms=[ALGORITHM]).claims
            if found["iss"] != "finops-identity" or found["aud"] != AUDIENCE:
                raise Unauthenticated
            return Claims(
                user_id=UUID(found["sub"]),
                session_id=UUID(found["sid"]),
                authenticated_at=datetime.fromtimestamp(found["auth_time"], UTC),
                methods=tuple(found["amr"]),
                email_verified=found["email_verified"] is True,
                expires_at=datetime.fromtimestamp(found["exp"], UTC),
            )
        except (JoseError, KeyError, ValueError, TypeError) as error:
            raise Unauthenticated from error


def _kid(token: str) -> str:
    try:
        header = token.split(".", 1)[0]
        return str(orjson.loads(_decode_segment(header))["kid"])
    except (ValueError, KeyError, TypeError):
        raise Unauthenticated from None


def _decode_segment(segment: str) -> bytes:

    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


class ServiceTokens:
    """Signs and reads the tokens of calls between services (EdDSA, 60 s, one audience)."""

    def __init__(self, service: str, private_jwk: str, public_jwks: str, clock: Clock) -> None:
        self._service = service
        self._key = OKPKey.import_key(orjson.loads(private_jwk))
        keys = KeySet.import_key_set(orjson.loads(public_jwks))
        self._public = {key.kid: key for key in keys.keys}
        self._clock = clock

    def sign(self, callee: str) -> str:
        """A token only `callee` takes, for the next minute."""
        now = self._clock()
        claims = {
            "iss": self._service,
            "aud": callee,
            "iat": int(now.timestamp()),
            "exp": int((now + SERVICE_TOKEN_LIFE).timestamp()),
        }
        header = {"alg": ALGORITHM, "kid": self._service, "typ": "service+jwt"}
        return jwt.encode(header, claims, self._key, algorithms=[ALGORITHM])

    def caller(self, token: str) -> str:
        """The service that signed `token` for this one.

        Raises:
            Unauthenticated: any other token, a person's included.
        """
        key = self._public.get(_kid(token))
        if key is None:
            raise Unauthenticated
        try:
            read = jwt.decode(token, key, algorithms=[ALGORITHM])
            now = self._clock().timestamp()
            claims = read.claims
            fresh = claims["iat"] - 5 <= now <= claims["exp"] <= claims["iat"] + 60
            if (
                read.header.get("typ") != "service+jwt"
                or claims["aud"] != self._service
                or not fresh
            ):
                raise Unauthenticated
            if claims["iss"] != key.kid:
                raise Unauthenticated
            return str(claims["iss"])
        except (JoseError, KeyError, ValueError, TypeError) as error:
            raise Unauthenticated from error
