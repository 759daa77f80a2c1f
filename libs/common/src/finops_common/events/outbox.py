"""The outbox: events wait in the effect's own transaction until the relay has sent them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from finops_common.db.tables import outbox
from finops_common.events.envelope import Envelope, to_record

CHANNEL = "outbox"
LARGEST = 950_000
"""Bytes of key and data; brokers refuse a record of 1 MB with its headers."""
_WAKE = text("SELECT pg_notify(:channel, '')")


async def insert_outbox(connection: AsyncConnection, messages: Sequence[Envelope[Any]]) -> None:
    """Write `messages` in their order and wake the relay once this commits.

    Raises:
        ValueError: one is too large for Kafka; it would stop the relay for good.
    """
    rows = []
    for message in messages:
        headers, value = to_record(message)
        key = message.subject.encode()
        if len(key) + len(value) > LARGEST:
            raise ValueError(f"{message.type} is too large: {len(key) + len(value)} bytes")
        row = {"topic": message.data.topic.name, "key": key, "headers": headers}
        rows.append(row | {"value": value})
    # One statement: PostgreSQL draws the identity values in the order of the VALUES list.
    await connection.execute(insert(outbox).values(rows))
    await connection.execute(_WAKE, {"channel": CHANNEL})
