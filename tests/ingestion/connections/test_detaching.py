"""Accounts that are detached: nothing more is asked, history stays, and data goes when told so."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from tests.ingestion.connections.test_linked import listed

from finops_common.acting import Acting
from finops_common.clock import utc_now
from finops_common.contracts.ingestion import CLOUD_ACCOUNT
from finops_common.db import scopes
from finops_common.testing.services import Running
from finops_ingestion.connections.domain import ConnectionBrokenError
from finops_ingestion.connections.service import ConnectionService
from finops_ingestion.connections.tables import credentials

pytestmark = pytest.mark.timeout(300)
At = Callable[[datetime], ConnectionService]


async def detach(customer, account_id: str, *, expect: int = 200) -> Any:  # noqa: ANN401 - JSON
    path = f"{customer.accounts}/{account_id}/detach"
    return (await customer.owner.ask("POST", path, expect=expect)).json()


async def sealed(ingestion: Running, account_id: str) -> int:
    counted = select(func.count()).where(credentials.c.cloud_account_id == UUID(account_id))
    async with ingestion.database.transaction(Acting(scopes.SYSTEM)) as tx:
        return int(await tx.scalar(counted))


@pytest.mark.req("ING-5", part="nothing new is asked of the cloud, credentials are destroyed")
@pytest.mark.req("AUD-1", part="detached accounts")
async def test_of_a_detached_account_nothing_is_asked_any_more(
    customer, ingestion: Running, at: At, aws, told
) -> None:
    made = await customer.registered()
    (source,) = (await customer.owner.get(f"{root(customer)}/billing-sources"))["items"]
    later = at(utc_now() + timedelta(days=2))
    await later.session(UUID(made["id"]))
    before, kept = aws.asked.copy(), await sealed(ingestion, made["id"])

    gone = await detach(customer, made["id"])
    again = await detach(customer, made["id"])

    while await later.check_next():
        pass
    with pytest.raises(ConnectionBrokenError):
        await later.session(UUID(made["id"]))
    asked = await customer.owner.ask("POST", f"{customer.accounts}/{made['id']}/checks")
    looked = await customer.owner.ask(
        "POST", f"{root(customer)}/billing-sources/{source['id']}/imports", {"period": "2026-11"}
    )
    ours = {account.id for account in customer.world.accounts}
    assert (before, ours & set(aws.asked[1:])) == ([customer.payer], set())
    assert (kept, await sealed(ingestion, made["id"])) == (1, 0)
    assert gone["connection"]["status"] == "to_be_deleted"
    assert (gone["detached_at"], gone["credentials_version"]) == (again["detached_at"], None)
    assert (asked.status_code, looked.json()["code"]) == (404, "source-stopped")
    assert await listed(customer) == {}
    said = [message.data.name for message in await told(CLOUD_ACCOUNT, made["id"], 4)]
    assert said.count("cloud_account.detached") == 1


def root(customer) -> str:
    return f"/ingestion/v1/organizations/{customer.organization}"


@pytest.mark.req("ING-5", part="linked accounts go with their payer, those of their own stay")
async def test_linked_accounts_are_detached_with_their_payer(customer, told) -> None:
    made = await customer.registered()
    shop, other = (account.id for account in customer.world.linked[:2])
    await customer.registered(shop)
    linked = (await listed(customer))[other]

    refused = await detach(customer, linked["id"], expect=409)
    await detach(customer, made["id"])

    assert refused["code"] == "paid-by-another-account"
    assert set(await listed(customer)) == {shop}
    last = (await told(CLOUD_ACCOUNT, linked["id"], 4))[-1]
    assert last.data.name == "cloud_account.detached"
    ended = await customer.owner.get(f"{customer.accounts}?status=to_be_deleted")
    assert {each["account_id"] for each in ended["items"]} == {
        each.id for each in customer.world.accounts
    } - {shop}


@pytest.mark.req("ING-5", part="Owners alone detach and delete; of one's own organization")
async def test_others_neither_detach_nor_delete(customer, settle, visitor) -> None:
    made = await customer.registered()
    stranger = await settle()
    bob = await visitor().arrive()
    roles = [{"organization_id": customer.organization, "role": "admin"}]
    await customer.owner.invite(customer.company, bob, roles=roles)
    body = {"account_id": customer.payer}

    answers = [
        await who.ask(verb, f"{customer.accounts}/{made['id']}/{act}", sent)
        for who in (bob, stranger.owner)
        for verb, act, sent in (("POST", "detach", None), ("DELETE", "data", body))
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 404, 404]
    assert (await customer.connection(made["id"]))["status"] == "healthy"


async def test_a_registration_that_waits_is_withdrawn_and_keeps_no_credentials(
    customer, ingestion: Running
) -> None:
    waiting = (await customer.register()).json()

    refused = await detach(customer, waiting["id"], expect=409)
    before = await sealed(ingestion, waiting["id"])
    await customer.owner.ask("DELETE", f"{customer.accounts}/{waiting['id']}", expect=204)

    assert refused["code"] == "registration-waits"
    assert (before, await sealed(ingestion, waiting["id"])) == (1, 0)
