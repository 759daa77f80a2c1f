"""Customers whose bills lie in their buckets, and what became of them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.ingestion.conftest import Customer
from tests.ingestion.imports.workshop import Workshop

from finops_common.blobs import open_blobs
from finops_common.contracts.catalogue import topics_of
from finops_common.db.engine import create_engine
from finops_common.db.transaction import Database
from finops_common.events.topics import make_topics
from finops_common.testing.databases import Databases
from finops_sandbox.stack import Stack
from finops_sandbox.world import World, build_world
from finops_sandbox.world.publish import BucketStore, Delivery, Format, bucket_of, publish

MIGRATIONS = Path(__file__).parents[3] / "services" / "ingestion" / "migrations"
ENDED = {"done", "partial", "failed", "cancelled"}


@dataclass
class Payer:
    """A customer whose management account is registered."""

    customer: Customer
    source: str
    store: BucketStore
    bill_format: Format

    @property
    def root(self) -> str:
        return f"/ingestion/v1/organizations/{self.customer.organization}"

    def deliver(self, month: date, revision: int | None = None) -> Delivery:
        """AWS writes a bill into the bucket."""
        return publish(self.customer.world, month, revision, self.bill_format, self.store)

    async def ask_for(self, month: date) -> None:
        """Somebody wants a month, now."""
        path = f"{self.root}/billing-sources/{self.source}/imports"
        await self.customer.owner.post(path, {"period": f"{month:%Y-%m}"}, expect=202)

    async def imports(self) -> list[dict[str, Any]]:
        """Newest first."""
        found: list[dict[str, Any]] = (await self.customer.owner.get(f"{self.root}/imports"))[
            "items"
        ]
        return found

    async def imported(self, count: int) -> list[dict[str, Any]]:
        """All imports, once `count` have ended."""
        for _ in range(400):
            found = await self.imports()
            if len([each for each in found if each["state"] in ENDED]) >= count:
                return found
            await asyncio.sleep(0.1)
        raise AssertionError(f"not {count} imports ended: {found}")

    async def periods(self) -> dict[str, dict[str, Any]]:
        """By month."""
        path = f"{self.root}/billing-sources/{self.source}/periods"
        return {each["period"]: each for each in (await self.customer.owner.get(path))["items"]}


@pytest.fixture
async def payer(customer: Customer, stack: Stack) -> Payer:
    """A payer that delivers CUR 2.0."""
    await customer.registered()
    keys = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
    s3 = boto3.client("s3", endpoint_url=stack.s3_url, region_name="us-east-1", **keys)
    path = f"/ingestion/v1/organizations/{customer.organization}/billing-sources"
    (source,) = (await customer.owner.get(path))["items"]
    return Payer(customer, source["id"], BucketStore(s3, bucket_of(customer.world)), "cur2")


@pytest.fixture(scope="session")
def small_world() -> World:
    return build_world(7, datetime(2026, 11, 2, 10, tzinfo=UTC), months=1)


@pytest.fixture
async def workshop(
    stack: Stack, databases: Databases, topic_prefix: str, small_world: World, tmp_path: Path
) -> AsyncIterator[Workshop]:
    """A fresh database with one billing source whose bucket is empty."""
    stored = await databases.clone("ingestion", MIGRATIONS)
    await make_topics(stack.kafka_brokers or "", topic_prefix, topics_of("ingestion"))
    engine = create_engine(stored.service_url, name="test", pool_size=8)
    async with open_blobs(f"file://{tmp_path / 'blobs'}") as blobs:
        made = Workshop(
            Database(engine, "ingestion"),
            stored.service_url,
            blobs,
            stack.kafka_brokers or "",
            topic_prefix,
            stack.s3_url or "",
            tmp_path / "spool",
            small_world,
        )
        await made.open()
        yield made
    await engine.dispose()
