"""Reads what ingestion has said on a topic under one key, in order."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka import AIOKafkaConsumer

from finops_common.contracts.ingestion import EVENTS
from finops_common.events.contract import Event, Topic
from finops_common.events.envelope import Envelope, decode_headers, from_record

BY_TYPE: dict[str, type[Event]] = {event.type(): event for event in EVENTS}
Told = Callable[..., Awaitable[list[Envelope[Any]]]]


def tell(brokers: str, prefix: str) -> Told:
    """A reader of the topics behind `prefix`."""

    async def read(topic: Topic, key: object, least: int = 0) -> list[Envelope[Any]]:
        """Every event under `key`, once there are `least`."""
        for _ in range(60):
            records = await everything(brokers, prefix + topic.name)
            mine = [r for r in records if r.key == str(key).encode()]
            if len(mine) >= least:
                break
            await asyncio.sleep(0.1)
        assert len(mine) >= least, f"{len(mine)} events under {key}, not {least}"
        return [_message(record) for record in mine]

    return read


def _message(record: Any) -> Envelope[Any]:  # noqa: ANN401 - of an untyped client
    headers = decode_headers(record.headers)
    return from_record(BY_TYPE[headers["ce_type"]], headers, record.value)


async def everything(brokers: str, topic: str) -> list[Any]:
    """All records of a topic."""
    consumer: Any = AIOKafkaConsumer(
        topic, bootstrap_servers=brokers, auto_offset_reset="earliest", enable_auto_commit=False
    )
    await consumer.start()
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        records: list[Any] = []
        while any([await consumer.position(p) < end for p, end in ends.items()]):
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                records += batch
    finally:
        await consumer.stop()
    return records
