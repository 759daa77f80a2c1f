"""What time does to sessions, links, delays and keys."""

import base64
from typing import Any

import orjson
import pytest
from tests.identity.conftest import Person, SteppingClock, app_of

from finops_common.testing.services import Running

NEW = "quite another set of words"


@pytest.mark.req("ID-11")
async def test_a_session_ends_a_day_after_log_in_whatever_the_activity(
    visitor: Person, clock: SteppingClock
) -> None:
    await visitor.sign_up()
    await visitor.log_in()

    for _ in range(28):
        clock.forward(minutes=50)
        assert (await visitor.refresh()).status_code == 200
    clock.forward(minutes=37)
    assert (await visitor.refresh()).status_code == 200
    assert visitor.tokens["expires_in"] <= 180
    clock.forward(minutes=4)

    assert (await visitor.refresh()).status_code == 401
    assert (await visitor.ask("GET", "/me")).status_code == 401


@pytest.mark.req("ID-11")
async def test_a_session_unused_for_an_hour_is_over(visitor: Person, clock: SteppingClock) -> None:
    await visitor.sign_up()
    await visitor.log_in()
    fresh = visitor.elsewhere()

    clock.forward(minutes=61)
    await fresh.log_in()

    assert (await visitor.refresh()).status_code == 401
    assert (await fresh.refresh()).status_code == 200


@pytest.mark.req("ID-10")
@pytest.mark.req("ID-7", part="the profile is read while org-rbac does not answer")
async def test_an_access_token_lives_ten_minutes(visitor: Person, clock: SteppingClock) -> None:
    await visitor.sign_up()
    await visitor.log_in()

    clock.forward(minutes=9)
    assert (await visitor.ask("GET", "/me")).status_code == 200
    clock.forward(minutes=2)
    assert (await visitor.ask("GET", "/me")).status_code == 401


@pytest.mark.req("ID-1")
async def test_a_verification_link_works_for_a_day(visitor: Person, clock: SteppingClock) -> None:
    await visitor.sign_up()
    token = await visitor.link("Confirm")

    clock.forward(hours=24, seconds=1)

    answer = await visitor.ask("POST", "/email-verifications", {"token": token})
    assert (answer.status_code, answer.json()["code"]) == (422, "link-invalid")


@pytest.mark.req("ID-4", part="reset")
async def test_a_reset_link_works_for_half_an_hour_and_until_the_next_is_mailed(
    visitor: Person, clock: SteppingClock
) -> None:
    await visitor.sign_up()
    links = []
    for count in (1, 2):
        await visitor.ask("POST", "/password-resets", {"email": visitor.email})
        links.append(await visitor.link("Set a new password", newest_of=count))
        clock.forward(minutes=2)

    superseded = await visitor.ask("PUT", "/password-resets", {"token": links[0], "password": NEW})
    clock.forward(minutes=30)
    expired = await visitor.ask("PUT", "/password-resets", {"token": links[1], "password": NEW})

    assert (superseded.status_code, expired.status_code) == (422, 422)
    assert (await visitor.log_in()).status_code == 201


@pytest.mark.req("ID-14")
async def test_the_delay_grows_but_never_locks_for_good(
    visitor: Person, clock: SteppingClock
) -> None:
    await visitor.sign_up()
    for _ in range(10):
        await visitor.log_in(password="wrong")
    delays = []

    for _ in range(12):
        # The first delays are seconds, and a busy machine may let them pass: none is 0 here.
        delay = int((await visitor.log_in(password="wrong")).headers.get("Retry-After", "0"))
        delays.append(delay)
        clock.forward(seconds=delay)
        if delay:
            assert (await visitor.log_in(password="wrong")).status_code == 401

    assert delays == sorted(delays)
    assert delays[-1] == 900
    assert (await visitor.log_in()).status_code == 429
    clock.forward(minutes=15)
    assert (await visitor.log_in()).status_code == 201


@pytest.mark.req("ID-14")
async def test_old_failures_do_not_count(visitor: Person, clock: SteppingClock) -> None:
    await visitor.sign_up()
    for _ in range(9):
        await visitor.log_in(password="wrong")

    clock.forward(minutes=16)

    statuses = [(await visitor.log_in(password="wrong")).status_code for _ in range(9)]
    assert statuses == [401] * 9
    assert (await visitor.log_in()).status_code == 201


@pytest.mark.req("ID-10")
async def test_a_new_key_is_published_before_it_signs_and_the_old_one_after(
    visitor: Person, later: Running, clock: SteppingClock
) -> None:
    keys = app_of(later).state.wiring.keys
    await visitor.sign_up()
    await visitor.log_in()
    old = _kid(visitor)
    before = await _published(visitor)

    await keys.rotate()
    assert await _published(visitor) == before
    clock.forward(days=29, hours=23, minutes=1)
    await keys.rotate()
    await keys.rotate()
    (new,) = await _published(visitor) - before

    await visitor.log_in()
    assert _kid(visitor) == old
    clock.forward(minutes=62)
    token_of_old_key = dict(visitor.tokens)
    await visitor.log_in()
    assert _kid(visitor) == new
    assert {old, new} <= await _published(visitor)
    assert token_of_old_key["access_token"] != visitor.tokens["access_token"]
    clock.forward(days=1)
    assert old not in await _published(visitor)


@pytest.mark.req("ID-10")
async def test_tokens_of_the_old_key_stay_valid_through_a_rotation(
    visitor: Person, later: Running, clock: SteppingClock
) -> None:
    keys = app_of(later).state.wiring.keys
    await visitor.sign_up()
    await visitor.log_in()
    await keys.rotate(force=True)
    clock.forward(minutes=58)
    await visitor.log_in()
    old = _kid(visitor)

    clock.forward(minutes=4)
    newcomer = visitor.elsewhere()
    await newcomer.log_in()

    assert _kid(newcomer) != old
    assert (await visitor.ask("GET", "/me")).status_code == 200


async def _published(person: Person) -> set[str]:
    answer = await person.ask("GET", "/.well-known/jwks.json", Authorization="")
    return {key["kid"] for key in answer.json()["keys"]}


def _kid(person: Person) -> str:
    header: dict[str, Any] = orjson.loads(
        base64.urlsafe_b64decode(person.tokens["access_token"].split(".")[0] + "==")
    )
    return str(header["kid"])
