"""What cannot be read is set aside with its reason and place; the stream goes on; nothing is lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer
from prometheus_client import REGISTRY

from finops_audit_log.settings import Settings
from finops_audit_log.worker import work
from finops_common.contracts.identity import SESSION, SessionStarted
from finops_common.events.dead_letters import replay
from finops_common.events.envelope import Envelope, decode_headers, to_record
from finops_common.ids import new_id
from finops_common.testing.services import Running
from finops_sandbox.stack import Stack

Wrap = Callable[..., Envelope[Any]]
Publish = Callable[..., Awaitable[UUID]]
PublishRaw = Callable[[str, str, bytes, Mapping[str, str]], Awaitable[None]]
Recorded = Callable[..., Awaitable[list[Any]]]


def a_log_in(user_id: UUID) -> SessionStarted:
    return SessionStarted(
        user_id=user_id, session_id=new_id(), method="password", at=datetime.now(UTC)
    )


async def letters(stack: Stack, prefix: str) -> list[dict[str, str]]:
    """The headers of every dead letter of audit-log."""
    consumer = AIOKafkaConsumer(
        f"{prefix}audit-log.dead-letter",
        bootstrap_servers=stack.kafka_brokers,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        found = await consumer.getmany(timeout_ms=2000)
        return [decode_headers(record.headers) for each in found.values() for record in each]
    finally:
        await consumer.stop()


def set_aside() -> float:
    return REGISTRY.get_sample_value("finops_dead_letters_total", {"group": "audit-log"}) or 0.0


@asynccontextmanager
async def forbidden_to_insert(audit_log: Running) -> AsyncIterator[None]:
    """A fault of ours: a right is missing, and an operator gives it back."""
    owner = await asyncpg.connect(audit_log.stored.owner_url)
    await owner.execute("REVOKE INSERT ON entries FROM audit_log_system")
    try:
        yield
    finally:
        await owner.execute("GRANT INSERT ON entries TO audit_log_system")
        await owner.close()


@pytest.mark.req("AUD-10", part="set aside with reason and offset, counted; the stream goes on")
async def test_what_cannot_be_read_is_set_aside_and_what_follows_is_recorded(
    stack: Stack,
    topic_prefix: str,
    wrap: Wrap,
    publish: Publish,
    publish_raw: PublishRaw,
    recorded: Recorded,
) -> None:
    ada, before = new_id(), set_aside()
    headers, value = to_record(wrap(a_log_in(ada), by=ada))
    no_offset = headers | {"ce_time": "2026-11-20T12:00:00", "ce_id": str(new_id())}

    await publish_raw(SESSION.name, str(ada), b"{}", headers)
    await publish_raw(SESSION.name, str(ada), value, no_offset)
    (entry,) = await recorded(await publish(a_log_in(ada), by=ada))

    assert entry.sequence == 1
    assert set_aside() == before + 2
    found = [each for each in await letters(stack, topic_prefix) if each["ce_subject"] == str(ada)]
    assert [each["dl_reason"].partition(":")[0] for each in found] == [
        "MalformedEventError",
        "UnprocessableError",
    ]
    assert {each["dl_topic"] for each in found} == {topic_prefix + SESSION.name}
    assert int(found[1]["dl_offset"]) == int(found[0]["dl_offset"]) + 1


@pytest.mark.req("AUD-10", part="can be replayed")
async def test_a_dead_letter_is_recorded_once_when_replayed_after_the_fault_is_mended(
    stack: Stack,
    topic_prefix: str,
    keys: dict[str, str],
    audit_log: Running,
    publish: Publish,
    recorded: Recorded,
) -> None:
    ada, before = new_id(), set_aside()
    async with forbidden_to_insert(audit_log):
        event_id = await publish(a_log_in(ada), by=ada)
        while set_aside() == before:
            await asyncio.sleep(0.05)

    taken = [await replayed(stack, topic_prefix, keys, audit_log) for _ in range(2)]

    (entry,) = await recorded(event_id)
    assert (entry.chain_id, entry.sequence) == (ada, 1)
    assert taken == [1, 0]


async def replayed(stack: Stack, prefix: str, keys: dict[str, str], audit_log: Running) -> int:
    """What `events replay` does; how many letters were taken."""
    environ = keys | {
        "AUDIT_LOG_DATABASE_URL": audit_log.stored.service_url,
        "FINOPS_KAFKA_BROKERS": stack.kafka_brokers or "",
        "FINOPS_TOPIC_PREFIX": prefix,
        "FINOPS_IDENTITY_URL": "http://127.0.0.1:9",
        "FINOPS_ORG_RBAC_URL": "http://127.0.0.1:9",
        "FINOPS_PUBLIC_APP_URL": "http://app.test",
    }
    settings = Settings.from_environment("AUDIT_LOG_", environ)
    async with work(settings) as made:
        (consumer,) = made.consumers
        return await replay(stack.kafka_brokers or "", prefix, "audit-log", consumer.replay)
