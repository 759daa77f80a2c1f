"""At-least-once delivery, effect once: whatever repeats, dies, is lost or moved."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from sqlalchemy import select
from tests.common.probe.contracts import NOTES, NoteBurned, NoteTaken, note_taken
from tests.common.probe.reader import Reader
from tests.common.probe.running import EVERYBODY, at_work, until

from finops_common.acting import Acts
from finops_common.db.engine import create_engine
from finops_common.db.tables import consumer_positions
from finops_common.db.transaction import Database
from finops_common.events.consumer import ResyncNeededError
from finops_common.worker import Worker
from finops_sandbox.databases import ServiceDatabase, create_service_database, drop_database
from finops_sandbox.stack import Stack

pytestmark = pytest.mark.req("PLAT-11", part="inbox and consumer")


async def test_an_event_that_comes_twice_takes_effect_once(reader: Reader) -> None:
    await reader.send(note_taken(1), times=2)
    await reader.send(note_taken(2))

    async with reader.at_work():
        found = await until(lambda: reader.has(2))

    assert found == ["diary:1", "diary:2"]


async def test_a_connection_lost_between_handler_and_commit_leaves_one_effect(
    reader: Reader, stack: Stack, stored: ServiceDatabase
) -> None:
    admin = await asyncpg.connect(stack.postgres_url)
    cut = asyncio.Event()

    async def cut_once(_: NoteTaken) -> None:
        if len(reader.calls) == 1:
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1",
                stored.name,
            )
            cut.set()

    reader.trouble = cut_once
    await reader.send(note_taken(1), note_taken(2))

    async with reader.at_work():
        # Our own look would be cut off too.
        await asyncio.wait_for(cut.wait(), 20)
        found = await until(lambda: reader.has(2))

    assert (found, reader.calls) == (["diary:1", "diary:2"], [1, 1, 2])
    await admin.close()


async def test_a_process_that_ends_within_a_handler_leaves_one_effect(reader: Reader) -> None:
    reached = asyncio.Event()

    async def hang(_: NoteTaken) -> None:
        reached.set()
        await asyncio.sleep(60)

    await reader.send(note_taken(1))
    reader.trouble = hang
    async with reader.at_work():
        await asyncio.wait_for(reached.wait(), 20)

    reader.trouble = _calm
    async with reader.at_work():
        found = await until(lambda: reader.has(1))

    assert found == ["diary:1"]


async def _calm(_: NoteTaken) -> None:
    """Nothing goes wrong."""


async def test_a_consumer_goes_on_where_its_database_stands(reader: Reader) -> None:
    await reader.send(note_taken(1))
    async with reader.at_work():
        await until(lambda: reader.has(1))
    await reader.send(note_taken(2))
    async with reader.at_work():
        await until(lambda: reader.has(2))

    assert reader.calls == [1, 2]


async def test_a_passing_failure_is_tried_again_and_order_is_kept(reader: Reader) -> None:
    async def busy(note: NoteTaken) -> None:
        if note.number == 2 and reader.calls.count(2) < 5:
            raise ConnectionRefusedError

    reader.trouble = busy
    await reader.send(*(note_taken(n) for n in (1, 2, 3)))

    async with reader.at_work():
        found = await until(lambda: reader.has(3))

    assert found == ["diary:1", "diary:2", "diary:3"]
    assert await reader.letters() == []


async def test_what_nobody_here_handles_moves_the_position_too(reader: Reader) -> None:
    await reader.send(NoteBurned(book="diary"), NoteBurned(book="diary"))

    async with reader.at_work():
        await until(lambda: _position(reader, 2))

    assert reader.calls == []


async def _position(reader: Reader, at: int) -> bool:
    async with reader.database.transaction(EVERYBODY) as tx:
        rows = await tx.all(select(consumer_positions.c.next_offset))
    return at in {row.next_offset for row in rows}


async def test_two_consumers_share_the_work_and_each_effect_is_there_once(reader: Reader) -> None:
    second = Reader(reader.database, reader.brokers, reader.prefix, reader.producer)
    sent = [note_taken(n, f"book-{n % 9}") for n in range(90)]

    async with second.at_work():
        async with reader.at_work():
            await reader.send(*sent[:30])
            await until(lambda: reader.has(30))
            await reader.send(*sent[30:60])
            await until(lambda: reader.has(60))
        await reader.send(*sent[60:])
        found = await until(lambda: reader.has(90))

    assert sorted(found) == sorted(f"{note.book}:{note.number}" for note in sent)
    for book in {note.book for note in sent}:
        numbers = [int(name.split(":")[1]) for name in found if name.startswith(f"{book}:")]
        assert numbers == sorted(numbers)
    assert second.calls


async def test_records_that_expired_unread_stop_the_consumer(reader: Reader, brokers: str) -> None:
    await reader.send(note_taken(1))
    async with reader.at_work():
        await until(lambda: reader.has(1))
    await reader.send(note_taken(2), note_taken(3))
    await _expire(reader, upto=2)

    with pytest.raises(ResyncNeededError, match="no longer holds offset 1"):
        await asyncio.wait_for(reader.consumer().run(), 20)

    assert reader.calls == [1]


async def _expire(reader: Reader, upto: int) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=reader.brokers)
    await admin.start()
    topic = reader.prefix + NOTES.name
    number = await _partition_of_diary(reader)
    await admin.delete_records({TopicPartition(topic, number): RecordsToDelete(upto)})
    await admin.close()


async def _partition_of_diary(reader: Reader) -> int:
    async with reader.database.transaction(EVERYBODY) as tx:
        return int((await tx.one(select(consumer_positions.c.partition))).partition)


@asynccontextmanager
async def copy_of(stored: ServiceDatabase, stack: Stack) -> AsyncIterator[Database]:
    """A backup of the database as it is now, brought back."""
    made = await create_service_database(
        stack.postgres_url or "", "probe", f"{stored.name}_copy", stored.name
    )
    engine = create_engine(made.service_url, name="probe")
    yield Database(engine, "probe")
    await engine.dispose()
    await drop_database(stack.postgres_url or "", made.name)


async def test_a_restored_database_reads_again_what_it_lost(
    reader: Reader, stored: ServiceDatabase, stack: Stack
) -> None:
    await reader.send(note_taken(1))
    async with reader.at_work():
        await until(lambda: reader.has(1))
    await reader.database.engine.dispose()

    async with copy_of(stored, stack) as backup:
        await reader.send(note_taken(2), note_taken(3))
        async with reader.at_work():
            await until(lambda: reader.has(3))
        restored = Reader(backup, reader.brokers, reader.prefix, reader.producer)
        async with restored.at_work():
            found = await until(lambda: restored.has(3))

    assert found == ["diary:1", "diary:2", "diary:3"]
    assert restored.calls == [2, 3]


class DownAtFirst(Database):
    """A database that cannot be reached when it is first asked."""

    asked = 0

    def transaction(self, acts: Acts):  # type: ignore[no-untyped-def] # noqa: ANN201 - the base's own
        self.asked += 1
        if self.asked == 1:
            raise ConnectionRefusedError
        return super().transaction(acts)


async def test_a_restored_database_that_is_down_at_first_still_reads_again(
    reader: Reader, stored: ServiceDatabase, stack: Stack
) -> None:
    await reader.send(note_taken(1))
    async with reader.at_work():
        await until(lambda: reader.has(1))
    await reader.database.engine.dispose()

    async with copy_of(stored, stack) as backup:
        await reader.send(note_taken(2), note_taken(3))
        async with reader.at_work():
            await until(lambda: reader.has(3))
        reader_of_backup = Reader(backup, reader.brokers, reader.prefix, reader.producer)
        slow = DownAtFirst(backup.engine, "probe")
        restored = Reader(slow, reader.brokers, reader.prefix, reader.producer)
        async with restored.at_work():
            await reader.send(note_taken(4))
            await until(lambda: _position(reader_of_backup, 4))
            found = await restored.effects(backup)

    assert found == [f"diary:{n}" for n in (1, 2, 3, 4)]


async def test_a_database_that_lost_even_its_positions_stops_the_consumer(
    reader: Reader, stored: ServiceDatabase, stack: Stack
) -> None:
    await reader.database.engine.dispose()
    async with copy_of(stored, stack) as empty:
        await reader.send(note_taken(1))
        async with reader.at_work():
            await until(lambda: reader.has(1))

        lost = Reader(empty, reader.brokers, reader.prefix, reader.producer)
        with pytest.raises(ResyncNeededError, match="another database"):
            await asyncio.wait_for(lost.consumer().run(), 20)

    assert lost.calls == []


async def test_a_consumer_that_stops_for_good_turns_readiness_off_and_leaves_the_rest_alone(
    reader: Reader,
) -> None:
    beats: list[int] = []

    async def lost() -> None:
        raise ResyncNeededError("notes: gone")

    async def beating() -> None:
        while True:
            beats.append(1)
            await asyncio.sleep(0.01)

    worker = Worker({"notes": lost, "other": beating})
    async with at_work(worker.run):
        await until(lambda: _holds(len(beats) > 5))
        ready = await worker.checks()["tasks"]()

    assert not ready


async def _holds(fact: bool) -> bool:
    return fact
