"""What a unit of work promises beside its scope."""

import asyncio

from tests.common.probe.running import EVERYBODY

from finops_common.db.transaction import Database


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
