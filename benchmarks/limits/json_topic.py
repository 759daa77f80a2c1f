"""P8: hourly records over Kafka as one JSON document per record, sent without waiting."""

import asyncio
from decimal import Decimal
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, TopicPartition

from finops_commitments.revisions.arrow import table_of
from finops_common.events.contract import Topic
from finops_common.events.relay import kafka_producer
from finops_common.events.topics import make_topics
from finops_common.ids import new_id
from records import parts_of
from sides import Clock, Given, Sample

MOST = 50_000
WINDOW = 1000


async def measure(given: Given) -> Sample:
    rows = table_of(parts_of(given.bill, MOST)).to_pylist()
    topic = f"json-{new_id().hex}"
    await make_topics(given.kafka, "bench.", [Topic(topic, "records", partitions=1)])
    producer = kafka_producer(given.kafka)
    consumer = AIOKafkaConsumer(bootstrap_servers=given.kafka, enable_auto_commit=False)
    await producer.start()
    await consumer.start()
    partition = TopicPartition(f"bench.{topic}", 0)
    consumer.assign([partition])
    await consumer.seek_to_beginning(partition)
    try:
        await producer.send_and_wait(partition.topic, b"{}")
        await consumer.getone(partition)
        with Clock() as clock:
            size = await _produce(producer, partition.topic, rows)
            count, effective = await _consume(consumer, len(rows))
    finally:
        await producer.stop()
        await consumer.stop()
    sample = clock.sample(count, {"records": count, "effective": str(effective)})
    sample.figures["bytes"] = size / count
    return sample


async def _produce(producer: Any, topic: str, rows: list[dict[str, Any]]) -> int:  # noqa: ANN401 - aiokafka ships no types
    size = 0
    acks = []
    for row in rows:
        value = orjson.dumps(row, default=str)
        size += len(value)
        acks.append(await producer.send(topic, value))
        if len(acks) == WINDOW:
            await asyncio.gather(*acks)
            acks.clear()
    await asyncio.gather(*acks)
    return size


async def _consume(consumer: Any, wanted: int) -> tuple[int, Decimal]:  # noqa: ANN401 - as above
    count, effective = 0, Decimal(0)
    while count < wanted:
        found = await consumer.getmany(timeout_ms=1000, max_records=5000)
        for records in found.values():
            for record in records:
                effective += Decimal(orjson.loads(record.value)["effective_cost"])
                count += 1
    return count, effective
