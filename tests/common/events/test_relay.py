"""What is published comes out of the relay: all of it, in order within a key, whatever dies."""

import asyncio
import random
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer, ConsumerRecord
from sqlalchemy import select, text
from tests.common.probe.contracts import NOTES, note_taken
from tests.common.probe.running import EVERYBODY, at_work, publish, records, until
from tests.common.probe.writer import Books

from finops_common.clock import utc_now
from finops_common.contracts.revocations import IDENTITY_REVOCATION
from finops_common.db.tables import outbox
from finops_common.db.transaction import Database
from finops_common.events.relay import HEARTBEAT, Relay
from finops_sandbox.databases import ServiceDatabase
from finops_sandbox.processes import Process
from finops_sandbox.stack import Stack

pytestmark = pytest.mark.req("PLAT-11", part="outbox and relay")
ROOT = Path(__file__).parents[3]


@pytest.fixture
def a_relay(stored: ServiceDatabase, brokers: str, prefix: str) -> Callable[[], Relay]:
    return lambda: Relay(stored.service_url, brokers, prefix, utc_now)


async def all_sent(books: Books, brokers: str, prefix: str) -> list[ConsumerRecord]:
    async def complete() -> list[ConsumerRecord]:
        found = await records(brokers, prefix + NOTES.name)
        return found if books.complete(found) else []

    found: list[ConsumerRecord] = await until(complete, 30)
    return found


async def waiting(database: Database) -> int:
    async with database.transaction(EVERYBODY) as tx:
        return len(await tx.all(select(outbox.c.id)))


async def cut_off(admin: asyncpg.Connection, database: str) -> None:
    """End the connection of the relay that leads."""
    await admin.execute(
        "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
        " WHERE l.locktype = 'advisory' AND l.objid = 7061001 AND l.granted AND d.datname = $1",
        database,
    )


async def test_24_writers_lose_and_reorder_nothing_while_the_relay_is_cut_off_and_cancelled(
    database: Database,
    stored: ServiceDatabase,
    stack: Stack,
    a_relay: Callable[[], Relay],
    brokers: str,
    prefix: str,
) -> None:
    books, chance = Books(), random.Random(1)  # noqa: S311 - no secret
    admin = await asyncpg.connect(stack.postgres_url)

    async def troubled() -> None:
        while True:
            async with at_work(a_relay().run):
                for _ in range(2):
                    await asyncio.sleep(chance.uniform(0.2, 0.5))
                    await cut_off(admin, stored.name)
                await asyncio.sleep(chance.uniform(0.5, 1.0))

    async with at_work(troubled):
        await asyncio.gather(*(books.write(database, 25, seed) for seed in range(24)))
    async with at_work(a_relay().run):
        found = await all_sent(books, brokers, prefix)
        await until(lambda: _emptied(database))

    assert books.read(found) == books.written
    await admin.close()


async def _emptied(database: Database) -> bool:
    return await waiting(database) == 0


async def test_a_relay_process_killed_at_random_loses_and_reorders_nothing(
    database: Database, stored: ServiceDatabase, brokers: str, prefix: str, tmp_path: Path
) -> None:
    books, chance = Books(), random.Random(2)  # noqa: S311 - no secret
    relay = Process(
        "relay",
        [
            sys.executable,
            str(ROOT / "tests/common/probe/relay_process.py"),
            stored.service_url,
            brokers,
            prefix,
        ],
        tmp_path,
    )
    writers = asyncio.gather(*(books.write(database, 30, seed) for seed in range(24)))

    while not writers.done():
        await relay.start()
        await asyncio.sleep(chance.uniform(0.7, 1.2))
        relay.kill()
    await writers
    await relay.start()
    found = await all_sent(books, brokers, prefix)
    await relay.stop()

    assert books.read(found) == books.written


async def test_a_transaction_that_stalls_before_its_commit_is_still_sent_before_its_successor(
    database: Database, a_relay: Callable[[], Relay], brokers: str, prefix: str
) -> None:
    async with at_work(a_relay().run):
        for book in ("a", "b", "c"):
            async with database.transaction(EVERYBODY) as slow:
                slow.publish(note_taken(1, book))
                await slow.flush()
                await publish(database, *(note_taken(n, f"other-{book}") for n in range(1500)))
                await until(lambda: _sent(brokers, prefix, 1500))
                await asyncio.sleep(0.1)
            await publish(database, note_taken(2, book))
        books = Books(0)
        found = await until(lambda: _sent(brokers, prefix, 3 * 1502))

    read = books.read(found)
    assert [read[book] for book in ("a", "b", "c")] == [[1, 2]] * 3


async def _sent(brokers: str, prefix: str, least: int) -> list[ConsumerRecord]:
    found = await records(brokers, prefix + NOTES.name)
    return found if len(found) >= least else []


async def test_an_open_transaction_of_another_database_delays_nothing(
    database: Database,
    stack: Stack,
    a_relay: Callable[[], Relay],
    brokers: str,
    prefix: str,
    record_property: Callable[[str, object], None],
) -> None:
    stranger = await asyncpg.connect(stack.postgres_url)
    async with stranger.transaction(isolation="serializable"):
        await stranger.execute("SELECT txid_current()")
        relay = a_relay()
        async with at_work(relay.run):
            await until(lambda: _leads(relay))
            took = [await _one_way(database, brokers, prefix, n) for n in range(1, 6)]

    record_property("p50_s", sorted(took)[2])
    assert max(took) < 5
    await stranger.close()


async def _leads(relay: Relay) -> bool:
    return relay.leading


async def _one_way(database: Database, brokers: str, prefix: str, n: int) -> float:
    began = time.perf_counter()
    await publish(database, note_taken(n))
    await until(lambda: _sent(brokers, prefix, n), 5)
    return time.perf_counter() - began


async def test_a_transaction_that_rolls_back_publishes_nothing(
    database: Database, a_relay: Callable[[], Relay], brokers: str, prefix: str
) -> None:
    with suppress(ZeroDivisionError):
        async with database.transaction(EVERYBODY) as tx:
            tx.publish(note_taken(1))
            await tx.flush()
            raise ZeroDivisionError
    async with at_work(a_relay().run):
        await publish(database, note_taken(2))
        found = await until(lambda: _sent(brokers, prefix, 1))

    assert Books(0).read(found) == {"diary": [2]}


class Silent(Relay):
    """Its Kafka takes what is sent and never acknowledges it."""

    handed_over: int = 0

    async def _send(self, producer: AIOKafkaProducer, rows: Sequence[asyncpg.Record]) -> None:  # noqa: ARG002 - as the relay's own
        self.handed_over += len(rows)
        await asyncio.sleep(60)


async def test_what_kafka_has_not_acknowledged_stays_in_the_outbox(
    database: Database, stored: ServiceDatabase, a_relay: Callable[[], Relay], brokers: str,
    prefix: str,
) -> None:  # fmt: skip
    relay = Silent(stored.service_url, brokers, prefix, utc_now)
    await publish(database, note_taken(1))

    async def handed_over() -> int:
        return relay.handed_over

    async with at_work(relay.run):
        await until(handed_over)
        during = await waiting(database)
    async with at_work(a_relay().run):
        found = await until(lambda: _sent(brokers, prefix, 1))

    assert (during, Books(0).read(found)) == (1, {"diary": [1]})


async def test_of_two_relays_one_leads_and_the_other_takes_over(
    database: Database, a_relay: Callable[[], Relay], brokers: str, prefix: str
) -> None:
    first, second = a_relay(), a_relay()
    async with at_work(second.run):
        async with at_work(first.run):
            await until(lambda: _either(first, second))
            await asyncio.sleep(0.5)
            leaders = [relay for relay in (first, second) if relay.leading]
            if leaders == [second]:
                first, second = second, first
            assert len(leaders) == 1
        await publish(database, note_taken(1))
        found = await until(lambda: _sent(brokers, prefix, 1))

    assert len(found) == 1


async def _either(first: Relay, second: Relay) -> bool:
    return first.leading or second.leading


async def test_an_event_too_large_for_kafka_fails_its_use_case_and_not_the_relay(
    database: Database,
) -> None:
    with pytest.raises(ValueError, match="too large"):
        await publish(database, note_taken(1, "x" * 1_000_000))

    assert await waiting(database) == 0


@pytest.mark.req("PLAT-30", part="heartbeats stop when revocations may wait")
async def test_heartbeats_stop_while_the_outbox_cannot_be_drained(
    database: Database, stored: ServiceDatabase, brokers: str, prefix: str
) -> None:
    relay = Relay(stored.service_url, brokers, prefix, utc_now, heartbeat=IDENTITY_REVOCATION)
    async with at_work(relay.run):
        await until(lambda: _beats(brokers, prefix))
        async with database.engine.connect() as blocker:
            # Nobody can read the outbox: what waits in it is unknown.
            await blocker.execute(text("LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE"))
            await asyncio.sleep(0.5)
            before = len(await _beats(brokers, prefix))
            await asyncio.sleep(1.2)
            during = len(await _beats(brokers, prefix))
        await until(lambda: _more_beats(brokers, prefix, during))

    assert during == before


async def _beats(brokers: str, prefix: str) -> list[datetime]:
    found = await records(brokers, prefix + IDENTITY_REVOCATION.name)
    headers = [{name: value.decode() for name, value in record.headers} for record in found]
    return [datetime.fromisoformat(h["ce_time"]) for h in headers if h["ce_type"] == HEARTBEAT]


async def _more_beats(brokers: str, prefix: str, count: int) -> list[datetime]:
    beats = await _beats(brokers, prefix)
    return beats if len(beats) > count else []
