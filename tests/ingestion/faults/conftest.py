"""Payers whose bucket stands behind the simulated AWS, which can be asked to misbehave."""

import asyncio
import io
import json
import secrets
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow.parquet as pq
import pytest
from sqlalchemy import insert, select, update
from tests.ingestion.conftest import NOW
from tests.ingestion.imports.conftest import MIGRATIONS
from tests.ingestion.imports.rebuilding import rebuild
from tests.ingestion.imports.workshop import Workshop
from tests.ingestion.reading import everything

from finops_common.blobs import open_blobs
from finops_common.contracts.catalogue import topics_of
from finops_common.contracts.ingestion import COST
from finops_common.db.engine import create_engine
from finops_common.db.transaction import Database
from finops_common.events.topics import make_topics
from finops_common.ids import new_id
from finops_common.testing.databases import Databases
from finops_ingestion.accounts.sources import BillingSource
from finops_ingestion.connections.adapters.aws import Aws
from finops_ingestion.connections.template import read_template, stack_parameters
from finops_ingestion.imports.tables import imports, shares
from finops_sandbox.aws.served import PLATFORM, ServedSimulator
from finops_sandbox.stack import Stack
from finops_sandbox.world import World, build_world
from finops_sandbox.world.publish import publish

OPEN = date(2026, 11, 1)
FILES = 3
Bill = Mapping[str, bytes]
"""Objects by key in the order they are delivered in, the manifest last."""


@dataclass
class BillStore:
    """A delivery kept in memory."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def put(self, key: str, body: bytes) -> None:
        self.objects[key] = body


def a_bill(world: World, revision: int) -> Bill:
    """The open month's bill in `FILES` files."""
    store = BillStore()
    made = publish(world, OPEN, revision, "cur2", store, "bills")
    manifest = json.loads(store.objects[made.manifest_key])
    (key,) = made.data_keys
    table = pq.read_table(io.BytesIO(store.objects[key]))
    size = -(-table.num_rows // FILES)
    cut: dict[str, bytes] = {}
    for number in range(FILES):
        part = io.BytesIO()
        pq.write_table(table.slice(number * size, size), part)
        cut[str(PurePosixPath(key).with_name(f"part-{number}.snappy.parquet"))] = part.getvalue()
    manifest["dataFiles"] = [f"s3://bills/{name}" for name in cut]
    return {**cut, made.manifest_key: json.dumps(manifest).encode()}


@dataclass(kw_only=True)
class FaultyWorkshop(Workshop):
    """A workshop that reads through a customer's role, as the product does."""

    simulator: ServedSimulator
    aws: Aws
    role: str
    bills: Mapping[int, Bill]

    @asynccontextmanager
    async def client(self, _: BillingSource) -> AsyncIterator[Any]:
        """What opens the bucket: a session of the customer's role."""
        session = await self.aws.assume(self.role, "tests")
        async with self.aws.client("s3", session) as client:
            yield client

    def put(self, objects: Bill) -> None:
        """AWS writes these objects into the bucket."""
        for key, body in objects.items():
            self._store().put(key, body)

    def bill(self, revision: int) -> Bill:
        """AWS delivers a revision of the open month."""
        self.put(self.bills[revision])
        return self.bills[revision]

    async def fault(self, kind: str, operation: str = "GetObject", **given: Any) -> None:  # noqa: ANN401 - of a fault
        """The next objects that are asked for come wrong, or as `operation` says."""
        await self.simulator.plan_fault("s3", operation, kind, **given)

    async def end_all(self, state: str, code: str) -> None:
        """Every import has ended so."""
        for each in await self.imports():
            await self.end_as(each.id, state)
        mine = update(imports).where(imports.c.billing_source_id == self.source)
        async with self.system() as tx:
            await tx.execute(mine.values(code=code))

    async def repeat_imports(self, times: int) -> None:
        """The one import so far went the same way `times` times more."""
        (before,) = await self.imports()
        async with self.system() as tx:
            for _ in range(times):
                await tx.execute(insert(imports).values({**before._mapping, "id": new_id()}))

    async def work_through(self) -> None:
        """Run every import until it ends; no wait between tries is waited out."""
        while any(each.state in {"queued", "running"} for each in await self.imports()):
            await self.lapse()
            await self.work()

    async def totals(self) -> Any:  # noqa: ANN401 - JSON
        """Rows, lines and every sum of what stands, by organization."""
        columns = (shares.c.revision, shares.c.rows, shares.c.lines, shares.c.totals)
        mine = select(*columns).where(shares.c.billing_source_id == self.source)
        async with self.system() as tx:
            found = await tx.all(mine.order_by(shares.c.revision.desc()).limit(1))
        return [tuple(row[1:]) for row in found]

    async def sent(self) -> list[Any]:
        """The records of the source's streams, as they stand in the topic."""
        records = await everything(self.brokers, self.prefix + COST.name)
        return [r for r in records if r.key and r.key.startswith(str(self.source).encode())]

    async def all_agree(self) -> None:
        """Ledger, files and topic say the same of the revision that stands, and of nothing else."""
        reader = rebuild(await self.sent(), await self.relayed())
        stream = (self.source, OPEN)
        assert reader.committed[stream].revision == (await self.standing())[OPEN]
        assert reader.sums(stream) == reader.told(stream)
        assert all([(await self.blobs.local(key)).is_file() for key in await self.files_named()])
        assert not list(self.spool.iterdir())


@pytest.fixture(scope="session")
def faulty_world() -> World:
    return build_world(7, NOW, payer=f"{secrets.randbelow(9 * 10**11) + 10**11}", months=1)


@pytest.fixture(scope="session")
def bills(faulty_world: World) -> Mapping[int, Bill]:
    """Two revisions of the open month."""
    return {revision: a_bill(faulty_world, revision) for revision in (1, 2)}


@pytest.fixture(scope="session")
async def read_role(faulty_world: World, worlds: list[World], simulator: ServedSimulator) -> str:
    """Made by the product's own template, for the buckets of all these tests."""
    worlds.append(faulty_world)
    given = stack_parameters("tests", "tests", bucket="bills-*", leave_out=frozenset())
    template = read_template(PLATFORM.arn, given)
    stack = await simulator.run_stack(faulty_world.payer.id, "faults", template, given)
    stack.raise_for_status()
    return str(stack.json()["outputs"]["RoleArn"])


@pytest.fixture
async def workshop(
    stack: Stack,
    databases: Databases,
    topic_prefix: str,
    simulator: ServedSimulator,
    faulty_world: World,
    read_role: str,
    bills: Mapping[int, Bill],
    tmp_path: Path,
) -> AsyncIterator[FaultyWorkshop]:
    """A fresh database with one billing source whose bucket is empty; no faults yet."""
    stored = await databases.clone("ingestion", MIGRATIONS)
    await make_topics(stack.kafka_brokers or "", topic_prefix, topics_of("ingestion"))
    engine = create_engine(stored.service_url, name="test", pool_size=8)
    await simulator.clear_faults()
    async with open_blobs(f"file://{tmp_path / 'blobs'}") as blobs:
        made = FaultyWorkshop(
            Database(engine, "ingestion"),
            stored.service_url,
            blobs,
            stack.kafka_brokers or "",
            topic_prefix,
            stack.s3_url or "",
            tmp_path / "spool",
            faulty_world,
            simulator=simulator,
            aws=Aws("us-east-1", simulator.url, PLATFORM.access_key, PLATFORM.secret),
            role=read_role,
            bills=bills,
        )
        await made.open()
        yield made
    await simulator.clear_faults()
    await engine.dispose()


@pytest.fixture(scope="session")
def known_totals() -> dict[int, Any]:
    """By revision, what an undisturbed import has made of it."""
    return {}


@pytest.fixture
async def calm(workshop: FaultyWorkshop, known_totals: dict[int, Any]) -> Mapping[int, Any]:
    """What undisturbed imports make of each revision."""
    for revision in {1, 2} - known_totals.keys():
        other = await workshop.another()
        assert isinstance(other, FaultyWorkshop)
        other.bill(revision)
        await other.look()
        await other.work()
        known_totals[revision] = await other.totals()
    return known_totals


async def start_worker(
    workshop: Workshop, folder: Path, *tasks: str, **settings: str
) -> asyncio.subprocess.Process:
    """A worker process with those of ingestion's tasks for imports whose names begin so."""
    unused = ("service_key", "service_jwks", "identity_url", "org_rbac_url", "public_app_url")
    told = {
        **dict.fromkeys((*unused, "sealing_keys"), "-"),
        "database_url": workshop.service_url,
        "kafka_brokers": workshop.brokers,
        "topic_prefix": workshop.prefix,
        "blobs_url": f"file://{folder / 'blobs'}",
        "spool": str(workshop.spool),
        "s3_url": workshop.s3_url,
        "tasks": ",".join(tasks),
        **settings,
    }
    script = Path(__file__).with_name("worker_process.py")
    return await asyncio.create_subprocess_exec(sys.executable, str(script), json.dumps(told))
