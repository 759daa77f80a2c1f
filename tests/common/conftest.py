"""A probe: a service of our own with one guarded table, its database and its topics."""

import secrets
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaProducer
from tests.common.probe.contracts import NOTES
from tests.common.probe.tables import MIGRATIONS

from finops_common.contracts.revocations import STREAMS
from finops_common.db.engine import create_engine
from finops_common.db.transaction import Database
from finops_common.events.relay import kafka_producer
from finops_common.events.topics import dead_letter_topic, make_topics
from finops_common.testing.databases import Databases
from finops_sandbox.databases import ServiceDatabase, drop_database
from finops_sandbox.stack import Stack


@pytest.fixture
async def stored(databases: Databases, stack: Stack) -> AsyncIterator[ServiceDatabase]:
    """A database of the probe, of this test alone."""
    made = await databases.clone("probe", MIGRATIONS)
    yield made
    await drop_database(stack.postgres_url or "", made.name)


@pytest.fixture
async def database(stored: ServiceDatabase) -> AsyncIterator[Database]:
    """The same, as the service reaches it."""
    engine = create_engine(stored.service_url, name="probe", pool_size=30)
    yield Database(engine, "probe")
    await engine.dispose()


@pytest.fixture
def brokers(stack: Stack) -> str:
    return stack.kafka_brokers or ""


@pytest.fixture
async def prefix(brokers: str, topic_prefix: str) -> str:
    """Before the names of this test's own topics, which exist."""
    prefix = f"{topic_prefix}{secrets.token_hex(3)}."
    topics = [NOTES, dead_letter_topic("probe"), *(kind.topic for kind in STREAMS)]
    await make_topics(brokers, prefix, topics)
    return prefix


@pytest.fixture
async def producer(brokers: str) -> AsyncIterator[AIOKafkaProducer]:
    made = kafka_producer(brokers)
    await made.start()
    yield made
    await made.stop()
