"""Small tools of these tests: tasks that end, waiting for a fact, what a topic holds."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from sqlalchemy import insert
from tests.common.probe.tables import notes

from finops_common.acting import Acting
from finops_common.clock import utc_now
from finops_common.db.scopes import SYSTEM
from finops_common.db.transaction import Database, Transaction
from finops_common.events.contract import Event
from finops_common.ids import new_id

EVERYBODY = Acting(SYSTEM)


@asynccontextmanager
async def at_work(*jobs: Callable[[], Awaitable[None]]) -> AsyncIterator[list[asyncio.Task[None]]]:
    """`jobs` as tasks; cancelled at the end, and what they failed with is not hidden."""
    tasks = [asyncio.ensure_future(job()) for job in jobs]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        # Not each awaited with its cancellation suppressed: our own would be lost with it.
        await asyncio.wait(tasks)
        for task in tasks:
            if not task.cancelled():
                task.result()


async def until(fact: Callable[[], Awaitable[Any]], seconds: float = 20.0) -> Any:  # noqa: ANN401 - whatever the fact is
    """Wait until `fact` answers something true, and give it back."""
    async with asyncio.timeout(seconds):
        while not (found := await fact()):
            await asyncio.sleep(0.02)
        return found


async def publish(database: Database, *events: Event) -> None:
    """One transaction that publishes `events`."""
    async with database.transaction(EVERYBODY) as tx:
        for event in events:
            tx.publish(event)


async def records(brokers: str, topic: str) -> list[ConsumerRecord]:
    """All records of a topic, partition by partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=brokers, enable_auto_commit=False)
    await consumer.start()
    try:
        parts = await _partitions(consumer, topic)
        consumer.assign(parts)
        await consumer.seek_to_beginning(*parts)
        ends = await consumer.end_offsets(parts)
        found: list[ConsumerRecord] = []
        for part in parts:
            while await consumer.position(part) < ends[part]:
                for batch in (await consumer.getmany(part, timeout_ms=500)).values():
                    found += batch
        return found
    finally:
        await consumer.stop()


async def _partitions(consumer: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    await consumer._client._wait_on_metadata(topic)  # noqa: SLF001 - the public way needs a subscription
    return [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]


def firsts(found: Iterable[ConsumerRecord]) -> list[ConsumerRecord]:
    """Without repeats: the first record of each event id, in order."""
    seen: dict[bytes, ConsumerRecord] = {}
    for record in found:
        seen.setdefault(dict(record.headers)["ce_id"], record)
    return list(seen.values())


async def add_note(
    tx: Transaction, name: str, note_id: UUID | None = None, **columns: object
) -> None:
    """Insert a note; what is not named never matters."""
    row = {
        "id": note_id or new_id(),
        "company_id": new_id(),
        "organization_id": new_id(),
        "person_id": new_id(),
        "rank": 0,
        "amount": 0,
        "day": utc_now().date(),
        "at": utc_now(),
    }
    await tx.execute(insert(notes).values(name=name, **row | columns))
