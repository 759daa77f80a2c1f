"""A handler that notes what it was given in its transaction, so that effects can be counted."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaProducer, ConsumerRecord
from sqlalchemy import select
from tests.common.probe.contracts import NoteTaken
from tests.common.probe.running import EVERYBODY, add_note, at_work, records
from tests.common.probe.tables import notes

from finops_common.acting import Origin
from finops_common.clock import utc_now
from finops_common.db.transaction import Database, Transaction
from finops_common.events.consumer import Consumer
from finops_common.events.contract import Event
from finops_common.events.dead_letters import DeadLetters
from finops_common.events.envelope import Envelope, decode_headers, envelope, to_record
from finops_common.events.topics import dead_letter_topic

Trouble = Callable[[NoteTaken], Awaitable[None]]


async def no_trouble(_: NoteTaken) -> None:
    """All is well."""


@dataclass
class Reader:
    """A consumer group `notes` on one database; `trouble` comes after each effect."""

    database: Database
    brokers: str
    prefix: str
    producer: AIOKafkaProducer
    trouble: Trouble = no_trouble
    calls: list[int] = field(default_factory=list)

    async def handle(self, message: Envelope[NoteTaken], tx: Transaction) -> None:
        self.calls.append(message.data.number)
        await add_note(tx, f"{message.data.book}:{message.data.number}", rank=len(self.calls))
        await self.trouble(message.data)

    def consumer(self) -> Consumer:
        return Consumer(
            "notes",
            {NoteTaken: self.handle},
            self.database,
            DeadLetters(self.producer, self.prefix, "probe"),
            brokers=self.brokers,
            prefix=self.prefix,
        )

    def at_work(self) -> AbstractAsyncContextManager[list[Any]]:
        """The consumer runs within this context."""
        return at_work(self.consumer().run)

    async def effects(self, database: Database | None = None) -> list[str]:
        """What was noted, in the order of the notes' ids."""
        async with (database or self.database).transaction(EVERYBODY) as tx:
            rows = await tx.all(select(notes.c.name).order_by(notes.c.id))
        return [row.name for row in rows]

    async def has(self, count: int) -> list[str]:
        """The effects once there are at least `count`."""
        found = await self.effects()
        return found if len(found) >= count else []

    async def send(self, *events: Event, times: int = 1) -> None:
        """Put `events` on their topic, each `times` over under one id."""
        for event in events:
            message = envelope(event, source="/probe", time=utc_now(), origin=Origin("request-1"))
            headers, value = to_record(message)
            for _ in range(times):
                await self.send_raw(headers, value, message.subject)

    async def send_raw(self, headers: dict[str, str], value: bytes, key: str = "diary") -> None:
        encoded = [(name, text.encode()) for name, text in headers.items()]
        topic = self.prefix + NoteTaken.topic.name
        await self.producer.send_and_wait(topic, value, key=key.encode(), headers=encoded)

    async def letters(self) -> list[dict[str, str]]:
        """The headers of the dead letters."""
        found: list[ConsumerRecord] = await records(
            self.brokers, self.prefix + dead_letter_topic("probe").name
        )
        return [decode_headers(record.headers) for record in found]
