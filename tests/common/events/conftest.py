import pytest
from aiokafka import AIOKafkaProducer
from tests.common.probe.reader import Reader

from finops_common.db.transaction import Database


@pytest.fixture
def reader(database: Database, brokers: str, prefix: str, producer: AIOKafkaProducer) -> Reader:
    return Reader(database, brokers, prefix, producer)
