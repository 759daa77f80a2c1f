"""Saved queries over HTTP: whose they are, who may change them, and what they answer."""

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from tests.ingestion.conftest import Customer
from tests.ingestion.costs.bills import a_day, upload
from tests.ingestion.costs.saved.people import Arrive, Desk, a_query
from tests.ingestion.reading import Told

from finops_common.acting import Acting
from finops_common.clock import utc_now
from finops_common.contracts.ingestion_analytics import ANALYTICS, SavedQueryChanged
from finops_common.db import scopes
from finops_common.testing.services import Running
from finops_ingestion.costs.saved.domain import MOST, Draft
from finops_ingestion.costs.saved.repository import SavedRepository
from finops_ingestion.costs.saved.tables import saved

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def desk(customer: Customer) -> Desk:
    return Desk(customer)


@pytest.mark.req("ING-31", part="saved queries answer as the cost query does")
async def test_a_saved_query_answers_what_the_cost_query_does(desk: Desk) -> None:
    today = utc_now().date()
    days = [today - timedelta(days=back) for back in range(9, 0, -1)]
    lines = [a_day(day, "2", Tags={"team": "web"}) for day in days]
    await upload(desk.customer, lines + [a_day(day, ServiceName="AmazonS3") for day in days])
    asked = {
        "by": ["service", "tag:team"],
        "granularity": "day",
        "metric": "billed",
        "not": ["service:AmazonVPC"],
        "compare": "previous",
    }
    made = await desk.saved(a_query(**asked, days={"kind": "last_days", "count": 4}))

    found = (await desk.ask("GET", f"/{made['id']}/costs")).json()

    span = {"start": str(today - timedelta(days=4)), "end": str(today)}
    plain = await desk.owner.get(f"{desk.root}/costs?{urlencode(asked | span, doseq=True)}")
    assert found == plain
    assert len(found["cells"]) == 8
    assert found["totals"] == [{"amount": "12", "currency": "USD"}]


@pytest.mark.req("ING-31", part="saved queries are private, or shared with the organization")
async def test_what_is_private_only_its_owner_sees(desk: Desk, arrive: Arrive) -> None:
    bob = await desk.colleague(arrive)
    mine = await desk.saved(a_query("mine"))
    shared = await desk.saved(a_query("shared", shared=True))

    seen = await desk.names(bob)
    await desk.saved(a_query("bob's"), by=bob)

    assert seen == ["shared"]
    assert await desk.names(bob) == ["bob's", "shared"]
    assert await desk.names() == ["mine", "shared"]
    assert (await desk.ask("GET", f"/{shared['id']}", by=bob)).json() == shared
    for method, path in (("GET", ""), ("GET", "/costs"), ("PATCH", ""), ("DELETE", "")):
        body = {"name": "x"} if method == "PATCH" else None
        hidden = await desk.ask(method, f"/{mine['id']}{path}", body, by=bob)
        assert hidden.status_code == 404, (method, path)


@pytest.mark.req("ING-31", part="who may change and delete what is saved")
async def test_a_shared_query_is_changed_by_its_owner_and_deleted_by_admins_too(
    desk: Desk, arrive: Arrive
) -> None:
    bob, carol = await desk.colleague(arrive), await desk.colleague(arrive)
    made = await desk.saved(a_query(shared=True), by=bob)
    path = f"/{made['id']}"

    refused = [
        await desk.ask("PATCH", path, {"name": "x"}, by=carol),
        await desk.ask("PATCH", path, {"name": "x"}),
        await desk.ask("DELETE", path, by=carol),
    ]
    run = await desk.ask("GET", f"{path}/costs", by=carol)
    deleted = await desk.ask("DELETE", path)

    assert {(each.status_code, each.json()["code"]) for each in refused} == {
        (403, "saved-by-another")
    }
    assert run.status_code == 200, run.text
    assert deleted.status_code == 204
    assert (await desk.ask("GET", path, by=bob)).status_code == 404


@pytest.mark.req("PLAT-5", part="saved queries")
async def test_a_stranger_finds_nothing(desk: Desk, arrive: Arrive, ingestion: Running) -> None:
    made = await desk.saved(a_query(shared=True))
    stranger = await arrive()
    organization = await stranger.open_organization(await stranger.found_company())
    own = f"/ingestion/v1/organizations/{organization}/saved-queries/{made['id']}"

    assert (await desk.ask("GET", by=stranger)).status_code == 404
    assert (await desk.ask("GET", f"/{made['id']}", by=stranger)).status_code == 404
    for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)):
        assert (await stranger.ask(method, own, body)).status_code == 404, method
    elsewhere = Acting(scopes.organization(uuid4(), uuid4()))
    async with ingestion.database.transaction(elsewhere) as tx:
        assert await tx.all(select(saved.c.id)) == []


@pytest.mark.req("PLAT-4", part="saved queries")
async def test_nobody_overwrites_what_they_have_not_seen(desk: Desk) -> None:
    made = await desk.saved(a_query())
    path, seen = f"/{made['id']}", {"If-Match": '"1"'}

    answers = await asyncio.gather(
        *(desk.ask("PATCH", path, {"name": name}, **seen) for name in ("one", "two"))
    )
    late = await desk.ask("DELETE", path, **seen)

    assert sorted(each.status_code for each in answers) == [200, 412]
    assert late.status_code == 412
    (won,) = (each for each in answers if each.status_code == 200)
    assert won.headers["ETag"] == '"2"'
    again = await desk.ask("PATCH", path, {"name": won.json()["name"]}, **seen)
    assert (again.status_code, again.json()["version"]) == (200, 2)
    assert (await desk.ask("DELETE", path, **{"If-Match": '"2"'})).status_code == 204


@pytest.mark.req("PLAT-4", part="saved queries")
async def test_saving_twice_under_one_key_saves_once(desk: Desk) -> None:
    key = {"Idempotency-Key": "save-once-1"}

    answers = [await desk.ask("POST", body=a_query(), **key) for _ in range(2)]

    assert [each.status_code for each in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert await desk.names() == ["Services"]


@pytest.mark.req("ING-31", part="saved queries are refused as the cost query refuses")
async def test_what_the_cost_query_refuses_is_not_saved(desk: Desk) -> None:
    def days(start: str, end: str) -> dict[str, str]:
        return {"kind": "between", "start": start, "end": end}

    wrong: list[tuple[dict[str, Any], str]] = [
        ({"days": days("2026-10-02", "2026-10-02")}, "days"),
        ({"days": days("1970-01-01", "2026-10-02")}, "days"),
        ({"days": {"kind": "last_days", "count": 0}}, "days.last_days.count"),
        ({"days": {"kind": "someday"}}, "days"),
        ({"by": ["colour"]}, "by.0"),
        ({"by": ["service", "service"]}, "by"),
        ({"by": ["tenancy", "tag:team"]}, "by"),
        ({"by": ["service", "region", "sku"]}, "by"),
        ({"tag": ["=web"]}, "tag"),
        ({"not": ["colour:red"]}, "not"),
        ({"metric": "guessed"}, "metric"),
        ({"top": 0}, "top"),
        ({"granularity": "hour", "days": {"kind": "last_days", "count": 32}}, "granularity"),
        ({"compare_start": "2026-10-01"}, "compare_end"),
        ({"source": ["no-id"]}, "source.0"),
        ({"service": ["a\0b"]}, "service"),
        ({"by": ["tag:a\0b"]}, "by"),
        ({"start": "2026-10-01"}, "start"),
    ]

    for question, field in wrong:
        assert await desk.wrong(a_query(**question)) == {f"body.question.{field}"}, question
    assert await desk.wrong({"name": " ", "question": a_query()["question"]}) == {"body.name"}
    assert await desk.names() == []


@pytest.mark.req("ING-31", part="a person saves only so many")
async def test_a_person_saves_only_so_many(desk: Desk, ingestion: Running) -> None:
    await desk.saved(a_query())
    place = scopes.organization(UUID(desk.customer.company), UUID(desk.customer.organization))
    async with ingestion.database.transaction(Acting(place)) as tx:
        mine = SavedRepository(tx, "query", UUID(desk.owner.user_id))
        for number in range(MOST - 2):
            await mine.add(uuid4(), Draft(f"Old {number}", shared=False, body={}))

    answers = await asyncio.gather(*(desk.ask("POST", body=a_query()) for _ in range(3)))

    assert sorted(each.status_code for each in answers) == [201, 409, 409]
    refused = next(each.json() for each in answers if each.status_code == 409)
    assert (refused["code"], refused["limit"]) == ("too-many-saved", MOST)


@pytest.mark.req("ING-31", part="what is saved is told to the audit log")
@pytest.mark.req("AUD-1", part="saved queries")
async def test_every_change_is_told_but_not_the_names_of_what_is_private(
    desk: Desk, told: Told
) -> None:
    made = await desk.saved(a_query("Secret plan"))
    path = f"/{made['id']}"
    await desk.ask("PATCH", path, {"name": "Services"})
    await desk.ask("PATCH", path, {"name": "Services"})
    await desk.ask("PATCH", path, {"shared": True, "question": a_query(by=["region"])["question"]})
    await desk.ask("DELETE", path)

    events = await told(ANALYTICS, made["id"], least=4)

    assert [type(each.data) for each in events] == [SavedQueryChanged] * 4
    assert [(each.data.changed, each.data.before, each.data.after) for each in events] == [
        (("name", "shared", "body"), None, {"shared": False}),
        (("name",), {"shared": False}, {"shared": False}),
        (("body", "shared"), {"shared": False}, {"name": "Services", "shared": True}),
        (("name", "shared", "body"), {"name": "Services", "shared": True}, None),
    ]
    assert {str(each.data.owner_id) for each in events} == {desk.owner.user_id}
