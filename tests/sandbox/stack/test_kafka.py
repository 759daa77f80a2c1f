"""That the embedded broker is a whole Kafka: what our events rest on."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, UnknownTopicOrPartitionError

from finops_sandbox import kafka_jars
from finops_sandbox.kafka_jars import JarMismatchError, locked_jars
from finops_sandbox.processes import Process
from finops_sandbox.supervisor import RunningStack

pytestmark = [pytest.mark.xdist_group("own_kafka"), pytest.mark.timeout(60)]

MEMBER = Path(__file__).with_name("group_member.py")
PARTITIONS = 6


@pytest.fixture
def brokers(own_kafka: RunningStack) -> str:
    assert own_kafka.stack.kafka_brokers is not None
    return own_kafka.stack.kafka_brokers


@pytest.fixture
async def topic(brokers: str) -> str:
    return await a_topic(brokers)


@pytest.fixture
async def producer(brokers: str) -> AsyncIterator[AIOKafkaProducer]:
    options = {"enable_idempotence": True, "acks": "all", "max_request_size": 1_000_000}
    async with AIOKafkaProducer(bootstrap_servers=brokers, **options) as started:
        yield started


async def a_topic(brokers: str, partitions: int = PARTITIONS) -> str:
    name = f"test-{uuid4()}"
    admin = AIOKafkaAdminClient(bootstrap_servers=brokers)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, partitions, 1)])
    finally:
        await admin.close()
    return name


async def read_all(brokers: str, topic: str, partitions: int = PARTITIONS) -> list[bytes]:
    """Every value of a topic, partition by partition."""
    parts = [TopicPartition(topic, number) for number in range(partitions)]
    values = []
    async with AIOKafkaConsumer(bootstrap_servers=brokers, enable_auto_commit=False) as consumer:
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        for part in parts:
            consumer.seek(part, 0)
        while any([await consumer.position(part) < ends[part] for part in parts]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                values += [record.value for record in records]
    return values


async def eventually(
    truth: Callable[[], bool], what: Callable[[], object], seconds: float = 20
) -> None:
    deadline = time.monotonic() + seconds
    while not truth():
        assert time.monotonic() < deadline, what()
        await asyncio.sleep(0.05)


@pytest.mark.req("PLAT-11", part="the broker takes idempotent producers")
async def test_an_idempotent_producer_keeps_the_order_of_a_key(
    brokers: str, topic: str, producer: AIOKafkaProducer
) -> None:
    sent = [
        await producer.send(topic, str(number).encode(), key=b"one aggregate")
        for number in range(500)
    ]
    await asyncio.gather(*sent)

    assert await read_all(brokers, topic) == [str(number).encode() for number in range(500)]


@pytest.mark.req("PLAT-13", part="the broker takes messages of 900 KB")
async def test_a_message_of_900_kb_arrives_whole(
    brokers: str, topic: str, producer: AIOKafkaProducer
) -> None:
    large = bytes(range(256)) * 3600

    await producer.send_and_wait(topic, large)

    assert await read_all(brokers, topic) == [large]


async def test_a_topic_is_never_made_by_asking_for_it(brokers: str) -> None:
    async with AIOKafkaProducer(bootstrap_servers=brokers, request_timeout_ms=1000) as producer:
        with pytest.raises((UnknownTopicOrPartitionError, KafkaError)):
            await producer.send_and_wait("nobody-made-this", b"lost")


@pytest.mark.req("PLAT-11", part="at-least-once over joins, leaves and deaths of consumers")
async def test_a_group_of_processes_shares_a_topic_through_joins_leaves_and_deaths(
    brokers: str, topic: str, producer: AIOKafkaProducer, folder: Path
) -> None:
    group = f"group-{uuid4()}"
    members = {name: _member(name, folder, brokers, topic, group) for name in "abc"}
    async with AsyncExitStack() as cleanup:
        for member in members.values():
            cleanup.callback(member.kill)

        await _run(members["a"], members["b"])
        await _shared_by(members["a"], members["b"])
        await _send(producer, topic, "first")
        await _run(members["c"])
        await _shared_by(members["a"], members["b"], members["c"])
        await _send(producer, topic, "joined")
        await members["b"].stop()
        members["a"].kill()
        await _shared_by(members["c"])
        await _send(producer, topic, "left")

        wanted = {f"{label}-{n}" for label in ("first", "joined", "left") for n in range(60)}
        await eventually(
            lambda: _read_by(*members.values()) >= wanted,
            lambda: sorted(wanted - _read_by(*members.values())),
        )


@pytest.mark.req("PLAT-40", part="Kafka goes on after kill -9, without loss, in seconds")
async def test_a_killed_broker_is_back_in_seconds_without_loss(
    own_kafka: RunningStack, brokers: str, topic: str, producer: AIOKafkaProducer
) -> None:
    before = [str(number).encode() for number in range(200)]
    for value in before:
        await producer.send_and_wait(topic, value, partition=0)
    node = own_kafka.parts["kafka"]

    node.processes[0].kill()
    began = time.monotonic()
    await node.start()
    await producer.send_and_wait(topic, b"after", partition=0)
    took = time.monotonic() - began

    assert await read_all(brokers, topic) == [*before, b"after"]
    assert took < 20  # 5 s on an idle machine


def test_a_jar_that_differs_from_the_lock_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jar = next(iter(locked_jars()))
    lock = folder / "kafka.lock"
    lock.write_text(f"{jar.group}:{jar.artifact}:{jar.version} {jar.sha256}\n")
    offered = folder / "m2" / jar.group.replace(".", "/") / jar.artifact / jar.version
    offered.mkdir(parents=True)
    (offered / jar.filename).write_bytes(b"something else")
    monkeypatch.setattr(kafka_jars, "LOCK", lock)
    monkeypatch.setenv("M2_REPO", str(folder / "m2"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))

    with pytest.raises(JarMismatchError, match=jar.artifact):
        kafka_jars.kafka_jars()

    assert not list((folder / "finops").rglob("*.jar"))


def test_the_lock_holds_one_version_of_kafka_alone() -> None:
    versions = {jar.version for jar in locked_jars() if jar.group == "org.apache.kafka"}

    assert versions == {"4.3.1"}


def _member(name: str, folder: Path, brokers: str, topic: str, group: str) -> Process:
    return Process(name, [sys.executable, str(MEMBER), brokers, topic, group], folder)


async def _run(*members: Process) -> None:
    for member in members:
        await member.start()


async def _send(producer: AIOKafkaProducer, topic: str, label: str) -> None:
    for number in range(60):
        await producer.send_and_wait(
            topic, f"{label}-{number}".encode(), partition=number % PARTITIONS
        )


def _assignment(member: Process) -> list[str]:
    lines = [line for line in member.log_tail(1000).splitlines() if line.startswith("assigned")]
    return lines[-1].split()[1:] if lines else []


def _read_by(*members: Process) -> set[str]:
    lines = [line for member in members for line in member.log_tail(1000).splitlines()]
    return {line.removeprefix("read ") for line in lines if line.startswith("read ")}


async def _shared_by(*members: Process) -> None:
    """Wait until exactly these hold every partition once, each at least one."""
    every = [str(number) for number in range(PARTITIONS)]
    await eventually(
        lambda: (
            sorted(part for member in members for part in _assignment(member)) == every
            and all(_assignment(member) for member in members)
        ),
        lambda: {member.name: member.log_tail() for member in members},
    )
