"""Notices raised as another service raises them, and the inboxes they end in."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from aiokafka import AIOKafkaProducer
from tests.org_rbac.conftest import Firm

from finops_common.acting import Acting, Origin
from finops_common.clock import utc_now
from finops_common.contracts.commitments import CommitmentNotice
from finops_common.db import scopes
from finops_common.db.transaction import Database
from finops_common.events.envelope import Envelope, envelope, to_record
from finops_common.events.relay import kafka_producer
from finops_common.ids import new_id
from finops_common.testing.services import House
from finops_sandbox.stack import Stack
from finops_sandbox.visitor import Visitor

INBOX = "/org-rbac/v1/me/notices"
FACTS = {"days": "7", "commitment_id": "sp-1", "currency": "USD"}


def a_notice(firm: Firm, **values: Any) -> CommitmentNotice:  # noqa: ANN401 - fields of a notice
    """Of the firm's organization Platform, for everybody who may see commitments."""
    usual: dict[str, Any] = {
        "notice_id": new_id(),
        "company_id": UUID(firm.company),
        "organization_id": UUID(firm.platform),
        "category": "commitments",
        "kind": "commitment.expiring",
        "about": "sp-1",
        "severity": "warning",
        "permission": "commitments:view",
        "facts": FACTS,
        "link": "/commitments/sp-1",
    }
    return CommitmentNotice(**usual | values)


def wrapped(notice: CommitmentNotice) -> Envelope[CommitmentNotice]:
    """An event of its own about this notice."""
    return envelope(
        notice,
        source="/commitments",
        time=utc_now(),
        origin=Origin("test"),
        company_id=notice.company_id,
        organization_id=notice.organization_id,
    )


def acting(firm: Firm) -> Acting:
    """As the consumer acts for the firm's organization."""
    return Acting(scopes.organization(UUID(firm.company), UUID(firm.platform)))


@dataclass
class Publisher:
    """Raises notices as commitments does."""

    producer: AIOKafkaProducer
    topic: str

    async def raises(self, *notices: CommitmentNotice) -> None:
        for notice in notices:
            await self.sends(wrapped(notice))

    async def sends(self, message: Envelope[CommitmentNotice]) -> None:
        headers, value = to_record(message)
        encoded = [(name, text.encode()) for name, text in headers.items()]
        key = message.subject.encode()
        await self.producer.send_and_wait(self.topic, value, key=key, headers=encoded)


@pytest.fixture
async def publisher(people: House, stack: Stack, topic_prefix: str) -> AsyncIterator[Publisher]:
    producer = kafka_producer(stack.kafka_brokers or "")
    await producer.start()
    yield Publisher(producer, topic_prefix + CommitmentNotice.topic.name)
    await producer.stop()


@pytest.fixture
def database(people: House) -> Database:
    """org-rbac's, under its own role."""
    return people.running["org-rbac"].database


async def inbox(reader: Visitor, query: str = "") -> list[dict[str, Any]]:
    """What stands in somebody's inbox, newest first."""
    items: list[dict[str, Any]] = (await reader.get(f"{INBOX}?{query}"))["items"]
    return items


async def told(reader: Visitor, kind: str, least: int = 1) -> list[dict[str, Any]]:
    """What somebody was told of a kind, once there are `least`."""
    for _ in range(400):
        found = [each for each in await inbox(reader) if each["kind"] == kind]
        if len(found) >= least:
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(f"{reader.name} was not told of {kind}")
