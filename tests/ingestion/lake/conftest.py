"""A lake of its own for each test."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import boto3
import pytest
from tests.ingestion.lake.shore import Shore

from finops_common.blobs import open_blobs
from finops_common.db.engine import create_engine
from finops_common.db.transaction import Database
from finops_common.ids import new_id
from finops_common.testing.databases import Databases
from finops_ingestion.lake.adapters import IcebergLake
from finops_sandbox.stack import Stack

MIGRATIONS = Path(__file__).parents[3] / "services" / "ingestion" / "migrations"


@asynccontextmanager
async def shore_at(url: str, databases: Databases, folder: Path) -> AsyncIterator[Shore]:
    stored = await databases.clone("ingestion", MIGRATIONS)
    engine = create_engine(stored.service_url, name="test", pool_size=8)
    lake = IcebergLake(stored.service_url, "ingestion_system", url)
    async with open_blobs(url, folder / "cache") as blobs:
        yield Shore(Database(engine, "ingestion"), stored.service_url, blobs, folder, lake)
    await lake.close()
    await engine.dispose()


@pytest.fixture
async def shore(databases: Databases, tmp_path: Path) -> AsyncIterator[Shore]:
    async with shore_at(f"file://{tmp_path / 'blobs'}", databases, tmp_path) as made:
        yield made


@pytest.fixture
async def shore_in_s3(
    databases: Databases, stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Shore]:
    """Everything lies in a bucket."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "any")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "any")
    bucket = f"lake-{new_id()}"
    s3 = boto3.client("s3", endpoint_url=stack.s3_url, region_name="us-east-1")
    s3.create_bucket(Bucket=bucket)
    url = f"s3://{bucket}/kept?region=us-east-1&endpoint_url={stack.s3_url}"
    async with shore_at(url, databases, tmp_path) as made:
        yield made
