"""Who is told of alerts is the organization's choice; each choice is told to the audit."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.commitments.service import ATenant, Tenant, Topics

from finops_commitments.alerts.domain import Alert
from finops_commitments.alerts.recipients import AlertKind, id_of
from finops_commitments.alerts.service import send
from finops_common.acting import Acting
from finops_common.contracts.commitments import AlertRecipientsChanged, CommitmentNotice
from finops_common.db import scopes
from finops_common.db.transaction import Database
from finops_common.ids import new_id

EXPIRING: AlertKind = "commitment.expiring"
EVERYBODY: dict[str, Any] = {"permission": "commitments:view", "user_ids": [], "channel_ids": None}


async def choose(
    tenant: Tenant, body: object, kind: str = EXPIRING, **headers: str
) -> httpx.Response:
    path = tenant.path(f"alerts/recipients/{kind}")
    return await tenant.owner.ask("PUT", path, body, expect=None, **headers)


async def chosen(tenant: Tenant) -> dict[str, Any]:
    items = (await tenant.get("alerts/recipients"))["items"]
    return {each["kind"]: each for each in items}


@pytest.mark.req("COM-31", part="to chosen recipients; every sending is recorded")
async def test_an_alert_goes_to_whom_the_organization_chose_for_its_kind(
    a_tenant: ATenant, topics: Topics, database: Database
) -> None:
    tenant, other = await a_tenant(), await a_tenant()
    person, channel = str(new_id()), str(new_id())
    body = {"permission": None, "user_ids": [person], "channel_ids": [channel]}

    async def sends(of: Tenant, kind: str, occasion: str) -> None:
        acts = Acting(scopes.organization(UUID(of.company_id), of.id))
        async with database.transaction(acts) as tx:
            await send(tx, [Alert(kind, "a", occasion, "may", "critical", {})])

    await sends(tenant, EXPIRING, "30 days")
    answer = await choose(tenant, body)
    await sends(tenant, EXPIRING, "7 days")
    await sends(tenant, "commitment.over_committed", "2026-05")
    await sends(other, EXPIRING, "7 days")

    assert answer.status_code == 200, answer.text
    said = await topics.said(CommitmentNotice, tenant.organization_id, least=3)
    elsewhere = await topics.said(CommitmentNotice, other.organization_id)
    assert [each.permission for each in said] == ["commitments:view", None, "commitments:view"]
    assert [each.user_ids for each in said] == [(), (UUID(person),), ()]
    assert [each.channel_ids for each in said] == [None, (UUID(channel),), None]
    assert (elsewhere[0].permission, elsewhere[0].user_ids) == ("commitments:view", ())
    recorded = (await tenant.get("alerts?sort=raised_at"))["items"]
    assert [each["recipients"] for each in recorded] == [EVERYBODY, body, EVERYBODY]


@pytest.mark.req("COM-31", part="to chosen recipients; each choice is audited")
async def test_a_choice_is_made_once_by_who_has_seen_the_one_before(
    a_tenant: ATenant, topics: Topics
) -> None:
    tenant = await a_tenant()
    one, two = ({"permission": each} for each in ("commitments:edit", "billing:view"))

    default = await chosen(tenant)
    made = await asyncio.gather(*(choose(tenant, one, **{"If-Match": '"0"'}) for _ in range(3)))
    late = await choose(tenant, two, **{"If-Match": '"0"'})
    after = await choose(tenant, two, **{"If-Match": '"1"'})
    again = await choose(tenant, two, **{"If-Match": '"1"'})
    shown = await chosen(tenant)

    assert {each["version"] for each in default.values()} == {0}
    assert [each["recipients"] for each in default.values()] == [EVERYBODY] * 4
    assert [each.json()["version"] for each in made] == [1, 1, 1]
    assert late.status_code == 412
    assert (after.json()["version"], after.headers["ETag"]) == (2, '"2"')
    assert again.json() == after.json() == shown[EXPIRING]
    assert shown[EXPIRING]["changed_by"] == tenant.owner.user_id
    said = await topics.said(AlertRecipientsChanged, str(id_of(tenant.id, EXPIRING)), least=2)
    assert [each.before and each.before["permission"] for each in said] == [
        None,
        "commitments:edit",
    ]
    assert [each.after and each.after["kind"] for each in said] == [EXPIRING] * 2


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (EXPIRING, {}),
        (EXPIRING, {"permission": "commitments:own"}),
        (EXPIRING, {"permission": None, "user_ids": []}),
        (EXPIRING, {"user_ids": ["me"]}),
        ("commitment.unknown", {"permission": "commitments:view"}),
    ],
)
async def test_a_choice_of_nobody_or_of_no_kind_is_refused(
    a_tenant: ATenant, kind: str, body: object
) -> None:
    tenant = await a_tenant()

    answer = await choose(tenant, body, kind)

    assert answer.status_code == 422
    assert {each["version"] for each in (await chosen(tenant)).values()} == {0}


async def test_only_who_may_edit_chooses(a_tenant: ATenant) -> None:
    tenant, guest = await a_tenant(), await a_tenant()
    roles = [{"organization_id": tenant.organization_id, "role": "member"}]
    await tenant.owner.invite(tenant.company_id, guest.owner, roles=roles)
    path = tenant.path("alerts/recipients")

    read = await guest.owner.ask("GET", path, expect=None)
    changed = await guest.owner.ask("PUT", f"{path}/{EXPIRING}", EVERYBODY, expect=None)

    assert [read.status_code, changed.status_code] == [200, 403]
