"""What a unit of work promises beside its scope."""

import asyncio

from sqlalchemy import QueuePool
from tests.common.probe.running import EVERYBODY

from finops_common.db.engine import create_engine
from finops_common.db.transaction import Database
from finops_sandbox.databases import ServiceDatabase


async def test_who_holds_a_name_keeps_others_out_until_the_end(database: Database) -> None:
    seen: list[str] = []
    held = asyncio.Event()

    async def first() -> None:
        async with database.transaction(EVERYBODY) as tx:
            await tx.lock("notes", 1)
            held.set()
            await asyncio.sleep(0.2)
            seen.append("first")

    async def later(number: int) -> None:
        await held.wait()
        async with database.transaction(EVERYBODY) as tx:
            await tx.lock("notes", number)
            seen.append(f"notes {number}")

    await asyncio.gather(first(), later(1), later(2))

    assert seen == ["notes 2", "first", "notes 1"]


async def test_who_asks_as_soon_as_a_connection_is_free_is_served_after_who_waits(
    stored: ServiceDatabase,
) -> None:
    engine = create_engine(stored.service_url, name="probe", pool_size=1)
    database, pool = Database(engine, "probe"), engine.pool
    assert isinstance(pool, QueuePool)
    served: list[str] = []

    async def ask(name: str) -> None:
        async with database.transaction(EVERYBODY):
            served.append(name)

    async def ask_later() -> None:
        while not pool.checkedin():
            await asyncio.sleep(0)
        await ask("later")

    async with asyncio.TaskGroup() as tasks, database.transaction(EVERYBODY):
        tasks.create_task(ask("waiting"))
        await asyncio.sleep(0.05)
        tasks.create_task(ask_later())

    assert served == ["waiting", "later"]
    await engine.dispose()
