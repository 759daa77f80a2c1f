"""A consumer process of the group tests: says what it is assigned and what it reads."""

import asyncio
import sys
from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition


def say(*words: object) -> None:
    print(*words, flush=True)  # noqa: T201 -- its output is what the test reads


class Shown(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka ships no types
    async def on_partitions_revoked(self, _: Iterable[TopicPartition]) -> None:
        say("assigned")

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        say("assigned", *sorted(part.partition for part in assigned))


async def consume(brokers: str, topic: str, group: str) -> None:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=brokers,
        group_id=group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=2000,
        heartbeat_interval_ms=300,
    )
    consumer.subscribe([topic], listener=Shown())
    async with consumer:
        async for record in consumer:
            say("read", record.value.decode())
            await consumer.commit({TopicPartition(topic, record.partition): record.offset + 1})


if __name__ == "__main__":
    asyncio.run(consume(*sys.argv[1:4]))
