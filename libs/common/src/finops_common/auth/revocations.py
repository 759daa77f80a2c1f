"""Follows both revocation streams and tells whether what we remember may still be used.

Read with assigned partitions and no group: every api process needs every record. It
starts far enough back that no token older than its first record can still be valid.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from finops_common.auth.tokens import ACCESS_TOKEN_LIFE, LEEWAY
from finops_common.clock import Clock
from finops_common.contracts.revocations import STREAMS
from finops_common.events.contract import Revoked
from finops_common.events.envelope import MalformedEventError, decode_headers, from_record
from finops_common.events.relay import HEARTBEAT

SILENCE = timedelta(seconds=1)
BACK = ACCESS_TOKEN_LIFE + LEEWAY + timedelta(minutes=5)

log = structlog.get_logger(__name__)


class RevocationFeed:
    """Calls `apply` for each record. `silent` while a stream's last heartbeat is over 1 s old."""

    def __init__(
        self, brokers: str, prefix: str, clock: Clock, apply: Callable[[Revoked, datetime], None]
    ) -> None:
        self._brokers = brokers
        self._clock = clock
        self._apply = apply
        self._kinds = {TopicPartition(prefix + kind.topic.name, 0): kind for kind in STREAMS}
        self._beats: dict[TopicPartition, datetime] = {}
        self.caught_up = False

    @property
    def silent(self) -> bool:
        """True when a revocation could exist that has not arrived: ask, do not remember."""
        if not self.caught_up or len(self._beats) < len(self._kinds):
            return True
        return self._clock() - min(self._beats.values()) > SILENCE

    async def run(self) -> None:
        """Follow until cancelled; while Kafka is away the feed is silent."""
        while True:
            try:
                await self._follow()
            except (KafkaError, OSError) as error:
                log.warning("revocation_feed_interrupted", error=repr(error)[:300])
            # What was missed meanwhile is read again from far enough back.
            self.caught_up = False
            await asyncio.sleep(0.3)

    async def _follow(self) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._brokers,
            enable_auto_commit=False,
            # A lost offset is an error that starts the feed anew, never a jump to the end.
            auto_offset_reset="none",
            fetch_max_wait_ms=100,
        )
        await consumer.start()
        try:
            partitions = list(self._kinds)
            consumer.assign(partitions)
            goal = await consumer.end_offsets(partitions)
            await self._rewind(consumer, partitions)
            while True:
                for partition, records in (await consumer.getmany(timeout_ms=200)).items():
                    for record in records:
                        self._read(partition, record)
                if not self.caught_up:
                    here = [await consumer.position(p) >= goal[p] for p in partitions]
                    self.caught_up = all(here)
        finally:
            await consumer.stop()

    async def _rewind(self, consumer: AIOKafkaConsumer, partitions: list[TopicPartition]) -> None:
        since = int((self._clock() - BACK).timestamp() * 1000)
        found: dict[TopicPartition, Any] = await consumer.offsets_for_times(
            dict.fromkeys(partitions, since)
        )
        ends = await consumer.end_offsets(partitions)
        for partition in partitions:
            at = found.get(partition)
            consumer.seek(partition, at.offset if at else ends[partition])

    def _read(self, partition: TopicPartition, record: ConsumerRecord) -> None:
        headers = decode_headers(record.headers)
        if headers.get("ce_type") == HEARTBEAT:
            # A clock that runs ahead elsewhere must not keep a dead stream alive here.
            beat = datetime.fromisoformat(headers["ce_time"])
            self._beats[partition] = min(beat, self._clock())
            return
        try:
            message = from_record(self._kinds[partition], headers, record.value)
        except MalformedEventError:
            # Unreadable could mean anything was revoked: forget all that is remembered.
            log.exception("revocation_unreadable", offset=record.offset)
            self._apply(Revoked(scope="everything"), self._clock())
            return
        self._apply(message.data, message.time)
