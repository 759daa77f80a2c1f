"""Reads what a service has said on its topic about one key, in order."""

import asyncio
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer

from finops_common.events.contract import Event
from finops_common.events.envelope import Envelope, decode_headers, from_record

E = TypeVar("E", bound=Event)


async def said(
    brokers: str, prefix: str, kind: type[E], key: object, *, least: int = 0
) -> list[Envelope[E]]:
    """The events of `kind` for `key`, once there are `least` of them."""
    for _ in range(50):
        found = await _read(brokers, prefix, kind, str(key))
        if len(found) >= least:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"{kind.type()}: {len(found)} events for {key}, not {least}")


async def _read(brokers: str, prefix: str, kind: type[E], key: str) -> list[Envelope[E]]:
    consumer: Any = AIOKafkaConsumer(
        prefix + kind.topic.name,
        bootstrap_servers=brokers,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=20,
    )
    await consumer.start()
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        records = []
        while any([await consumer.position(p) < end for p, end in ends.items()]):
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                records += batch
    finally:
        await consumer.stop()
    mine = [(decode_headers(r.headers), r.value) for r in records if r.key == key.encode()]
    return [
        from_record(kind, headers, value)
        for headers, value in mine
        if headers["ce_type"] == kind.type()
    ]
