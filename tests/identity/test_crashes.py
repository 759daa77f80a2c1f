"""What stays when something dies in the middle."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from tests.identity.conftest import Person, Topics, started

from finops_common.contracts.identity import UserRegistered
from finops_common.testing.services import Running
from finops_sandbox.stack import Stack


@pytest.mark.req("PLAT-11", part="identity's sign-up: all or nothing")
async def test_a_sign_up_whose_database_connection_dies_leaves_nothing_and_can_be_repeated(
    somebody: Person, identity: Running, stack: Stack, topics: Topics
) -> None:
    admin = urlsplit(stack.postgres_url or "")
    connection = await asyncpg.connect(urlunsplit(admin._replace(path=f"/{identity.stored.name}")))
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE outbox IN EXCLUSIVE MODE")
            signing_up = asyncio.create_task(somebody.sign_up())
            await _kill_who_waits_for_outbox(connection)
            died = await signing_up
    finally:
        await connection.close()

    assert (died.status_code, died.json()["code"]) == (503, "unavailable")
    assert (await somebody.log_in()).status_code == 401
    await somebody.arrive()
    assert len(await somebody.mails("Confirm")) == 1
    me = (await somebody.ask("GET", "/me")).json()["id"]
    assert len(await topics.events(UserRegistered, me)) == 1


@pytest.mark.req("PLAT-11", part="identity's sign-up: nothing lost once answered")
async def test_what_was_answered_outlives_the_process_that_answered(
    somebody: Person, identity: Running, tmp_path: Path, topics: Topics
) -> None:
    async with started(identity, tmp_path / "log") as process:
        visitor = somebody.elsewhere(identity=process.url)
        assert (await visitor.sign_up()).status_code == 202
        await process.die()

    assert (await somebody.open_link("Confirm")).status_code == 204
    await somebody.log_in()
    me = (await somebody.ask("GET", "/me")).json()["id"]
    assert len(await topics.events(UserRegistered, me)) == 1


async def _kill_who_waits_for_outbox(connection: asyncpg.Connection) -> None:
    for _ in range(80):
        # Activity is otherwise seen as it was when the transaction first looked.
        await connection.execute("SELECT pg_stat_clear_snapshot()")
        killed = await connection.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            " AND query LIKE 'INSERT INTO outbox%'"
        )
        if killed:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("nobody wrote to the outbox")
