"""A repeat of the same request finds the effect of the first, after a crash at any line."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update
from tests.common.probe.running import EVERYBODY, add_note
from tests.common.probe.tables import notes

from finops_common.clock import utc_now
from finops_common.db.tables import idempotency
from finops_common.db.transaction import Database
from finops_common.errors.problem import IdempotencyKeyReused, StillRunning
from finops_common.idempotency import Idempotency, RequestIdentity

pytestmark = pytest.mark.req("PLAT-4", part="Idempotency-Key")
REQUEST = RequestIdentity("user:1", "POST /notes", "key-1", b'{"a":1}')


class Notebook:
    """An effect that makes, or finds, the note with the reserved id."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.once = Idempotency(database).once
        self.pause = 0.0

    async def effect(self, note_id: UUID) -> UUID:
        async with self.database.transaction(EVERYBODY) as tx:
            if not await tx.one_or_none(select(notes.c.id).where(notes.c.id == note_id)):
                await add_note(tx, "once", note_id)
        await asyncio.sleep(self.pause)
        return note_id

    async def crash_after(self, note_id: UUID) -> UUID:
        await self.effect(note_id)
        raise SystemError("killed before the row was marked")

    async def count(self) -> int:
        async with self.database.transaction(EVERYBODY) as tx:
            return int(await tx.scalar(select(func.count()).select_from(notes)))

    async def set_row(self, **values: object) -> None:
        async with self.database.transaction(EVERYBODY) as tx:
            await tx.execute(update(idempotency).values(**values))


@pytest.fixture
def notebook(database: Database) -> Notebook:
    return Notebook(database)


async def test_the_same_key_and_body_give_the_same_answer(notebook: Notebook) -> None:
    first = await notebook.once(REQUEST, notebook.effect)
    second = await notebook.once(REQUEST, notebook.effect)

    assert first == second
    assert await notebook.count() == 1


async def test_another_body_under_the_same_key_is_refused(notebook: Notebook) -> None:
    await notebook.once(REQUEST, notebook.effect)

    with pytest.raises(IdempotencyKeyReused) as refused:
        await notebook.once(replace(REQUEST, body=b'{"a":2}'), notebook.effect)

    assert refused.value.status == 422
    assert await notebook.count() == 1


@pytest.mark.parametrize("other", [{"caller": "user:2"}, {"route": "POST /x"}, {"key": "key-2"}])
async def test_another_caller_route_or_key_is_another_request(
    notebook: Notebook, other: dict[str, str]
) -> None:
    first = await notebook.once(REQUEST, notebook.effect)
    second = await notebook.once(replace(REQUEST, **other), notebook.effect)  # type: ignore[arg-type] # texts all

    assert first != second


async def test_of_two_at_once_one_works_and_the_other_is_told_to_wait(notebook: Notebook) -> None:
    notebook.pause = 0.3

    found = await asyncio.gather(
        *(notebook.once(REQUEST, notebook.effect) for _ in range(5)), return_exceptions=True
    )

    waiting = [answer for answer in found if isinstance(answer, StillRunning)]
    assert (len(waiting), waiting[0].status, waiting[0].retry_after) == (4, 409, 1)
    assert await notebook.count() == 1


async def test_after_a_failure_the_repeat_finds_the_effect_under_the_same_id(
    notebook: Notebook,
) -> None:
    with pytest.raises(SystemError):
        await notebook.once(REQUEST, notebook.crash_after)

    await notebook.once(REQUEST, notebook.effect)

    assert await notebook.count() == 1


async def test_after_a_kill_the_repeat_waits_for_the_lease_and_then_finds_the_effect(
    notebook: Notebook,
) -> None:
    first = await notebook.once(REQUEST, notebook.effect)
    # What a process killed between effect and mark leaves behind.
    await notebook.set_row(state="running", lease_until=utc_now() + timedelta(seconds=60))

    with pytest.raises(StillRunning):
        await notebook.once(REQUEST, notebook.effect)
    await notebook.set_row(lease_until=utc_now() - timedelta(seconds=1))
    second = await notebook.once(REQUEST, notebook.effect)

    assert first == second
    assert await notebook.count() == 1


async def test_a_cancelled_request_can_be_repeated_at_once(notebook: Notebook) -> None:
    notebook.pause = 30
    running = asyncio.create_task(notebook.once(REQUEST, notebook.effect))
    await asyncio.sleep(0.3)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    notebook.pause = 0
    await notebook.once(REQUEST, notebook.effect)

    assert await notebook.count() == 1


async def test_without_a_key_each_request_is_new(notebook: Notebook) -> None:
    assert await notebook.once(None, notebook.effect) != await notebook.once(None, notebook.effect)


async def test_keys_are_kept_for_at_least_a_day_and_then_swept(notebook: Notebook) -> None:
    sweep = Idempotency(notebook.database).sweep
    await notebook.once(REQUEST, notebook.effect)
    await notebook.set_row(created_at=utc_now() - timedelta(hours=25))
    kept = await sweep()
    await notebook.set_row(created_at=utc_now() - timedelta(hours=49))

    assert (kept, await sweep()) == (0, 1)
