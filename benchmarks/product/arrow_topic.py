"""P8: hourly records over Kafka as ingestion sends and commitments decodes them."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.compute as pc
from aiokafka import AIOKafkaConsumer, TopicPartition

from finops_commitments.revisions.arrow import table_of
from finops_common.acting import Origin
from finops_common.contracts.ingestion import COST, CostPart
from finops_common.events.envelope import decode_headers, envelope, from_record
from finops_common.events.topics import make_topics
from finops_common.ids import new_id
from finops_ingestion.imports.adapters import RecordTopic
from limits.json_topic import MOST
from records import parts_of
from sides import Clock, Given, Sample

NOW = datetime(2026, 11, 1, tzinfo=UTC)


async def measure(given: Given) -> Sample:
    parts = parts_of(given.bill, MOST)
    prefix = f"bench-{new_id().hex}."
    await make_topics(given.kafka, prefix, [COST])
    consumer = AIOKafkaConsumer(bootstrap_servers=given.kafka, enable_auto_commit=False)
    await consumer.start()
    partitions = [TopicPartition(prefix + COST.name, n) for n in range(COST.partitions)]
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    try:
        async with RecordTopic(given.kafka, prefix) as topic:
            await _through(topic, consumer, parts[:1])
            with Clock() as clock:
                table = await _through(topic, consumer, parts)
    finally:
        await consumer.stop()
    answer = {
        "records": table.num_rows,
        "effective": str(pc.sum(table.column("effective_cost")).as_py()),
    }
    sample = clock.sample(table.num_rows, answer)
    sample.figures["bytes"] = sum(map(len, parts)) / table.num_rows
    return sample


async def _through(topic: RecordTopic, consumer: AIOKafkaConsumer, parts: list[bytes]) -> pa.Table:
    """Send the parts, take them from the broker, and open them as one table."""
    stream = {"billing_source_id": new_id(), "company_id": new_id(), "attempt": new_id()}
    events = [
        CostPart(
            **stream,
            period=date(2026, 10, 1),
            revision=1,
            organization_id=stream["company_id"],
            part=number,
            rows=0,
            records=records,
        )
        for number, records in enumerate(parts)
    ]
    origin = Origin("bench")
    await topic.send(envelope(e, source="/ingestion", time=NOW, origin=origin) for e in events)
    taken: list[bytes] = []
    while len(taken) < len(parts):
        for records in (await consumer.getmany(timeout_ms=1000)).values():
            for record in records:
                headers = decode_headers(record.headers)
                taken.append(from_record(CostPart, headers, record.value).data.records)
    return table_of(taken)
