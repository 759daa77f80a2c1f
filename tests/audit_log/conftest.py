"""audit-log, running, and what is published for it to record."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from aiokafka import AIOKafkaProducer
from sqlalchemy import select

from finops_audit_log.entries.sealing import PersonalSealer
from finops_audit_log.entries.tables import entries
from finops_common.acting import Acting, Actor, Origin
from finops_common.db.scopes import SYSTEM
from finops_common.db.transaction import Database
from finops_common.events.contract import Event
from finops_common.events.envelope import Envelope, Outcome, envelope, to_record
from finops_common.events.relay import kafka_producer
from finops_common.ids import new_id
from finops_common.testing.services import House, Running
from finops_sandbox.stack import Stack

Wrap = Callable[..., Envelope[Any]]
Publish = Callable[..., Awaitable[UUID]]
PublishRaw = Callable[[str, str, bytes, Mapping[str, str]], Awaitable[None]]
Recorded = Callable[..., Awaitable[list[Any]]]


@pytest.fixture(scope="session")
async def audit_log(house: House) -> Running:
    """The service, running by itself: recording needs nobody else."""
    from finops_audit_log.main import SERVICE  # noqa: PLC0415 - as tests/conftest.py does

    return await house.start(SERVICE)


@pytest.fixture(scope="session")
def database(audit_log: Running) -> Database:
    """Its database, under the service's own role."""
    return audit_log.database


@pytest.fixture(scope="session")
def sealer(keys: dict[str, str]) -> PersonalSealer:
    """Opens and seals with the keys the service has."""
    return PersonalSealer(keys["FINOPS_SEALING_KEYS"])


@pytest.fixture(scope="session")
def wrap() -> Wrap:
    """An event in the envelope its service would have given it."""

    def make(
        event: Event,
        by: UUID | None = None,
        at: datetime | None = None,
        ip: str = "198.51.100.7",
        reason: str | None = None,
        outcome: Outcome = "success",
    ) -> Envelope[Any]:
        actor = Actor("user", str(by)) if by else None
        return envelope(
            event,
            source=f"/{event.topic.service}",
            time=at or datetime.now(UTC),
            origin=Origin(f"r-{new_id()}", actor, client_ip=ip, user_agent="Browser/1.0"),
            company_id=getattr(event, "company_id", None),
            organization_id=getattr(event, "organization_id", None),
            reason=reason,
            outcome=outcome,
        )

    return make


@pytest.fixture(scope="session")
async def kafka(stack: Stack) -> AsyncIterator[AIOKafkaProducer]:
    producer = kafka_producer(stack.kafka_brokers or "")
    await producer.start()
    yield producer
    await producer.stop()


@pytest.fixture
def publish_raw(kafka: AIOKafkaProducer, topic_prefix: str) -> PublishRaw:
    """Puts a record on a topic: topic, key, value, headers."""

    async def send(topic: str, key: str, value: bytes, headers: Mapping[str, str]) -> None:
        sent = [(name, each.encode()) for name, each in headers.items()]
        await kafka.send_and_wait(topic_prefix + topic, value, key=key.encode(), headers=sent)

    return send


@pytest.fixture
def publish(publish_raw: PublishRaw, wrap: Wrap) -> Publish:
    """Publishes an event as its service's relay would; its id."""

    async def send(event: Event | Envelope[Any], **facts: object) -> UUID:
        message = event if isinstance(event, Envelope) else wrap(event, **facts)
        headers, value = to_record(message)
        await publish_raw(message.data.topic.name, message.subject, value, headers)
        return message.id

    return send


@pytest.fixture
def recorded(database: Database) -> Recorded:
    """Waits until the events with these ids are entries, and gives their rows in that order."""

    async def wait(*event_ids: UUID) -> list[Any]:
        for _ in range(1600):
            async with database.transaction(Acting(SYSTEM)) as tx:
                found = await tx.all(select(entries).where(entries.c.event_id.in_(event_ids)))
            if {row.event_id for row in found} == set(event_ids):
                return sorted(found, key=lambda row: event_ids.index(row.event_id))
            await asyncio.sleep(0.025)
        raise AssertionError(f"only {len(found)} of {len(event_ids)} events were recorded")

    return wait
