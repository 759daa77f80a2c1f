"""What stands in topics, outboxes and readiness once a storm is over."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition

from finops_common.events.contract import Event
from finops_common.events.envelope import Envelope, decode_headers, from_record
from finops_sandbox.local import TOPIC_PREFIX, LocalHouse

E = TypeVar("E", bound=Event)


async def events(house: LocalHouse, kind: type[E]) -> list[Envelope[E]]:
    """Every event of a kind that its topic holds, repeats included, in order per partition."""
    consumer = AIOKafkaConsumer(
        TOPIC_PREFIX + kind.topic.name,
        bootstrap_servers=house.stack.kafka_brokers,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    found: list[Envelope[E]] = []
    try:
        for part, end in (await consumer.end_offsets(consumer.assignment())).items():
            while await consumer.position(part) < end:
                for record in (await consumer.getmany(part, timeout_ms=500)).get(part, []):
                    headers = decode_headers(record.headers)
                    if headers.get("ce_type") == kind.type():
                        found.append(from_record(kind, headers, record.value))
    finally:
        await consumer.stop()
    return found


def first_of_each(found: Iterable[Envelope[E]]) -> list[Envelope[E]]:
    """Without the repeats of an event that was sent before."""
    once: dict[UUID, Envelope[E]] = {}
    for message in found:
        once.setdefault(message.id, message)
    return list(once.values())


async def set_aside(house: LocalHouse, *services: str) -> int:
    """How many records the services' consumers could not handle."""
    consumer = AIOKafkaConsumer(bootstrap_servers=house.stack.kafka_brokers)
    await consumer.start()
    try:
        parts = [TopicPartition(f"{TOPIC_PREFIX}{name}.dead-letter", 0) for name in services]
        return sum((await consumer.end_offsets(parts)).values())
    finally:
        await consumer.stop()


async def nothing_waits(house: LocalHouse) -> bool:
    """Whether every event of every service has left."""
    for stored in house.databases.values():
        connection = await asyncpg.connect(stored.owner_url)
        waiting = await connection.fetchval("SELECT count(*) FROM outbox")
        await connection.close()
        if waiting:
            return False
    return True


async def all_ready(house: LocalHouse) -> bool:
    """Whether the readiness of every process is on."""
    async with httpx.AsyncClient(trust_env=False) as http:
        checks = (
            http.get(f"http://127.0.0.1:{port}/health/ready") for port in _health_ports(house)
        )
        answers = await asyncio.gather(*checks, return_exceptions=True)
    return all(isinstance(each, httpx.Response) and each.is_success for each in answers)


def _health_ports(house: LocalHouse) -> list[int]:
    names = house.processes.keys() - {"gateway"}
    return [house.ports[name.removesuffix("-api")] for name in names]


async def until(deadline: float, holds: Callable[[], Awaitable[Any]], *, says: str) -> None:
    """Wait until what is asked is true; `deadline` is an instant of the event loop's clock.

    Raises:
        AssertionError: it was not by then.
    """
    while not await holds():
        assert asyncio.get_running_loop().time() < deadline, says
        await asyncio.sleep(0.1)
