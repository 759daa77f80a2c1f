"""Which tokens are believed: only those of the right key, kind, audience and time."""

import asyncio
import base64
import hmac
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey

from finops_common.auth.tokens import PublicKeys, ServiceTokens, TokenVerifier
from finops_common.errors.problem import Unauthenticated

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
KEY = OKPKey.generate_key("Ed25519", parameters={"kid": "k1"})
NEXT = OKPKey.generate_key("Ed25519", parameters={"kid": "k2"})
SERVICE_KEYS = {
    name: OKPKey.generate_key("Ed25519", parameters={"kid": name})
    for name in ("billing", "org-rbac")
}
JWKS = orjson.dumps(KeySet(list(SERVICE_KEYS.values())).as_dict(private=False)).decode()


class Instant:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Instant:
    return Instant()


def claims(**changes: object) -> dict[str, Any]:
    found = {
        "iss": "finops-identity",
        "aud": "finops",
        "sub": str(uuid4()),
        "sid": str(uuid4()),
        "auth_time": int(NOW.timestamp()),
        "amr": ["pwd"],
        "email_verified": True,
        "exp": int((NOW + timedelta(minutes=10)).timestamp()),
    }
    return {name: value for name, value in (found | changes).items() if value is not None}


def signed(payload: dict[str, Any], key: OKPKey = KEY, **header: object) -> str:
    return jwt.encode({"alg": "EdDSA", "kid": key.kid} | header, payload, key, algorithms=["EdDSA"])


def verifier(clock: Instant, *keys: OKPKey) -> TokenVerifier:
    async def fetch() -> KeySet:
        return KeySet(list(keys or (KEY,)))

    return TokenVerifier(PublicKeys(fetch, clock), clock)


def _segment(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def unsigned() -> str:
    header = _segment(orjson.dumps({"alg": "none", "kid": "k1"}))
    return f"{header}.{_segment(orjson.dumps(claims()))}."


def hmac_by_public_key(secret: bytes) -> str:
    header = _segment(orjson.dumps({"alg": "HS256", "kid": "k1"}))
    body = f"{header}.{_segment(orjson.dumps(claims()))}"
    return f"{body}.{_segment(hmac.digest(secret, body.encode(), 'sha256'))}"


def tampered() -> str:
    header, _, signature = signed(claims()).split(".")
    return f"{header}.{_segment(orjson.dumps(claims(sub=str(uuid4()))))}.{signature}"


ATTACKS: dict[str, Callable[[], str]] = {
    "none": unsigned,
    "hmac with the raw public key": lambda: hmac_by_public_key(
        base64.urlsafe_b64decode(str(KEY.as_dict(private=False)["x"]) + "=")
    ),
    "hmac with the public PEM": lambda: hmac_by_public_key(KEY.as_pem(private=False)),
    "unknown kid": lambda: signed(claims(), NEXT),
    "another key under a known kid": lambda: signed(claims(), NEXT, kid="k1"),
    "wrong audience": lambda: signed(claims(aud="billing")),
    "audience among others": lambda: signed(claims(aud=["finops", "billing"])),
    "wrong issuer": lambda: signed(claims(iss="billing")),
    "expired": lambda: signed(claims(exp=int((NOW - timedelta(seconds=31)).timestamp()))),
    "no expiry": lambda: signed(claims(exp=None)),
    "no session": lambda: signed(claims(sid=None)),
    "no subject": lambda: signed(claims(sub="root")),
    "tampered": tampered,
    "a service's token": lambda: service_tokens("billing", Instant()).sign("finops"),
    "no token": lambda: "",
    "dots": lambda: "..",
    "not base64": lambda: "ü.ü.ü",
    "a list for a header": lambda: f"{_segment(b'[]')}.{_segment(b'{}')}.x",
}


@pytest.mark.parametrize("attack", ATTACKS)
async def test_no_other_token_passes_for_an_access_token(attack: str, clock: Instant) -> None:
    with pytest.raises(Unauthenticated):
        await verifier(clock).claims(ATTACKS[attack]())


async def test_a_good_token_says_who_it_is_until_it_expires(clock: Instant) -> None:
    payload, checks = claims(), verifier(clock)
    token = signed(payload)

    found = await checks.claims(token)
    clock.now += timedelta(minutes=10, seconds=31)

    assert str(found.user_id) == payload["sub"]
    with pytest.raises(Unauthenticated):
        await checks.claims(token)


async def test_an_unverified_address_is_not_verified_by_a_text_that_looks_true(
    clock: Instant,
) -> None:
    found = await verifier(clock).claims(signed(claims(email_verified="true")))

    assert not found.email_verified


async def test_both_keys_verify_while_one_replaces_the_other(clock: Instant) -> None:
    checks = verifier(clock, KEY, NEXT)

    await checks.claims(signed(claims()))
    await checks.claims(signed(claims(), NEXT))


async def test_a_key_that_appears_later_is_fetched(clock: Instant) -> None:
    published = [KEY]

    async def fetch() -> KeySet:
        return KeySet(list(published))

    checks = TokenVerifier(PublicKeys(fetch, clock), clock)
    await checks.claims(signed(claims()))
    published.append(NEXT)
    clock.now += timedelta(seconds=5)

    await checks.claims(signed(claims(), NEXT))


async def test_a_clock_that_is_set_back_hides_no_key(clock: Instant) -> None:
    published = [KEY]

    async def fetch() -> KeySet:
        return KeySet(list(published))

    checks = TokenVerifier(PublicKeys(fetch, clock), clock)
    await checks.claims(signed(claims()))
    published.append(NEXT)
    clock.now -= timedelta(minutes=5)

    await checks.claims(signed(claims(), NEXT))


async def test_nobody_can_make_us_fetch_keys_without_end(clock: Instant) -> None:
    fetched = 0

    async def fetch() -> KeySet:
        nonlocal fetched
        fetched += 1
        await asyncio.sleep(0.01)
        return KeySet([KEY])

    checks = TokenVerifier(PublicKeys(fetch, clock), clock)
    stranger = signed(claims(), NEXT)
    refused = await asyncio.gather(
        *(checks.claims(stranger) for _ in range(50)), return_exceptions=True
    )
    refused += await asyncio.gather(
        *(checks.claims(stranger) for _ in range(50)), return_exceptions=True
    )

    assert {type(error) for error in refused} == {Unauthenticated}
    assert fetched == 1


def service_tokens(service: str, clock: Instant) -> ServiceTokens:
    private = orjson.dumps(SERVICE_KEYS[service].as_dict(private=True)).decode()
    return ServiceTokens(service, private, JWKS, clock)


def forged(clock: Instant, **changes: object) -> str:
    now = int(clock().timestamp())
    payload = {"iss": "billing", "aud": "org-rbac", "iat": now, "exp": now + 60} | changes
    return jwt.encode(
        {"alg": "EdDSA", "kid": "billing", "typ": changes.pop("typ", "service+jwt")},
        payload,
        SERVICE_KEYS["billing"],
        algorithms=["EdDSA"],
    )


def test_a_service_is_known_by_its_token_for_a_minute(clock: Instant) -> None:
    token = service_tokens("billing", clock).sign("org-rbac")
    callee = service_tokens("org-rbac", clock)

    caller = callee.caller(token)
    clock.now += timedelta(seconds=61)

    assert caller == "billing"
    with pytest.raises(Unauthenticated):
        callee.caller(token)


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "identity"},
        {"aud": ["org-rbac"]},
        {"iss": "org-rbac"},
        {"exp": int(NOW.timestamp()) + 3600},
        {"iat": int(NOW.timestamp()) + 30},
        {"iat": None},
        {"typ": "JWT"},
    ],
    ids=str,
)
def test_a_service_token_for_another_or_too_long_is_refused(
    changes: dict[str, Any], clock: Instant
) -> None:
    with pytest.raises(Unauthenticated):
        service_tokens("org-rbac", clock).caller(forged(clock, **changes))


@pytest.mark.parametrize("attack", [signed(claims()), unsigned(), "", "a.b.c"])
def test_a_persons_token_opens_no_internal_route(attack: str, clock: Instant) -> None:
    with pytest.raises(Unauthenticated):
        service_tokens("org-rbac", clock).caller(attack)
