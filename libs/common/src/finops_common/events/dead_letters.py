"""What can never be handled: set aside with its reason, counted, replayed on request."""

import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from prometheus_client import Counter

from finops_common.events.envelope import decode_headers
from finops_common.events.relay import LateProducer
from finops_common.events.topics import dead_letter_topic

MOST = 20
WINDOW_S = 600.0

log = structlog.get_logger(__name__)
_set_aside = Counter("finops_dead_letters_total", "Records set aside", ["group"])


class TooManyDeadLettersError(RuntimeError):
    """So many records could not be handled that the fault is ours: the consumer stops."""


class DeadLetters:
    """One service's dead-letter topic; at most `MOST` records in ten minutes, then it stops."""

    def __init__(
        self, producer: AIOKafkaProducer | LateProducer, prefix: str, service: str
    ) -> None:
        self._producer = producer
        self._topic = prefix + dead_letter_topic(service).name
        self._recent: deque[float] = deque(maxlen=MOST)

    async def set_aside(self, record: ConsumerRecord, group: str, reason: str) -> None:
        """Keep `record` with where it stood and why; returns once the broker has it.

        Raises:
            TooManyDeadLettersError: this one is not set aside, and stays to be read again.
        """
        now = time.monotonic()
        if len(self._recent) == MOST and now - self._recent[0] < WINDOW_S:
            raise TooManyDeadLettersError(f"{group}: {MOST} records within {WINDOW_S:.0f} s")
        notes = {
            "dl_topic": record.topic,
            "dl_partition": str(record.partition),
            "dl_offset": str(record.offset),
            "dl_group": group,
            "dl_reason": reason[:500],
        }
        # A letter that fails again in a replay keeps where it first stood.
        kept = [(name, value) for name, value in record.headers if name not in notes]
        headers = [*kept, *((name, value.encode()) for name, value in notes.items())]
        await self._producer.send_and_wait(
            self._topic, record.value, key=record.key, headers=headers
        )
        self._recent.append(now)
        _set_aside.labels(group).inc()
        # The reason may quote the record: it stays with the letter and out of the log.
        log.error("dead_letter", **{n: v for n, v in notes.items() if n != "dl_reason"})


Replayed = Callable[[ConsumerRecord, Mapping[str, str]], Awaitable[bool]]


async def replay(brokers: str, prefix: str, service: str, handle: Replayed) -> int:
    """Offer every dead letter to `handle` once more; the number it took.

    Letters taken are remembered by the inbox, so running this twice changes nothing;
    those that fail again stay in the topic.
    """
    topic = prefix + dead_letter_topic(service).name
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=brokers, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    taken = 0
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        for partition, end in ends.items():
            while await consumer.position(partition) < end:
                for record in (await consumer.getmany(partition, timeout_ms=1000)).get(
                    partition, []
                ):
                    if record.offset < end:
                        taken += await handle(record, decode_headers(record.headers))
    finally:
        await consumer.stop()
    return taken
