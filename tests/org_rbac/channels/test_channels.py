"""Webhooks, Slack and Teams of an organization: told, tried again, given up, audited."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from aiokafka import AIOKafkaProducer
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from tests.org_rbac.conftest import Firm
from tests.org_rbac.notices.conftest import Publisher, a_notice

from finops_common.acting import Acting
from finops_common.contracts.commitments import CommitmentNotice
from finops_common.db.scopes import SYSTEM
from finops_common.events.relay import kafka_producer
from finops_common.ids import new_id
from finops_common.testing.services import House, reserved_socket, serving
from finops_org_rbac.channels.domain import MOST, signature
from finops_sandbox.stack import Stack


@dataclass
class Receiver:
    """A customer's server; answers with the first of `answers` as long as there is one."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    heard: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    async def hear(self, request: Request) -> Response:
        self.heard.append((request.url.path, dict(request.headers), await request.body()))
        status = self.answers.pop(0) if self.answers else 200
        return Response(status_code=status, headers={"location": "/elsewhere"})

    async def calls(self, least: int) -> list[tuple[str, dict[str, str], bytes]]:
        for _ in range(600):
            if len(self.heard) >= least:
                return self.heard
            await asyncio.sleep(0.05)
        raise AssertionError(f"{len(self.heard)} of {least} calls")


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    app = Starlette(routes=[Route("/{name}", made.hear, methods=["POST"])])
    async with serving(app, reserved_socket()) as url:
        made.url = url
        yield made


@pytest.fixture
async def publisher(people: House, stack: Stack, topic_prefix: str) -> AsyncIterator[Publisher]:
    producer: AIOKafkaProducer = kafka_producer(stack.kafka_brokers or "")
    await producer.start()
    yield Publisher(producer, topic_prefix + CommitmentNotice.topic.name)
    await producer.stop()


def path(firm: Firm) -> str:
    return f"/org-rbac/v1/organizations/{firm.platform}/notice-channels"


def a_channel(receiver: Receiver, kind: str = "webhook", **values: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    usual = {"kind": kind, "name": kind, "url": f"{receiver.url}/{kind}"}
    return usual | {"categories": ["commitments"]} | values


async def failing(firm: Firm, least: int) -> dict[str, Any]:
    """The firm's only channel once so many notices failed to get there."""
    for _ in range(400):
        (channel,) = (await firm.ada.get(path(firm)))["items"]
        if channel["failing"] >= least:
            return dict(channel)
        await asyncio.sleep(0.05)
    raise AssertionError("nothing failed")


@pytest.mark.req("ORG-40", part="webhook (signed, retried), Slack and Teams by incoming webhook")
async def test_channels_are_told_signed_and_again_when_they_did_not_take_it(
    firm: Firm, publisher: Publisher, receiver: Receiver
) -> None:
    made = await firm.ada.post(path(firm), a_channel(receiver))
    for kind in ("slack", "teams"):
        await firm.ada.post(path(firm), a_channel(receiver, kind))
    await firm.ada.post(path(firm), a_channel(receiver, name="n", severity="critical"))
    await firm.ada.post(path(firm), a_channel(receiver, name="m", categories=["money"]))
    receiver.answers = [500, 302]

    await publisher.raises(a_notice(firm))
    heard = await receiver.calls(5)
    await asyncio.sleep(0.5)

    assert sorted({at for at, _, _ in heard}) == ["/slack", "/teams", "/webhook"]
    assert len(heard) == 5
    own = [(headers, body) for at, headers, body in heard if at == "/webhook"]
    assert len({body for _, body in own}) == len({h["webhook-id"] for h, _ in own}) == 1
    headers, body = own[-1]
    at = int(headers["webhook-timestamp"])
    again = signature(
        made["secret"], UUID(headers["webhook-id"]), datetime.fromtimestamp(at, UTC), body
    )
    assert again["webhook-signature"] == headers["webhook-signature"]
    assert {each["failing"] for each in (await firm.ada.get(path(firm)))["items"]} == {0}


@pytest.mark.req("COM-31", part="to chosen recipients: channels")
async def test_a_notice_that_names_channels_is_told_there_and_nowhere_else(
    firm: Firm, publisher: Publisher, receiver: Receiver
) -> None:
    await firm.ada.post(path(firm), a_channel(receiver))
    quiet = a_channel(receiver, kind="slack", severity="critical", categories=["money"])
    chosen = await firm.ada.post(path(firm), quiet)

    await publisher.raises(a_notice(firm, channel_ids=()))
    await publisher.raises(a_notice(firm, channel_ids=(UUID(chosen["id"]), new_id())))
    await receiver.calls(1)
    await asyncio.sleep(0.5)

    assert [at for at, _, _ in receiver.heard] == ["/slack"]


@pytest.mark.req("ORG-41", part="failures of channels are shown to Owners")
async def test_an_address_that_is_gone_is_given_up_and_shown(
    firm: Firm, publisher: Publisher, receiver: Receiver
) -> None:
    await firm.ada.post(path(firm), a_channel(receiver))
    receiver.answers = [410]

    await publisher.raises(a_notice(firm))
    channel = await failing(firm, 1)

    assert (channel["failing"], channel["last_failure"]) == (1, "gone (410)")
    await firm.ada.ask("DELETE", f"{path(firm)}/{channel['id']}", expect=204)
    await publisher.raises(a_notice(firm))
    assert (await firm.ada.get(path(firm)))["items"] == []
    assert len(receiver.heard) == 1


@pytest.mark.req("ORG-40", part="channels are an Owner's")
@pytest.mark.req("PRIV-6", part="webhook addresses and secrets")
async def test_channels_are_an_owners_sealed_and_never_more_than_twenty(
    firm: Firm, receiver: Receiver, people: House
) -> None:
    key = {"Idempotency-Key": "one intent"}
    first = await firm.ada.post(path(firm), a_channel(receiver), **key)
    again = await firm.ada.post(path(firm), a_channel(receiver), **key)
    for method in ("GET", "POST"):
        refused = await firm.bob.ask(method, path(firm), a_channel(receiver))
        assert refused.status_code == 403
    wrong = await firm.ada.ask("POST", path(firm), a_channel(receiver, url="ftp://x.test/"))
    for _ in range(MOST - 2):
        await firm.ada.post(path(firm), a_channel(receiver))
    asked = (firm.ada.ask("POST", path(firm), a_channel(receiver)) for _ in range(3))
    answers = sorted([each.status_code for each in await asyncio.gather(*asked)])

    assert first == again
    assert first["secret"].startswith("whsec_")
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "body.url")
    assert answers == [201, 409, 409]
    listed = (await firm.ada.get(path(firm)))["items"]
    assert "secret" not in listed[0]
    assert "url" not in listed[0]
    database = people.running["org-rbac"].database
    async with database.transaction(Acting(SYSTEM)) as tx:
        kept = await tx.scalar(text("SELECT string_agg(c::text, ' ') FROM notice_channels c"))
    assert receiver.url.encode().hex() not in kept
    assert f"{receiver.url}/webhook" not in kept
