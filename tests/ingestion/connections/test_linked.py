"""A management account brings its linked accounts in, and keeps doing so."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from finops_common.clock import utc_now
from finops_common.contracts.ingestion import CLOUD_ACCOUNT
from finops_ingestion.connections.service import ConnectionService
from finops_sandbox.world import World
from finops_sandbox.world.model import Account

At = Callable[[datetime], ConnectionService]


async def listed(customer) -> dict[str, Any]:
    found = await customer.owner.get(f"{customer.accounts}?sort=name&limit=100")
    return {each["account_id"]: each for each in found["items"]}


@pytest.mark.req("ING-2", part="linked accounts come in automatically")
async def test_a_management_account_brings_its_linked_accounts_in(customer, told) -> None:
    await customer.registered()

    found = await listed(customer)

    assert set(found) == {account.id for account in customer.world.accounts}
    linked = found[customer.world.linked[0].id]
    assert (linked["name"], linked["origin"]) == ("shop-production", "linked")
    assert linked["payer_account_id"] == customer.payer
    assert linked["connection"]["status"] == "healthy"
    said = await told(CLOUD_ACCOUNT, linked["id"], 2)
    assert [message.data.name for message in said] == [
        "cloud_account.registered",
        "cloud_account.connection_changed",
    ]


@pytest.mark.req("ING-2", part="and keeps doing so")
async def test_a_new_account_comes_in_and_one_that_left_is_told(
    customer, worlds: list[World], at: At
) -> None:
    await customer.registered()
    world = customer.world
    number = f"{int(world.payer.id[0]) % 9 + 1}{world.payer.id[1:]}"
    fresh = Account(number, "newcomer", "aws+new@hanbit.example", "Research")
    changed = replace(world, linked=(*world.linked[1:], fresh))
    worlds[worlds.index(world)] = changed

    later = at(utc_now() + timedelta(hours=7))
    while await later.check_next():
        pass

    found = await listed(customer)
    assert found[number]["name"] == "newcomer"
    left = found[world.linked[0].id]["connection"]
    assert (left["status"], left["cause"]) == ("error", "left_organization")


@pytest.mark.req("ING-2", part="what reaches the payer reaches its linked accounts")
async def test_linked_accounts_follow_what_happens_to_their_payer(customer, simulator) -> None:
    made = await customer.registered()
    await simulator.delete_stack(customer.payer, "finops")

    await customer.check(made["id"])

    statuses = {each["connection"]["cause"] for each in (await listed(customer)).values()}
    assert statuses == {"role_missing"}


@pytest.mark.req("ING-1", part="a linked account that another company owns stays there")
async def test_an_account_that_somebody_else_has_proven_stays_theirs(settle) -> None:
    ada, eve = await settle(), await settle()
    shop = ada.world.linked[0].id
    own = await eve.registered(shop)

    await ada.registered()

    assert shop not in await listed(ada)
    assert (await listed(eve))[shop]["id"] == own["id"]


@pytest.mark.req("ING-2", part="member accounts too")
async def test_a_linked_account_may_get_a_role_of_its_own(customer) -> None:
    await customer.registered()
    shop = customer.world.linked[0].id
    before = (await listed(customer))[shop]
    refused = await customer.register(shop)
    await customer.run_stack(shop)

    made = (await customer.register(shop)).json()

    assert (refused.status_code, refused.json()["cause"]) == (422, "role_missing")
    assert made["id"] == before["id"]
    assert (made["origin"], made["credentials_version"]) == ("registered", 1)
    assert made["connection"]["status"] == "healthy"


async def test_an_account_without_a_role_of_its_own_is_checked_through_its_payer(customer) -> None:
    await customer.registered()
    linked = (await listed(customer))[customer.world.linked[0].id]

    answer = await customer.owner.ask("POST", f"{customer.accounts}/{linked['id']}/checks")

    assert (answer.status_code, answer.json()["code"]) == (409, "no-role-of-its-own")
