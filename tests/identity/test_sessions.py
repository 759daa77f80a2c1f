"""Sessions: refreshed, listed, confirmed, ended everywhere."""

import asyncio
import base64
from datetime import timedelta
from uuid import UUID, uuid4

import orjson
import pytest
from sqlalchemy import update
from tests.identity.conftest import FIREFOX, Person, Process, Topics, app_of

from finops_common.acting import Acting
from finops_common.contracts.identity import SessionConfirmed, SessionEnded, SessionFailed
from finops_common.db.scopes import SYSTEM
from finops_common.testing.services import Running
from finops_identity.sessions.tables import sessions


@pytest.mark.req("ID-10")
async def test_a_refresh_token_works_once_and_its_reuse_ends_the_session(
    ada: Person, topics: Topics
) -> None:
    me = (await ada.ask("GET", "/me")).json()["id"]
    first = ada.tokens["refresh_token"]
    assert (await ada.refresh()).status_code == 200
    second = ada.tokens["refresh_token"]

    assert first != second
    assert (await ada.refresh(first)).status_code == 401
    assert (await ada.refresh(second)).status_code == 401
    assert (await topics.events(SessionEnded, me))[0].data.why == "token_reuse"


@pytest.mark.req("ID-10")
async def test_of_two_that_spend_one_refresh_token_at_once_none_keeps_the_session(
    ada: Person,
) -> None:
    spent = ada.tokens["refresh_token"]

    answers = await asyncio.gather(*(ada.refresh(spent) for _ in range(3)))

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200, 401, 401]
    assert (await ada.refresh()).status_code == 401


@pytest.mark.req("ID-10")
async def test_an_unknown_refresh_token_opens_and_ends_nothing(ada: Person) -> None:
    assert (await ada.refresh("never-given")).status_code == 401
    assert (await ada.refresh()).status_code == 200


@pytest.mark.req("ID-10")
async def test_a_browser_may_keep_its_refresh_token_in_a_cookie(somebody: Person) -> None:
    await somebody.sign_up()

    answer = await somebody.log_in(cookie=True)
    cookie = answer.headers["Set-Cookie"]
    again = await somebody.ask("POST", "/sessions/refresh", {}, Cookie=cookie.partition(";")[0])

    assert answer.json()["refresh_token"] is None
    for attribute in ("HttpOnly", "SameSite=strict", "Secure", "Path=/identity/v1/sessions"):
        assert attribute in cookie
    assert again.status_code == 200
    assert again.json()["refresh_token"] is None
    assert again.headers["Set-Cookie"] != cookie


@pytest.mark.req("ID-12", part="rough place comes later")
async def test_sessions_are_listed_with_device_address_and_times(ada: Person) -> None:
    laptop = ada.elsewhere(user_agent=FIREFOX, address="203.0.113.5")
    await laptop.log_in()

    listed = (await laptop.ask("GET", "/me/sessions")).json()["items"]

    assert [each["current"] for each in listed] == [True, False]
    assert (listed[0]["browser"], listed[0]["operating_system"]) == ("Firefox 140", "Windows 10")
    assert listed[0]["ip"] == "203.0.113.5"
    assert listed[0]["first_seen_at"] <= listed[0]["last_seen_at"] < listed[0]["expires_at"]
    assert listed[1]["id"] == ada.tokens["session_id"]


@pytest.mark.req("ID-12")
async def test_a_session_that_was_idle_too_long_is_listed_no_more(
    ada: Person, identity: Running
) -> None:
    laptop = ada.elsewhere()
    await laptop.log_in()
    async with identity.database.transaction(Acting(SYSTEM)) as tx:
        idle = update(sessions).where(sessions.c.id == UUID(laptop.tokens["session_id"]))
        await tx.execute(idle.values(last_seen_at=tx.now - timedelta(minutes=61)))

    listed = (await ada.ask("GET", "/me/sessions")).json()["items"]

    assert [each["id"] for each in listed] == [ada.tokens["session_id"]]
    assert (await laptop.refresh()).status_code == 401


@pytest.mark.req("ID-12")
async def test_a_session_ended_from_another_device_is_over(ada: Person, topics: Topics) -> None:
    laptop = ada.elsewhere()
    await laptop.log_in()

    ended = await ada.ask("DELETE", f"/me/sessions/{laptop.tokens['session_id']}")

    assert ended.status_code == 204
    assert (await laptop.refresh()).status_code == 401
    await _refused_within_a_second(laptop)
    assert len((await ada.ask("GET", "/me/sessions")).json()["items"]) == 1
    me = (await ada.ask("GET", "/me")).json()["id"]
    assert (await topics.events(SessionEnded, me))[0].data.why == "ended_by_user"


@pytest.mark.req("ID-12")
async def test_all_other_sessions_end_and_this_one_stays(ada: Person) -> None:
    others = [ada.elsewhere() for _ in range(3)]
    for other in others:
        await other.log_in()

    first = await ada.ask("DELETE", "/me/sessions")
    second = await ada.ask("DELETE", "/me/sessions")

    assert (first.json(), second.json()) == ({"ended": 3}, {"ended": 0})
    assert [(await other.refresh()).status_code for other in others] == [401] * 3
    assert (await ada.refresh()).status_code == 200


@pytest.mark.req("ID-12")
@pytest.mark.req("PLAT-5", part="identity's sessions")
async def test_a_session_of_somebody_else_is_not_found(ada: Person, bob: Person) -> None:
    theirs = await ada.ask("DELETE", f"/me/sessions/{bob.tokens['session_id']}")
    nobodys = await ada.ask("DELETE", f"/me/sessions/{uuid4()}")

    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json().keys() == nobodys.json().keys()
    assert (await bob.refresh()).status_code == 200


@pytest.mark.req("ID-12")
@pytest.mark.parametrize("place", ["same process", "another process"])
async def test_a_log_out_is_refused_within_a_second(
    ada: Person, process: Process, place: str
) -> None:
    there = ada.elsewhere(tokens=dict(ada.tokens), identity=process.url)
    asked = ada if place == "same process" else there
    assert (await asked.ask("GET", "/me")).status_code == 200

    assert (await ada.ask("DELETE", "/sessions/current")).status_code == 204

    assert (await ada.refresh()).status_code == 401
    await _refused_within_a_second(asked)


@pytest.mark.req("ID-12")
async def test_other_services_can_ask_whether_a_session_lives(
    ada: Person, identity: Running, org_rbac: Running
) -> None:
    tokens = app_of(org_rbac).state.essentials.tokens
    url = f"{identity.url}/internal/sessions/{ada.tokens['session_id']}"

    async def active(bearer: str) -> object:
        answer = await ada.http.get(url, headers={"Authorization": f"Bearer {bearer}"})
        return answer.json().get("active", answer.status_code)

    assert await active(tokens.sign("identity")) is True
    assert await active(tokens.sign("billing")) == 401
    assert await active(ada.tokens["access_token"]) == 401
    await ada.ask("DELETE", "/sessions/current")
    assert await active(tokens.sign("identity")) is False


@pytest.mark.req("ID-16", part="by password")
async def test_a_confirmed_password_moves_auth_time(ada: Person, topics: Topics) -> None:
    before = _auth_time(ada)
    await asyncio.sleep(1.1)

    answer = await ada.ask("POST", "/me/confirmations", {"password": ada.password})
    ada.tokens |= answer.json()
    confirmed = _auth_time(ada)
    await ada.refresh()

    assert answer.status_code == 200
    assert before < confirmed == _auth_time(ada)
    me = (await ada.ask("GET", "/me")).json()["id"]
    assert (await topics.events(SessionConfirmed, me))[0].data.browser == "Chrome 142"


@pytest.mark.req("ID-16", part="by password")
async def test_a_wrong_confirmation_moves_nothing_is_published_and_slowed(
    ada: Person, topics: Topics
) -> None:
    before = _auth_time(ada)

    statuses = [
        (await ada.ask("POST", "/me/confirmations", {"password": "wrong"})).status_code
        for _ in range(11)
    ]
    await ada.refresh()

    assert statuses == [401] * 10 + [429]
    assert _auth_time(ada) == before
    me = (await ada.ask("GET", "/me")).json()["id"]
    assert len(await topics.events(SessionFailed, me, 10)) == 10


async def _refused_within_a_second(person: Person) -> None:
    async with asyncio.timeout(1):
        while (await person.ask("GET", "/me")).status_code != 401:
            await asyncio.sleep(0.02)


def _auth_time(person: Person) -> int:
    claims = person.tokens["access_token"].split(".")[1]
    return int(orjson.loads(base64.urlsafe_b64decode(claims + "=="))["auth_time"])
