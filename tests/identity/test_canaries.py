"""Planted secrets and addresses: sent through every route, found nowhere they must not be."""

import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg
import httpx
import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import select
from tests.identity.conftest import Person, Process, Topics, app_of

from finops_common.acting import Acting
from finops_common.contracts.identity import SESSION, USER
from finops_common.db.scopes import SYSTEM
from finops_common.testing.services import Running
from finops_identity.keys.tables import signing_keys
from finops_sandbox.stack import Stack

METHODS = ("get", "post", "put", "patch", "delete")
_OWNER = UUID(int=0)


@dataclass
class Canaries:
    """What stands in requests and must not come out again."""

    password: str = field(default_factory=lambda: f"canary-{secrets.token_hex(8)}-password")
    token: str = field(default_factory=lambda: f"canary-{secrets.token_hex(8)}-token")
    email: str = field(default_factory=lambda: f"canary-{secrets.token_hex(8)}@example.com")
    name: str = field(default_factory=lambda: f"Canary {secrets.token_hex(8)}")
    given: list[str] = field(default_factory=list)
    """Tokens that identity itself has made for us."""

    def fill(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A body with a canary in every text field of `schema`."""
        return {name: self._value(name) for name in schema.get("properties", {})}

    def secret(self) -> list[str]:
        return [self.password, self.token, *self.given]

    def all(self) -> list[str]:
        return [*self.secret(), self.email, self.name]

    def _value(self, name: str) -> object:
        if name in {"marketing", "cookie"}:
            return False
        known = {"phone": "+82 10 1234 5678", "language": "en"}
        for part in ("email", "password", "token"):
            if part in name:
                return getattr(self, part)
        return known.get(name, self.name)


@pytest.mark.req("PRIV-7", part="identity")
@pytest.mark.req("ID-50", part="nothing secret is echoed or logged")
async def test_no_canary_leaves_by_logs_metrics_problems_or_topics(
    somebody: Person, process: Process, topics: Topics, identity: Running, stack: Stack
) -> None:
    canaries = Canaries()
    visitor = somebody.elsewhere(identity=process.url, email=canaries.email)
    visitor.password = canaries.password
    refusals = await _live_through_everything(visitor, canaries)
    await _ask_every_route(visitor, canaries, refusals)
    await visitor.mails("Your password was changed")

    logs = process.log.read_text()
    metrics = (await visitor.http.get(f"{process.url}/metrics")).text
    assert logs.count('"event": "answered"') > 30
    for canary in canaries.all():
        assert canary not in logs
        assert canary not in metrics
    for refusal in refusals:
        assert not [canary for canary in canaries.all() if canary in refusal.text], refusal.text
    await _nothing_secret_published(topics, canaries)
    await _nothing_secret_stored(identity, stack, canaries)


async def _live_through_everything(visitor: Person, canaries: Canaries) -> list[httpx.Response]:
    """A whole life of an account; the refusals it met."""
    await visitor.sign_up(full_name=canaries.name)
    link = await visitor.link("Confirm")
    refusals = [
        await visitor.log_in(password=canaries.token),
        await visitor.ask("PUT", "/password-resets", {"token": link, "password": canaries.name}),
    ]
    await visitor.ask("POST", "/email-verifications", {"token": link})
    await visitor.log_in()
    spent = dict(visitor.tokens)
    await visitor.refresh()
    old, visitor.password = visitor.password, f"{canaries.password} again"
    body = {"old_password": old, "new_password": visitor.password}
    await visitor.ask("PUT", "/me/password", body)
    await visitor.ask("POST", "/password-resets", {"email": canaries.email})
    reset = await visitor.link("Set a new password")
    refusals.append(await visitor.refresh(spent["refresh_token"]))
    await visitor.log_in()
    for tokens in (spent, visitor.tokens):
        canaries.given += [
            str(tokens[n]) for n in ("access_token", "refresh_token", "device_token")
        ]
    canaries.given += [link, reset]
    return refusals


async def _ask_every_route(
    visitor: Person, canaries: Canaries, refusals: list[httpx.Response]
) -> None:
    document = (await visitor.http.get(f"{visitor.identity}/identity/v1/openapi.json")).json()
    for path, operations in document["paths"].items():
        for method in set(METHODS) & operations.keys():
            content = operations[method].get("requestBody", {}).get("content", {})
            reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
            schema = document["components"]["schemas"].get(reference.rpartition("/")[2], {})
            url = path.removeprefix("/identity/v1").replace("{session_id}", canaries.token)
            whole = canaries.fill(schema)
            for body in (whole, whole | {"extra": canaries.token}, list(whole.values())):
                for bearer in (f"Bearer {canaries.token}", canaries.password, None):
                    headers = {} if bearer is None else {"Authorization": bearer}
                    answer = await visitor.ask(
                        method.upper(), f"{url}?token={canaries.token}", body, **headers
                    )
                    assert answer.status_code != 500, (method, path)
                    if answer.status_code >= 400:
                        refusals.append(answer)


async def _nothing_secret_published(topics: Topics, canaries: Canaries) -> None:
    for _ in range(100):
        records = await topics.read()
        if any(canaries.email.encode() in record.value for record in records):
            break
    else:
        raise AssertionError("the address is in no event: nothing was looked at")
    for record in records:
        whole = record.value + b"".join(value for _, value in record.headers)
        assert not [canary for canary in canaries.secret() if canary.encode() in whole]
        if not record.topic.endswith(USER.name):
            assert canaries.email.encode() not in whole
            assert canaries.name.encode() not in whole
    assert (USER.retention_days, SESSION.retention_days) == (7, 7)


async def _nothing_secret_stored(identity: Running, stack: Stack, canaries: Canaries) -> None:
    connection = await asyncpg.connect(_as_superuser(identity, stack))
    try:
        tables = await connection.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        )
        for (table,) in tables:
            rows = await connection.fetch(f'SELECT t::text FROM "{table}" t')  # noqa: S608 - our own tables
            for (row,) in rows:
                assert not [canary for canary in canaries.secret() if canary in row], table
    finally:
        await connection.close()


def _as_superuser(identity: Running, stack: Stack) -> str:
    admin = urlsplit(stack.postgres_url or "")
    return urlunsplit(admin._replace(path=f"/{identity.stored.name}"))


@pytest.mark.req("PRIV-6", part="signing keys, bound to their row")
async def test_signing_keys_are_sealed_and_open_in_their_own_row_only(
    ada: Person, identity: Running
) -> None:
    keys = app_of(identity).state.wiring.keys
    await keys.rotate(force=True)

    async with identity.database.transaction(Acting(SYSTEM)) as tx:
        rows = await tx.all(select(signing_keys).order_by(signing_keys.c.signs_from.desc()))
        newest, oldest = rows[0], rows[-1]
        sealer, owner = app_of(identity).state.essentials.sealer, _OWNER
        opened = await sealer.open(tx, owner, f"signing_keys/{newest.kid}", newest.sealed_private)
        with pytest.raises(InvalidTag):
            await sealer.open(tx, owner, f"signing_keys/{oldest.kid}", newest.sealed_private)

    assert b'"d":' in opened
    assert opened not in newest.sealed_private
    assert "d" not in newest.public
