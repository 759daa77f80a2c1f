"""The relay: one per service, sends what the outbox holds, in order, and deletes it.

It keeps no cursor, so a row that commits late is never skipped: rows are read by id,
sent, and deleted once every broker ack is there. A crash anywhere repeats sends, which
consumers tell by the event id; it loses and reorders nothing.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from contextlib import AsyncExitStack, suppress

import asyncpg
import orjson
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from prometheus_client import Counter, Gauge

from finops_common.clock import Clock
from finops_common.events.contract import Topic
from finops_common.events.outbox import CHANNEL
from finops_common.ids import new_id

BATCH = 500
LONGEST_S = 240.0
"""No transaction of a service lives longer: its statements and pauses are limited (db.engine)."""
FULL_SCAN_S = 5.0
BEAT_S = 0.25
ADVISORY_LOCK = 7_061_001

_READ = "SELECT id, topic, key, headers, value FROM outbox WHERE id > $1 ORDER BY id LIMIT $2"
_DELETE = "DELETE FROM outbox WHERE id = ANY($1::bigint[])"

# What asyncpg raises for a connection that ended, depending on what it was doing.
_LOST = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)

log = structlog.get_logger(__name__)
_sent = Counter("finops_outbox_sent_total", "Events the relay has sent and the broker has acked")
_waiting = Gauge("finops_outbox_waiting", "Rows the last poll of the outbox found")


def kafka_producer(brokers: str) -> AIOKafkaProducer:
    """A producer that waits for all replicas and cannot duplicate or reorder by its own retries."""
    return AIOKafkaProducer(
        bootstrap_servers=brokers,
        acks="all",
        enable_idempotence=True,
        compression_type=None,
        linger_ms=2,
        request_timeout_ms=10_000,
        max_request_size=1_000_000,
    )


class LateProducer:
    """A producer that connects on first use, so that who holds one can start without Kafka."""

    def __init__(self, brokers: str) -> None:
        self._brokers = brokers
        self._started: AIOKafkaProducer | None = None
        self._starting = asyncio.Lock()

    async def send(
        self, topic: str, value: bytes, key: bytes | None, headers: list[tuple[str, bytes]]
    ) -> Awaitable[object]:
        """Hand over one record; await the answer for the broker's acknowledgement.

        Raises:
            KafkaError: there is no broker; the next call tries again.
        """
        producer = await self._connected()
        ack: Awaitable[object] = await producer.send(topic, value, key=key, headers=headers)
        return ack

    async def send_and_wait(
        self, topic: str, value: bytes, key: bytes | None, headers: list[tuple[str, bytes]]
    ) -> None:
        """Send, and return once the broker has it.

        Raises:
            KafkaError: it is not known whether it has.
        """
        await (await self.send(topic, value, key, headers))

    async def stop(self) -> None:
        if self._started:
            await self._started.stop()

    async def _connected(self) -> AIOKafkaProducer:
        async with self._starting:
            if self._started is None:
                producer = kafka_producer(self._brokers)
                try:
                    await producer.start()
                except BaseException:
                    await producer.stop()
                    raise
                self._started = producer
            return self._started


class _Floor:
    """The id above which polls look; the dead rows below it need not be walked over.

    A transaction may draw an id and commit long after higher ids were sent. Until each
    id passed over has come, or its transaction must have ended, the floor stays below
    it: else the next event of its key would be found first and overtake it.
    """

    def __init__(self, now: float) -> None:
        self._newest = 0
        # By id, ascending, when it was passed over; 0 stands for all before our first row.
        self._missing = {0: now}

    def sent(self, ids: Iterable[int], now: float) -> None:
        """These have left, in this order."""
        for identity in ids:
            if identity > self._newest:
                passed_over = range(self._newest + 1, identity) if self._newest else ()
                self._missing.update(dict.fromkeys(passed_over, now))
                self._newest = identity
            self._missing.pop(identity, None)

    def now(self, now: float) -> int:
        """The floor at the instant `now` of the loop's clock."""
        while self._missing:
            identity, since = next(iter(self._missing.items()))
            if now - since <= LONGEST_S:
                return max(0, identity - 1)
            del self._missing[identity]
        return self._newest


class Relay:
    """Sends one service's outbox. Several may run: an advisory lock lets one work.

    With a `heartbeat` topic (services that revoke) it says after each round that has
    sent all it found that nothing older is left: silence means revocations may wait.
    """

    def __init__(
        self,
        database_url: str,
        brokers: str,
        prefix: str,
        clock: Clock,
        heartbeat: Topic | None = None,
    ) -> None:
        self._url = database_url
        self._brokers = brokers
        self._prefix = prefix
        self._clock = clock
        self._heartbeat = heartbeat
        self._wake = asyncio.Event()
        self._last_beat = 0.0
        self.leading = False

    async def run(self) -> None:
        """Work until cancelled; whatever is down is tried again."""
        while True:
            try:
                async with AsyncExitStack() as stack:
                    await self._lead(stack)
            except (KafkaError, *_LOST) as error:
                log.warning("relay_interrupted", error=f"{type(error).__name__}: {error}"[:300])
            finally:
                self.leading = False
            await asyncio.sleep(0.5)

    async def _lead(self, stack: AsyncExitStack) -> None:
        connection: asyncpg.Connection = await asyncpg.connect(self._url, timeout=5)
        # terminate, not close: a close would wait for a server that may be gone.
        stack.callback(connection.terminate)
        await connection.add_listener(CHANNEL, lambda *_: self._wake.set())
        while not await connection.fetchval("SELECT pg_try_advisory_lock($1)", ADVISORY_LOCK):
            await asyncio.sleep(0.2)
        producer = kafka_producer(self._brokers)
        stack.push_async_callback(producer.stop)
        await producer.start()
        self.leading = True
        await self._rounds(connection, producer)

    async def _rounds(self, connection: asyncpg.Connection, producer: AIOKafkaProducer) -> None:
        loop = asyncio.get_running_loop()
        floor, scanned = _Floor(loop.time()), 0.0
        while True:
            self._wake.clear()
            full = loop.time() - scanned > FULL_SCAN_S
            scanned = loop.time() if full else scanned
            above = 0 if full else floor.now(loop.time())
            rows = await connection.fetch(_READ, above, BATCH, timeout=10)
            _waiting.set(len(rows))
            if rows:
                await self._send(producer, rows)
                await connection.execute(_DELETE, [row["id"] for row in rows], timeout=10)
                floor.sent((row["id"] for row in rows), loop.time())
                _sent.inc(len(rows))
            if len(rows) < BATCH:
                await self._beat(producer)
                await self._sleep()

    async def _send(self, producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record]) -> None:
        acks = [
            await producer.send(
                self._prefix + row["topic"],
                row["value"],
                key=row["key"],
                headers=_headers(row["headers"]),
            )
            for row in rows
        ]
        await asyncio.gather(*acks)

    async def _beat(self, producer: AIOKafkaProducer) -> None:
        now = asyncio.get_running_loop().time()
        if self._heartbeat is None or now - self._last_beat < BEAT_S:
            return
        self._last_beat = now
        headers = {"ce_specversion": "1.0", "ce_id": str(new_id()), "ce_type": HEARTBEAT}
        headers["ce_time"] = self._clock().isoformat()
        headers["ce_source"] = f"/{self._heartbeat.service}"
        await producer.send_and_wait(
            self._prefix + self._heartbeat.name,
            b"{}",
            key=b"heartbeat",
            headers=[(name, value.encode()) for name, value in headers.items()],
        )

    async def _sleep(self) -> None:
        # Not wait_for: in 3.11 it swallows a cancellation that meets the wake-up, and
        # the process would not end.
        with suppress(TimeoutError):
            async with asyncio.timeout(BEAT_S if self._heartbeat else 1.0):
                await self._wake.wait()


HEARTBEAT = "finops.heartbeat.v1"


def _headers(stored: str) -> list[tuple[str, bytes]]:
    return [(name, value.encode()) for name, value in orjson.loads(stored).items()]
