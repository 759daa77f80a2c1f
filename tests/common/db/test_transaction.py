"""What a unit of work promises beside its scope."""

import asyncio

from sqlalchemy import text
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


async def test_nobody_who_asks_later_has_a_connection_before_who_waits(
    stored: ServiceDatabase,
) -> None:
    engine = create_engine(stored.service_url, name="probe", pool_size=4)
    database = Database(engine, "probe")
    asking, served, overtaken = 12, 0, list[int]()

    async def ask() -> None:
        nonlocal served
        for _ in range(40):
            before = served
            async with database.transaction(EVERYBODY) as tx:
                overtaken.append(served - before)
                served += 1
                await tx.scalar(text("SELECT 1"))

    await asyncio.gather(*(ask() for _ in range(asking)))

    # All the others once, and those who entered beside; a few, since a machine may pause.
    assert sorted(overtaken)[-8] < asking + 2
    await engine.dispose()
