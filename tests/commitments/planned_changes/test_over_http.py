"""Planned changes over HTTP: entered once, changed by who has seen them, each change told."""

import asyncio
from typing import Any

import httpx
import pytest
from tests.commitments.service import ATenant, Tenant, Topics

from finops_commitments.entered.domain import MOST
from finops_common.contracts.commitments import PlannedChangeChanged

pytestmark = pytest.mark.timeout(300)


def a_body(**parts: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {
        "name": "leave m5",
        "kind": "migration",
        "scope": {"service": "AmazonEC2", "region": None, "account": None, "family": "m5"},
        "starts_on": "2030-01-01",
        "share_percent": "-100",
        "confidence_percent": "80",
        "note": None,
        **parts,
    }


async def ask(
    tenant: Tenant, method: str, rest: str = "", body: object = None, **headers: str
) -> httpx.Response:
    path = tenant.path(f"planned-changes{rest}")
    return await tenant.owner.ask(method, path, body, expect=None, **headers)


async def enter(tenant: Tenant, **parts: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    answer = await ask(tenant, "POST", "", a_body(**parts))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


@pytest.mark.req("COM-33", part="people enter, change and remove them; each change is an event")
async def test_a_planned_change_is_entered_changed_and_removed(
    a_tenant: ATenant, topics: Topics
) -> None:
    tenant = await a_tenant()

    made = await enter(tenant)
    path = f"/{made['id']}"
    changed = await ask(tenant, "PUT", path, a_body(confidence_percent="90"))
    shown = await tenant.get("planned-changes")
    removed = await ask(tenant, "DELETE", path)

    assert {name: made[name] for name in a_body()} == a_body()
    assert made["changed_by"] == tenant.owner.user_id
    assert (changed.json()["version"], changed.json()["confidence_percent"]) == (2, "90")
    assert shown["items"] == [changed.json()]
    assert removed.status_code == 204
    assert (await ask(tenant, "GET", path)).status_code == 404
    told = await topics.said(PlannedChangeChanged, made["id"], least=3)
    assert [(e.before and e.before["confidence_percent"]) for e in told] == [None, "80", "90"]
    assert [(e.after and e.after["confidence_percent"]) for e in told] == ["80", "90", None]


@pytest.mark.req("COM-33", part="repeats and lost answers")
@pytest.mark.req("PLAT-4", part="planned changes")
async def test_a_repeat_enters_one_and_nobody_overwrites_what_they_have_not_seen(
    a_tenant: ATenant, topics: Topics
) -> None:
    tenant = await a_tenant()
    key = {"Idempotency-Key": "leave-m5-once"}

    first = await ask(tenant, "POST", "", a_body(), **key)
    again = await ask(tenant, "POST", "", a_body(), **key)
    seen = {"If-Match": first.headers["ETag"]}
    path = f"/{first.json()['id']}"
    answers = await asyncio.gather(
        *(ask(tenant, "PUT", path, a_body(name=f"writer {at}"), **seen) for at in range(20))
    )

    assert first.json() == again.json()
    assert len((await tenant.get("planned-changes"))["items"]) == 1
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 19
    (won,) = (answer for answer in answers if answer.status_code == 200)
    repeated = await ask(tenant, "PUT", path, a_body(name=won.json()["name"]), **seen)
    assert (repeated.status_code, repeated.json()["version"]) == (200, 2)
    assert (await ask(tenant, "DELETE", path, **seen)).status_code == 412
    assert len(await topics.said(PlannedChangeChanged, first.json()["id"], least=2)) == 2


@pytest.mark.req("COM-33", part="what makes no sense is refused by field")
@pytest.mark.parametrize(
    "wrong",
    [
        {"share_percent": "-100.01"},
        {"share_percent": "0"},
        {"confidence_percent": "0"},
        {"confidence_percent": "101"},
        {"kind": "shutdown", "share_percent": "10"},
        {"kind": "launch"},
        {"starts_on": "2030-02-30"},
        {"scope": {"colour": "red"}},
        {"name": " "},
    ],
)
async def test_what_makes_no_sense_is_refused(a_tenant: ATenant, wrong: dict[str, Any]) -> None:
    answer = await ask(await a_tenant(), "POST", "", a_body(**wrong))

    assert answer.status_code == 422
    (field,) = {each["field"] for each in answer.json()["errors"]}
    assert field == "body" or field.split(".")[1] in wrong


@pytest.mark.req("COM-33", part="who may enter them")
@pytest.mark.req("PLAT-5", part="planned changes")
async def test_members_read_planned_changes_and_strangers_see_none(a_tenant: ATenant) -> None:
    tenant, guest = await a_tenant(), await a_tenant()
    made = await enter(tenant)
    strange = [
        await guest.owner.ask(method, tenant.path(f"planned-changes{rest}"), body)
        for method, rest, body in (
            ("GET", "", None),
            ("POST", "", a_body()),
            ("GET", f"/{made['id']}", None),
            ("PUT", f"/{made['id']}", a_body(name="x")),
            ("DELETE", f"/{made['id']}", None),
        )
    ]
    elsewhere = await ask(guest, "GET", f"/{made['id']}")
    roles = [{"organization_id": tenant.organization_id, "role": "member"}]
    await tenant.owner.invite(tenant.company_id, guest.owner, roles=roles)
    path = tenant.path(f"planned-changes/{made['id']}")

    read = await guest.owner.ask("GET", path)
    changed = await guest.owner.ask("PUT", path, a_body(name="x"))
    removed = await guest.owner.ask("DELETE", path)

    assert [each.status_code for each in strange] == [404] * 5
    assert elsewhere.status_code == 404
    assert [each.status_code for each in (read, changed, removed)] == [200, 403, 403]
    assert await tenant.get(f"planned-changes/{made['id']}") == made


@pytest.mark.req("COM-33", part="no more than each forecast can bear")
async def test_there_are_no_more_than_there_may_be(a_tenant: ATenant) -> None:
    tenant = await a_tenant()

    for _ in range(MOST // 10):
        await asyncio.gather(*(enter(tenant) for _ in range(10)))
    answer = await ask(tenant, "POST", "", a_body())

    assert (answer.status_code, answer.json()["code"]) == (409, "too-many-entered")
