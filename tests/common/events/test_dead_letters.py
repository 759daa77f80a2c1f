"""What can never be handled is set aside with its reason; too much of it stops the consumer."""

import asyncio

import pytest
from prometheus_client import REGISTRY
from tests.common.probe.contracts import NoteTaken, note_taken
from tests.common.probe.reader import Reader, no_trouble
from tests.common.probe.running import until

from finops_common.events.consumer import UnprocessableError
from finops_common.events.dead_letters import MOST, TooManyDeadLettersError, replay

pytestmark = pytest.mark.req("PLAT-12", part="dead letters, limit, replay")
HEADERS = {"ce_id": "0192f0c1-2222-7000-8000-000000000000", "ce_type": NoteTaken.type()}


async def test_poison_is_set_aside_with_its_reason_and_the_stream_goes_on(reader: Reader) -> None:
    counted = _dead_letters_counted()
    await reader.send(note_taken(1))
    await reader.send_raw({}, b"no event at all")
    await reader.send_raw(HEADERS, b"{}")
    await reader.send(note_taken(2))

    async with reader.at_work():
        found = await until(lambda: reader.has(2))
    letters = await reader.letters()

    assert found == ["diary:1", "diary:2"]
    assert [letter["dl_offset"] for letter in letters] == ["1", "2"]
    assert "no CloudEvents type" in letters[0]["dl_reason"]
    assert "MalformedEventError" in letters[1]["dl_reason"]
    assert {letter["dl_group"] for letter in letters} == {"notes"}
    assert _dead_letters_counted() - counted == 2


def _dead_letters_counted() -> float:
    return REGISTRY.get_sample_value("finops_dead_letters_total", {"group": "notes"}) or 0.0


@pytest.mark.parametrize(
    ("failure", "calls"), [(UnprocessableError("no such book"), 1), (KeyError("bug"), 3)]
)
async def test_a_handler_that_cannot_succeed_leaves_no_effect_but_a_letter(
    reader: Reader, failure: Exception, calls: int
) -> None:
    async def trouble(note: NoteTaken) -> None:
        if note.number == 1:
            raise failure

    reader.trouble = trouble
    await reader.send(note_taken(1), note_taken(2))

    async with reader.at_work():
        found = await until(lambda: reader.has(1))

    assert found == ["diary:2"]
    assert reader.calls.count(1) == calls
    assert [type(failure).__name__ in letter["dl_reason"] for letter in await reader.letters()] == [
        True
    ]


async def test_too_many_stop_the_consumer_and_nothing_is_skipped(reader: Reader) -> None:
    async def broken(_: NoteTaken) -> None:
        raise UnprocessableError("we are broken: ada@example.com")

    reader.trouble = broken
    await reader.send(*(note_taken(n) for n in range(MOST + 3)))

    with pytest.raises(TooManyDeadLettersError) as stopped:
        await asyncio.wait_for(reader.consumer().run(), 20)
    reader.trouble = no_trouble
    async with reader.at_work():
        found = await until(lambda: reader.has(3))

    assert found == [f"diary:{n}" for n in range(MOST, MOST + 3)]
    assert len(await reader.letters()) == MOST
    assert "ada@" not in str(stopped.value)


async def test_replay_handles_letters_once_they_can_be(reader: Reader) -> None:
    async def broken(note: NoteTaken) -> None:
        if note.number != 2:
            raise UnprocessableError("not yet")

    reader.trouble = broken
    await reader.send(*(note_taken(n) for n in (1, 2, 3)))
    async with reader.at_work():
        await until(lambda: reader.has(1))
        await until(lambda: _letters(reader, 2))
    consumer = reader.consumer()

    taken_broken = await replay(reader.brokers, reader.prefix, "probe", consumer.replay)
    reader.trouble = no_trouble
    taken = await replay(reader.brokers, reader.prefix, "probe", consumer.replay)
    again = await replay(reader.brokers, reader.prefix, "probe", consumer.replay)

    assert (taken_broken, taken, again) == (0, 2, 0)
    assert await reader.effects() == ["diary:2", "diary:1", "diary:3"]


async def _letters(reader: Reader, count: int) -> bool:
    return len(await reader.letters()) >= count


async def test_letters_of_another_group_are_left_to_it(reader: Reader) -> None:
    async def broken(_: NoteTaken) -> None:
        raise UnprocessableError("not yet")

    reader.trouble = broken
    await reader.send(note_taken(1))
    async with reader.at_work():
        await until(lambda: _letters(reader, 1))
    reader.trouble = no_trouble
    stranger = reader.consumer()
    stranger.group = "others"

    assert await replay(reader.brokers, reader.prefix, "probe", stranger.replay) == 0
    assert await reader.effects() == []
