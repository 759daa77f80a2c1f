"""Organizations with a bucket of their own."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.ingestion.conftest import NOW as WORLD_NOW
from tests.ingestion.costs.deliveries.depot import Clock, Depot
from tests.ingestion.registry import MIGRATIONS

from finops_common.blobs import open_blobs
from finops_common.db.engine import create_engine
from finops_common.db.transaction import Database
from finops_common.sealing import Sealer
from finops_common.testing.databases import Databases
from finops_ingestion.costs.engine import DuckEngine
from finops_sandbox.aws.served import ServedSimulator
from finops_sandbox.stack import Stack
from finops_sandbox.world import World, build_world


@pytest.fixture
async def depot(
    stack: Stack,
    databases: Databases,
    simulator: ServedSimulator,
    worlds: list[World],
    duck: DuckEngine,
    keys: dict[str, str],
    tmp_path: Path,
) -> AsyncIterator[Depot]:
    """A fresh database, an AWS account, and no delivery yet."""
    stored = await databases.clone("ingestion", MIGRATIONS)
    engine = create_engine(stored.service_url, name="test", pool_size=8)
    account = f"{secrets.randbelow(9 * 10**11) + 10**11}"
    worlds.append(build_world(7, WORLD_NOW, payer=account, months=1))
    clock = Clock()
    database = Database(engine, "ingestion", clock)
    async with open_blobs(f"file://{tmp_path / 'blobs'}") as blobs:
        yield Depot(
            database,
            Sealer(keys["FINOPS_SEALING_KEYS"]),
            blobs,
            duck,
            simulator,
            stack.s3_url or "",
            account,
            tmp_path,
            clock,
        )
    await engine.dispose()
