"""The engines that cost queries must agree on."""

from collections.abc import Iterator

import pytest
from tests.ingestion.costs.clickhouse import ClickHouseEngine

from finops_ingestion.costs.engine import DuckEngine


@pytest.fixture(scope="session")
def duck() -> Iterator[DuckEngine]:
    engine = DuckEngine(memory_mb=256, threads=1)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def clickhouse() -> Iterator[ClickHouseEngine]:
    engine = ClickHouseEngine()
    yield engine
    engine.close()
