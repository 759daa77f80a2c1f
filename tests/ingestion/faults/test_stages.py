"""A worker dies in every stage of an import, at a moment of a seed's choosing: all agrees after."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import insert
from tests.ingestion.faults.conftest import OPEN, FaultyWorkshop, start_worker
from tests.ingestion.faults.follower import Follower
from tests.ingestion.lake.shore import Shore

from finops_common.db.engine import create_engine
from finops_common.db.transaction import Database
from finops_common.ids import new_id
from finops_common.testing.databases import Databases
from finops_ingestion.imports.tables import attempts, revisions, shares
from finops_ingestion.lake.adapters import IcebergLake

POINTS = int(os.environ.get("CRASHES", "6"))
"""Imports whose worker dies; the stages take turns."""
PATIENCE = 90
MIGRATIONS = Path(__file__).parents[3] / "services" / "commitments" / "migrations"
WAITING = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE wait_event_type = 'Lock' AND datname = current_database()"
    " AND query LIKE 'INSERT INTO revisions %'"
)


@dataclass(frozen=True)
class Scene:
    """One import whose worker is about to die."""

    workshop: FaultyWorkshop
    chance: random.Random

    async def spooled(self, pattern: str) -> bool:
        """Whether there is such a file; also once the import has ended before we looked."""
        (read,) = await self.workshop.imports()
        folder = self.workshop.spool / str(read.id)
        there = await asyncio.to_thread(lambda: any(folder.glob(pattern)))
        return there or read.state == "done"

    async def a_moment(self, most: float) -> None:
        await asyncio.sleep(self.chance.uniform(0, most))


async def until(holds: Callable[[], Awaitable[Any]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await holds():
            await asyncio.sleep(0.02)


async def downloading(scene: Scene) -> None:
    await until(lambda: scene.spooled("files/*"))
    await scene.a_moment(0.1)


async def normalising(scene: Scene) -> None:
    await until(lambda: scene.spooled("out.stderr"))
    await scene.a_moment(1)


async def writing_parquet(scene: Scene) -> None:
    await until(lambda: scene.spooled("out/**/*.parquet"))
    await scene.a_moment(0.3)


async def sending_parts(scene: Scene) -> None:
    await until(lambda: scene.workshop.rows(attempts))
    await scene.a_moment(0.05)


async def committing(scene: Scene) -> None:
    # As the role whose sessions they are: others see that something waits, not for what.
    connection = await asyncpg.connect(scene.workshop.service_url)
    try:
        await until(lambda: connection.fetchval(WAITING))
    finally:
        await connection.close()


async def publishing_as_iceberg(scene: Scene) -> None:
    await until(lambda: scene.workshop.rows(shares))
    await scene.a_moment(1)


STAGES = (
    downloading,
    normalising,
    writing_parquet,
    sending_parts,
    committing,
    publishing_as_iceberg,
)


class _NeverMindError(Exception):
    """Ends a transaction without its changes."""


@asynccontextmanager
async def commit_held(workshop: FaultyWorkshop) -> AsyncIterator[None]:
    """Somebody else is about to write the very revision: who commits it has to wait for them."""
    try:
        async with workshop.system() as tx:
            ids = {"company_id": workshop.company, "import_id": new_id(), "attempt": new_id()}
            row = {"billing_source_id": workshop.source, "period": OPEN, "revision": 1, **ids}
            row |= {"finality": "open", "schema": "none", "parts": 0}
            row |= {"as_of": tx.now, "committed_at": tx.now}
            await tx.execute(insert(revisions).values(**row))
            yield
            raise _NeverMindError  # noqa: TRY301 - takes the row back
    except _NeverMindError:
        pass


def conditions(stage: object, workshop: FaultyWorkshop) -> AbstractAsyncContextManager[None]:
    return commit_held(workshop) if stage is committing else nullcontext()


async def one_that_dies(
    workshop: FaultyWorkshop, folder: Path, number: int, chance: random.Random
) -> FaultyWorkshop:
    """An import of another organization; its worker is killed in the stage whose turn it is."""
    made = replace(workshop, source=new_id(), organization=new_id())
    await made.open()
    made.bill(1)
    worker = await start_worker(made, folder, "imports-", "lake", lake_every_s="0.1")
    stage = STAGES[number % len(STAGES)]
    try:
        async with conditions(stage, made):
            await made.look()
            await stage(Scene(made, chance))
            worker.kill()
            await worker.wait()
    finally:
        if worker.returncode is None:
            worker.kill()
            await worker.wait()
    (read,) = await made.imports()
    print(f"{stage.__name__}: killed while {read.state}, {read.stage}")  # noqa: T201 - shown with a failure
    return made


async def nothing_is_left_over(workshop: FaultyWorkshop, shore: Shore) -> None:
    """Files are those that revisions name."""
    there = {key for key in shore.blobs_there() if str(workshop.source) in key}
    assert there == await workshop.files_named()


@pytest.fixture
async def commitments(databases: Databases) -> AsyncIterator[Follower]:
    stored = await databases.clone("commitments", MIGRATIONS)
    engine = create_engine(stored.service_url, name="test")
    yield Follower(Database(engine, "commitments"))
    await engine.dispose()


async def followed(workshop: FaultyWorkshop, commitments: Follower) -> tuple[int, Decimal]:
    """What commitments makes of the workshop's imports."""
    await commitments.follow(await workshop.sent(), await workshop.relayed())
    return await commitments.figures(workshop.company, workshop.organization)


@pytest.mark.req("ING-12", part="a kill in each stage of an import resumes")
@pytest.mark.req("ING-13", part="after kills ledger, files, topic, commitments and Iceberg agree")
@pytest.mark.timeout(180 + 60 * POINTS)
async def test_a_worker_killed_in_any_stage_leaves_what_an_undisturbed_one_does(
    workshop: FaultyWorkshop, commitments: Follower, tmp_path: Path
) -> None:
    seed = int(os.environ.get("CRASH_SEED") or random.SystemRandom().randrange(2**32))
    print(f"CRASH_SEED={seed}")  # noqa: T201 - so that a failure can be repeated
    chance = random.Random(seed)  # noqa: S311 - when to kill, reproducibly
    lake = IcebergLake(workshop.service_url, "ingestion_system", f"file://{tmp_path / 'blobs'}")
    shore = Shore(workshop.database, workshop.service_url, workshop.blobs, tmp_path, lake)

    died = [await one_that_dies(workshop, tmp_path, number, chance) for number in range(POINTS)]
    workshop.bill(1)
    await workshop.look()
    await workshop.lapse()
    await workshop.work()
    await shore.lapse()
    await shore.publish()
    for made in died:
        await made.age_attempts()
    # Its folder in the spool as well: one may die after its import ended, before it tidies up.
    await workshop.sweep()
    undisturbed = await followed(workshop, commitments)

    assert undisturbed[0] > 0
    for made in died:
        (read,) = await made.imports()
        assert (read.state, await made.standing()) == ("done", {OPEN: 1})
        assert await made.totals() == await workshop.totals() != []
        await made.all_agree()
        assert await followed(made, commitments) == undisturbed
        published, told = [
            await figures(made.organization) for figures in (shore.figures, shore.standing)
        ]
        assert published.costs == told.costs
        await nothing_is_left_over(made, shore)
    await lake.close()
