"""The consumer runtime: at-least-once delivery, effect once.

Per record: open the transaction, write the inbox row, call the handler, note the
position, commit; Kafka's own offset is committed afterwards and only informs lag
metrics. Where to start is the database's word, so a restored database reads again
what it has lost.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.errors import (
    CommitFailedError,
    IllegalStateError,
    KafkaError,
    NoOffsetForPartitionError,
)
from prometheus_client import Counter, Gauge

from finops_common.acting import Acting
from finops_common.db.faults import DRIVER_FAULTS, is_passing
from finops_common.db.scopes import SYSTEM, Scope
from finops_common.db.transaction import Database, Transaction
from finops_common.errors.problem import Unavailable
from finops_common.events.contract import Event
from finops_common.events.dead_letters import DeadLetters
from finops_common.events.envelope import Envelope, MalformedEventError, decode_headers, from_record
from finops_common.events.inbox import advance, first_time, positions
from finops_common.telemetry import continued_trace

Handler = Callable[[Envelope[Any], Transaction], Awaitable[None]]
ATTEMPTS = 3

log = structlog.get_logger(__name__)
_handled = Counter(
    "finops_events_handled_total", "Events whose effect is committed", ["group", "type"]
)
_lag = Gauge("finops_consumer_lag", "Records not yet handled", ["group", "topic", "partition"])


class UnprocessableError(Exception):
    """A handler's word that this event can never succeed; the reason goes with the dead letter."""


class ResyncNeededError(RuntimeError):
    """Records this group has not seen are gone: the owner must say its state again."""


def scope_of(message: Envelope[Any]) -> Scope:
    """The scope a handler works in unless it declares another: the narrowest the event names."""
    if message.organization_id and message.company_id:
        return Scope(organization_id=message.organization_id, company_id=message.company_id)
    return Scope(company_id=message.company_id) if message.company_id else SYSTEM


class Consumer(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka ships no types
    """Reads the topics of `handlers` as one group and hands each event to its handler once."""

    def __init__(
        self,
        group: str,
        handlers: Mapping[type[Event], Handler],
        database: Database,
        dead_letters: DeadLetters,
        *,
        brokers: str,
        prefix: str,
        scope: Callable[[Envelope[Any]], Scope] = scope_of,
    ) -> None:
        self.group = group
        self._by_type: dict[str, tuple[type[Event], Handler]] = {
            event.type(): (event, handler) for event, handler in handlers.items()
        }
        self._topics = sorted({prefix + event.topic.name for event in handlers})
        self._database = database
        self._dead_letters = dead_letters
        self._brokers = brokers
        self._prefix = prefix
        self._scope = scope
        self._consumer: AIOKafkaConsumer | None = None
        # Partitions that stand where this database wants them; others are not read yet.
        self._placed: set[TopicPartition] = set()
        self._failed: Exception | None = None
        self.running = False

    async def run(self) -> None:
        """Work until cancelled. What is down is waited for.

        Raises:
            ResyncNeededError: the topic no longer holds what this group has not read.
            TooManyDeadLettersError: the fault is likely ours; nothing is skipped.
        """
        while True:
            try:
                await self._session()
            except (KafkaError, Unavailable, *DRIVER_FAULTS) as error:
                log.warning("consumer_interrupted", group=self.group, error=type(error).__name__)
            await asyncio.sleep(0.5)

    async def _session(self) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._brokers,
            group_id=self._prefix + self.group,
            enable_auto_commit=False,
            auto_offset_reset="none",
            session_timeout_ms=10_000,
            max_poll_interval_ms=300_000,
            # What arrives is answered at once; how long an empty answer waits is also how long a
            # partition that was just read waits for its next records beside idle ones.
            fetch_max_wait_ms=250,
            # Partitions that come, or that a busy broker did not tell of at first, are read soon:
            # by default only after five minutes.
            metadata_max_age_ms=10_000,
        )
        self._consumer, self._failed = consumer, None
        self._placed.clear()
        try:
            await consumer.start()
            consumer.subscribe(self._topics, listener=self)
            self.running = True
            while True:
                await self._poll(consumer)
        finally:
            self.running = False
            await consumer.stop()

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:  # noqa: ARG002 - all go at once
        """Read no further; every effect was committed with its position."""
        self._placed.clear()

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Start each partition where this database left it, or at its beginning when new."""
        try:
            await self._seek(list(assigned))
        except Exception as error:  # noqa: BLE001 - aiokafka would log it and read on from Kafka's offset
            self._failed = error

    async def _seek(self, assigned: list[TopicPartition]) -> None:
        consumer = self._consumer
        if consumer is None or not assigned:
            return
        async with self._database.transaction(Acting(SYSTEM)) as tx:
            known = await positions(tx, self.group)
        first = await consumer.beginning_offsets(assigned)
        end = await consumer.end_offsets(assigned)
        for partition in assigned:
            here = known.get((partition.topic, partition.partition))
            if here is None and await consumer.committed(partition) is not None:
                raise ResyncNeededError(
                    f"{self.group}: {partition} was read before by another database"
                )
            if here is not None and not first[partition] <= here <= end[partition]:
                raise ResyncNeededError(f"{self.group}: {partition} no longer holds offset {here}")
            consumer.seek(partition, first[partition] if here is None else here)
        self._placed.update(assigned)

    async def _poll(self, consumer: AIOKafkaConsumer) -> None:
        try:
            found = await consumer.getmany(timeout_ms=200, max_records=200)
        except NoOffsetForPartitionError:
            # Of a new group Kafka knows no offset; `_seek` says where it starts.
            found = {}
        if self._failed:
            raise self._failed
        for partition, records in found.items():
            skipped = False
            for record in records:
                if partition not in self._placed:
                    break
                skipped = not await self._take(record)
            else:
                await self._settle(consumer, partition, records[-1].offset + 1, note=skipped)

    async def _settle(
        self, consumer: AIOKafkaConsumer, partition: TopicPartition, offset: int, *, note: bool
    ) -> None:
        if note:
            # What nobody here handles moves the position too, or it would look lost once expired.
            async with self._database.transaction(Acting(SYSTEM)) as tx:
                await advance(tx, self.group, partition.topic, partition.partition, offset)
        behind = (consumer.highwater(partition) or offset) - offset
        _lag.labels(self.group, partition.topic, partition.partition).set(behind)
        try:
            await consumer.commit({partition: offset})
        except (CommitFailedError, IllegalStateError):
            log.info("offset_not_committed", group=self.group, partition=str(partition))

    async def _take(self, record: ConsumerRecord) -> bool:
        """Handle one record; False when it is no business of this group."""
        headers = decode_headers(record.headers)
        known = self._by_type.get(headers.get("ce_type", ""))
        if known is None:
            if "ce_type" in headers:
                return False
            await self._bury(record, "no CloudEvents type")
            return True
        attempt = 0
        while True:
            attempt += 1
            try:
                await self._handle(record, headers, *known)
            except (MalformedEventError, UnprocessableError) as error:
                await self._bury(record, f"{type(error).__name__}: {error}")
            except Exception as error:
                if not _is_transient(error) and attempt >= ATTEMPTS:
                    log.exception("handler_failed", group=self.group, type=known[0].type())
                    await self._bury(record, f"{type(error).__name__}: {error}")
                    return True
                log.warning(
                    "handler_retry", group=self.group, attempt=attempt, error=type(error).__name__
                )
                await asyncio.sleep(min(0.1 * 2**attempt, 5.0))
                continue
            return True

    async def _handle(
        self,
        record: ConsumerRecord,
        headers: Mapping[str, str],
        event: type[Event],
        handler: Handler,
    ) -> None:
        message = from_record(event, headers, record.value)
        with continued_trace(f"handle {message.type}", message.origin.traceparent):
            async with self._database.transaction(
                Acting(self._scope(message), message.origin)
            ) as tx:
                if await first_time(tx, self.group, message.id):
                    await handler(message, tx)
                await advance(tx, self.group, record.topic, record.partition, record.offset + 1)
        _handled.labels(self.group, message.type).inc()

    async def _bury(self, record: ConsumerRecord, reason: str) -> None:
        # Kafka first: a crash between the two sets it aside twice, never not at all.
        await self._dead_letters.set_aside(record, self.group, reason)
        async with self._database.transaction(Acting(SYSTEM)) as tx:
            await advance(tx, self.group, record.topic, record.partition, record.offset + 1)

    async def replay(self, record: ConsumerRecord, headers: Mapping[str, str]) -> bool:
        """Handle a dead letter of this group again; False when it is another's or fails again."""
        known = self._by_type.get(headers.get("ce_type", ""))
        if known is None or headers.get("dl_group") != self.group:
            return False
        try:
            message = from_record(known[0], headers, record.value)
            async with self._database.transaction(
                Acting(self._scope(message), message.origin)
            ) as tx:
                fresh = await first_time(tx, self.group, message.id)
                if fresh:
                    await known[1](message, tx)
        except Exception:
            log.exception("replay_failed", group=self.group, type=headers.get("ce_type"))
            return False
        return fresh


def _is_transient(error: Exception) -> bool:
    return isinstance(error, Unavailable) or is_passing(error)
