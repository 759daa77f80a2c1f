"""Owners give linked accounts to organizations of their company, and see who did so when."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.ingestion.conftest import Customer
from tests.ingestion.connections.test_linked import listed

from finops_common.contracts.ingestion import CLOUD_ACCOUNT
from finops_common.ids import new_id
from finops_sandbox.visitor import Visitor

pytestmark = pytest.mark.timeout(180)


def linked_accounts(organization: str) -> str:
    return f"/ingestion/v1/organizations/{organization}/linked-accounts"


async def bring(customer: Customer, organization: str, *ids: str) -> Any:  # noqa: ANN401 - a response
    body = {"cloud_account_ids": list(ids)}
    return await customer.owner.ask("POST", linked_accounts(organization), body)


@pytest.mark.req("ING-2", part="Owners assign and move linked accounts, with history")
@pytest.mark.req("AUD-1", part="moved accounts")
async def test_a_linked_account_moves_with_its_history_and_is_told(customer, told) -> None:
    await customer.registered()
    other = await customer.owner.open_organization(customer.company, "Research")
    found = await listed(customer)
    shop, second = (found[account.id] for account in customer.world.linked[:2])
    company = f"/ingestion/v1/companies/{customer.company}/linked-accounts"

    moved = (await bring(customer, other, shop["id"], second["id"])).json()["items"]
    again = await bring(customer, other, shop["id"])
    back = await bring(customer, customer.organization, second["id"])

    assert {each["organization_id"] for each in moved} == {other}
    assert (again.status_code, back.status_code) == (200, 200)
    assert shop["account_id"] not in await listed(customer)
    everyone = (await customer.owner.get(f"{company}?limit=100"))["items"]
    whose = {each["id"]: each["organization_id"] for each in everyone}
    assert (whose[shop["id"]], whose[second["id"]]) == (other, customer.organization)
    (once,) = (await customer.owner.get(f"{company}/{shop['id']}/history"))["items"]
    assert (once["from_organization_id"], once["to_organization_id"]) == (
        customer.organization,
        other,
    )
    assert once["moved_by"] == customer.owner.user_id
    assert len((await customer.owner.get(f"{company}/{second['id']}/history"))["items"]) == 2
    last = (await told(CLOUD_ACCOUNT, shop["id"], 3))[-1]
    assert (last.data.name, str(last.organization_id)) == ("cloud_account.moved", other)
    assert str(last.data.from_organization_id) == customer.organization


@pytest.mark.req("ING-2", part="a check of the payer leaves moved accounts where they are")
async def test_a_moved_account_stays_where_it_is_when_its_payer_is_looked_at(customer) -> None:
    made = await customer.registered()
    other = await customer.owner.open_organization(customer.company, "Research")
    shop = (await listed(customer))[customer.world.linked[0].id]
    await bring(customer, other, shop["id"])

    await customer.check(made["id"])

    there = await customer.owner.get(f"/ingestion/v1/organizations/{other}/cloud-accounts")
    assert [each["id"] for each in there["items"]] == [shop["id"]]


@pytest.mark.req("ING-2", part="all or none; payers and accounts with a role of their own stay")
async def test_what_is_not_linked_is_not_moved(customer) -> None:
    made = await customer.registered()
    other = await customer.owner.open_organization(customer.company, "Research")
    shop = (await listed(customer))[customer.world.linked[0].id]

    payer = await bring(customer, other, shop["id"], made["id"])
    unknown = await bring(customer, other, shop["id"], str(new_id()))

    assert (payer.status_code, payer.json()["code"]) == (409, "not-a-linked-account")
    assert unknown.status_code == 404
    assert shop["account_id"] in await listed(customer)


@pytest.mark.req("ING-2", part="Owners alone, within their company")
@pytest.mark.req("PLAT-5", part="linked accounts")
async def test_nobody_else_moves_accounts_or_sees_where_they_are(
    customer, settle, arrive: Callable[..., Awaitable[Visitor]]
) -> None:
    await customer.registered()
    shop = (await listed(customer))[customer.world.linked[0].id]
    stranger, bob = await asyncio.gather(settle(), arrive())
    roles = [{"organization_id": customer.organization, "role": "admin"}]
    await customer.owner.invite(customer.company, bob, roles=roles)
    company = f"/ingestion/v1/companies/{customer.company}/linked-accounts"
    body = {"cloud_account_ids": [shop["id"]]}

    stolen = await bring(stranger, stranger.organization, shop["id"])
    answers = [
        await who.ask(verb, path, sent)
        for who in (bob, stranger.owner)
        for verb, path, sent in (
            ("POST", linked_accounts(customer.organization), body),
            ("GET", company, None),
            ("GET", f"{company}/{shop['id']}/history", None),
        )
    ]

    assert stolen.status_code == 404
    assert [answer.status_code for answer in answers] == [403, 403, 403, 404, 404, 404]
    assert shop["account_id"] in await listed(customer)
