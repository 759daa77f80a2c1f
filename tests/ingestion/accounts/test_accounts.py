"""Cloud accounts as people and other services see them."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from finops_common.acting import Acting
from finops_common.contracts.ingestion import CLOUD_ACCOUNT
from finops_common.contracts.ingestion_queries import CloudAccountFacts, CloudAccountsAnswer
from finops_common.db import scopes
from finops_common.testing.services import Running
from finops_ingestion.accounts.changes import collect
from finops_ingestion.accounts.domain import ImpossibleChangeError
from finops_ingestion.accounts.sources import BillingSource, list_sources, organizations_of

Person = Any


async def facts_of(
    customer, service_token, organization: str | None = None
) -> list[CloudAccountFacts]:
    headers = {"Authorization": f"Bearer {service_token('autosavings', 'ingestion')}"}
    url = customer.owner.base("ingestion") + "/internal/cloud-accounts"
    body = {"organization_id": organization or customer.organization}
    answer = await customer.owner.http.post(url, json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return CloudAccountsAnswer.model_validate(answer.json()).accounts


async def source_of(customer, ingestion: Running) -> BillingSource:
    scope = scopes.company(UUID(customer.company))
    async with ingestion.database.transaction(Acting(scope)) as tx:
        (source,) = await list_sources(tx, kind="aws_export")
    return source


@pytest.mark.req("AUTO-1", part="capabilities and missing actions of the accounts")
async def test_other_services_learn_what_is_connected_and_what_is_missing(
    customer, service_token
) -> None:
    await customer.run_stack(WithResources="no")
    await customer.register(headers={})

    found = {each.account_id: each for each in await facts_of(customer, service_token)}

    payer = found[customer.payer]
    assert payer.status == "update_required"
    assert payer.granted == {"bills", "commitments"}
    missing = {each.capability: each.actions for each in payer.missing}
    assert set(missing) == {"resources", "purchase", "resale"}
    assert "savingsplans:CreateSavingsPlan" in missing["purchase"]
    linked = found[customer.world.linked[0].id]
    assert (linked.payer_account_id, linked.granted) == (customer.payer, {"bills"})
    assert (payer.data_until, payer.last_import_state) == (None, None)


async def test_an_account_that_is_not_proven_is_told_to_nobody(customer, service_token) -> None:
    await customer.register()

    assert await facts_of(customer, service_token) == []


@pytest.mark.req("ING-10", part="the billing source of a payer's export")
async def test_a_payers_export_becomes_a_billing_source_of_its_company(
    customer, ingestion: Running
) -> None:
    made = await customer.registered(export_name="hanbit-focus")

    source = await source_of(customer, ingestion)

    assert (source.name, source.prefix, source.region) == ("hanbit-focus", "billing", "us-east-1")
    assert (source.payer_account_id, str(source.cloud_account_id)) == (customer.payer, made["id"])
    async with ingestion.database.transaction(Acting(scopes.SYSTEM)) as tx:
        whose = await organizations_of(tx, source)
    assert whose.of(customer.world.linked[0].id) == UUID(customer.organization)
    assert whose.of("000000000000") == whose.of(None) == UUID(customer.organization)


@pytest.mark.req("ING-13", part="another export of a payer does not count its months twice")
async def test_another_export_of_a_payer_is_read_by_the_same_source(
    customer, ingestion: Running
) -> None:
    made = await customer.registered(export_name="hanbit-focus")
    before = await source_of(customer, ingestion)

    path = f"{customer.accounts}/{made['id']}"
    await customer.owner.ask("PATCH", path, {"export_name": "hanbit-hourly"}, expect=200)
    await customer.check(made["id"])

    after = await source_of(customer, ingestion)
    assert (before.id, before.name, after.name) == (after.id, "hanbit-focus", "hanbit-hourly")


@pytest.mark.req("ING-10", part="an export that is read through the role")
async def test_the_billing_source_opens_its_bucket(customer, ingestion: Running) -> None:
    await customer.registered()
    connections = ingestion.server.config.app.state.wiring.connections

    source = await source_of(customer, ingestion)
    async with connections.bills(source) as s3:
        found = await s3.list_objects_v2(Bucket=source.bucket, Prefix=source.prefix)

    assert found["KeyCount"] == 0


@pytest.mark.req("ING-4", part="collection status of all accounts of a payer, with events")
async def test_how_collecting_goes_is_told_for_every_account_of_the_payer(
    customer, ingestion: Running, told
) -> None:
    made = await customer.registered()
    source = await source_of(customer, ingestion)
    acting = Acting(scopes.company(source.company_id))

    for status, cause in (("in_progress", None), ("failed", "manifest_missing")):
        async with ingestion.database.transaction(acting) as tx:
            await collect(tx, source, status, cause)
    with pytest.raises(ImpossibleChangeError):
        async with ingestion.database.transaction(acting) as tx:
            await collect(tx, source, "healthy")

    listed = (await customer.owner.get(customer.accounts))["items"]
    wanted = {"status": "failed", "cause": "manifest_missing"}
    assert [each["collection"] for each in listed] == [wanted] * 5
    last = (await told(CLOUD_ACCOUNT, made["id"], 5))[-1]
    assert (last.data.before["status"], last.data.after) == ("in_progress", wanted)


async def test_a_registration_that_waits_can_be_withdrawn_and_begun_again(customer) -> None:
    waiting = (await customer.register()).json()

    await customer.owner.ask("DELETE", f"{customer.accounts}/{waiting['id']}", expect=204)

    assert (await customer.owner.get(customer.accounts))["items"] == []
    assert (await customer.registered())["id"] != waiting["id"]


async def test_a_registered_account_cannot_be_withdrawn(customer) -> None:
    made = await customer.registered()

    answer = await customer.owner.ask("DELETE", f"{customer.accounts}/{made['id']}")

    assert (answer.status_code, answer.json()["code"]) == (409, "registration-complete")


@pytest.mark.req("PLAT-4", part="If-Match on cloud accounts")
async def test_nobody_overwrites_what_they_have_not_seen(customer) -> None:
    path = f"{customer.accounts}/{(await customer.register()).json()['id']}"
    seen = (await customer.owner.ask("GET", path)).headers["etag"]

    first = await customer.owner.ask("PATCH", path, {"name": "One"}, **{"If-Match": seen})
    second = await customer.owner.ask("PATCH", path, {"name": "Two"}, **{"If-Match": seen})

    assert (first.status_code, first.json()["name"]) == (200, "One")
    assert (second.status_code, second.json()["code"]) == (412, "precondition-failed")


@pytest.mark.req("ING-1", part="accounts are of one organization")
async def test_another_organization_finds_none_of_it(settle) -> None:
    ada, eve = await asyncio.gather(settle(), settle())
    made = (await ada.register()).json()

    inside = f"{eve.accounts}/{made['id']}"
    answers = [
        await eve.owner.ask("GET", inside),
        await eve.owner.ask("GET", f"{inside}/permissions"),
        await eve.owner.ask("PATCH", inside, {"name": "Mine"}),
        await eve.owner.ask("DELETE", inside),
        await eve.owner.ask("POST", f"{inside}/checks"),
        await eve.owner.ask(
            "PUT", f"{inside}/credentials", {"role_arn": f"arn:aws:iam::{ada.payer}:role/x"}
        ),
        await eve.owner.ask("GET", f"{ada.accounts}/{made['id']}"),
        await eve.owner.ask("GET", ada.accounts),
    ]

    assert {answer.status_code for answer in answers} == {404}
