"""What was collected of an account that is detached: it stays, comes back, or is deleted."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update
from tests.ingestion.connections.test_linked import listed
from tests.ingestion.imports.conftest import Payer

from finops_common.acting import Acting
from finops_common.contracts.ingestion import CLOUD_ACCOUNT, COST, REVISION
from finops_common.contracts.ingestion_queries import StandingRevisions
from finops_common.db import scopes
from finops_common.testing.services import Running
from finops_ingestion.imports.tables import attempts, shares

pytestmark = pytest.mark.timeout(300)
OPEN = date(2026, 11, 1)
MONTH = "start=2026-11-01&end=2026-12-01"


async def detach(customer, account_id: str, *, expect: int = 200) -> Any:  # noqa: ANN401 - JSON
    path = f"{customer.accounts}/{account_id}/detach"
    return (await customer.owner.ask("POST", path, expect=expect)).json()


async def erase(customer, account_id: str, number: str) -> Any:  # noqa: ANN401 - a response
    path = f"{customer.accounts}/{account_id}/data"
    return await customer.owner.ask("DELETE", path, {"account_id": number})


async def amount(payer: Payer) -> str | None:
    totals = (await payer.customer.owner.get(f"{payer.root}/costs?{MONTH}"))["totals"]
    return totals[0]["amount"] if totals else None


@pytest.mark.req("ING-5", part="history stays readable; the account can be registered again")
@pytest.mark.req("ING-1", part="after a detach whoever proves it owns it")
async def test_history_stays_with_who_had_it_when_another_company_registers(
    payer: Payer, settle
) -> None:
    customer = payer.customer
    payer.deliver(OPEN, 1)
    await payer.ask_for(OPEN)
    await payer.imported(1)
    before = await amount(payer)
    (made,) = [
        each for number, each in (await listed(customer)).items() if number == customer.payer
    ]
    eve = await settle()

    await detach(customer, made["id"])
    await eve.run_stack(name="eve")
    theirs = (await eve.register()).json()

    assert theirs["connection"]["status"] == "healthy"
    assert set(await listed(eve)) == {each.id for each in customer.world.accounts}
    assert (await amount(payer), await listed(customer)) == (before, {})
    periods = await payer.periods()
    assert periods["2026-11-01"]["revision"] == 1
    path = f"/ingestion/v1/organizations/{eve.organization}/billing-sources"
    (source,) = (await eve.owner.get(path))["items"]
    assert source["id"] != payer.source


@pytest.mark.req("ING-5", part="registered again where it was, nothing is counted twice")
async def test_an_account_that_comes_back_goes_on_with_its_own_history(payer: Payer) -> None:
    customer = payer.customer
    payer.deliver(OPEN, 1)
    await payer.ask_for(OPEN)
    await payer.imported(1)
    before = await amount(payer)
    made = (await listed(customer))[customer.payer]

    await detach(customer, made["id"])
    back = (await customer.register()).json()
    await payer.ask_for(OPEN)
    payer.deliver(OPEN, 2)
    await payer.ask_for(OPEN)
    await payer.imported(2)

    assert back["id"] != made["id"]
    (source,) = (await customer.owner.get(f"{payer.root}/billing-sources"))["items"]
    assert source["id"] == payer.source
    assert (await payer.periods())["2026-11-01"]["revision"] == 2
    assert await amount(payer) != before
    still = await erase(customer, made["id"], customer.payer)
    assert (still.status_code, still.json()["code"]) == (409, "not-detached")


@pytest.mark.req("ING-5", part="imports under way end with the detach")
async def test_an_import_that_waits_or_runs_is_cancelled_by_a_detach(
    payer: Payer, ingestion: Running
) -> None:
    customer = payer.customer
    payer.deliver(OPEN, 1)
    await payer.ask_for(OPEN)
    while not await payer.imports():
        pass
    made = (await listed(customer))[customer.payer]

    await detach(customer, made["id"])
    (ended,) = await payer.imported(1)
    retried = await customer.owner.ask("POST", f"{payer.root}/imports/{ended['id']}/retry")

    assert (ended["state"], ended["code"]) in {("cancelled", "source-stopped"), ("done", None)}
    assert (retried.status_code, retried.json()["code"]) == (409, "source-stopped")
    assert ingestion.database is not None


@pytest.mark.req("ING-5", part="delete with data: a second, separate act, confirmed")
@pytest.mark.req("AUD-1", part="deleted data of accounts")
@pytest.mark.req("ING-20", part="an empty revision takes the place of what is deleted")
async def test_data_is_deleted_only_when_detached_and_confirmed(
    payer: Payer, ingestion: Running, told, service_token
) -> None:
    customer = payer.customer
    payer.deliver(OPEN, 1)
    await payer.ask_for(OPEN)
    await payer.imported(1)
    made = (await listed(customer))[customer.payer]
    files = await blobs_of(ingestion, payer)

    early = await erase(customer, made["id"], customer.payer)
    await detach(customer, made["id"])
    unsure = await erase(customer, made["id"], "000000000000")
    there = await amount(payer)
    done = await erase(customer, made["id"], customer.payer)
    repeated = await erase(customer, made["id"], customer.payer)
    sweeper = ingestion.server.config.app.state.wiring.importing.sweeper
    await sweeper.sweep()
    at_once = [path for path in files if path.exists()]
    async with ingestion.database.transaction(Acting(scopes.SYSTEM)) as tx:
        earlier = attempts.c.started_at - timedelta(minutes=20)
        dropped = update(attempts).where(attempts.c.billing_source_id == UUID(payer.source))
        await tx.execute(dropped.values(started_at=earlier))
    await sweeper.sweep()

    assert [each.status_code for each in (early, unsure, done, repeated)] == [409, 422, 204, 204]
    assert (there is None, await amount(payer)) == (False, None)
    assert (at_once, [path for path in files if path.exists()]) == (files, [])
    assert await blobs_of(ingestion, payer) == []
    stream = f"{payer.source}:2026-11-01"
    empty = (await told(COST, stream, 5))[-1]
    assert (empty.data.name, empty.data.revision, empty.data.parts) == ("cost.committed", 2, 0)
    assert (empty.data.organizations, empty.reason) == ((), "data-deleted")
    assert (await told(REVISION, payer.source, 2))[-1].reason == "data-deleted"
    said = [message.data.name for message in await told(CLOUD_ACCOUNT, made["id"], 5)]
    assert said.count("cloud_account.data_deleted") == 2
    url = customer.owner.base("ingestion") + f"/internal/revisions?company_id={customer.company}"
    headers = {"Authorization": f"Bearer {service_token('commitments', 'ingestion')}"}
    listing = await customer.owner.http.get(url, headers=headers)
    # Who has missed the event still learns that nothing is left.
    (left,) = StandingRevisions.model_validate(listing.json()).revisions
    assert (left.revision, left.parts, left.organizations) == (2, 0, ())
    assert (await payer.imports())[0]["state"] == "done"


async def blobs_of(ingestion: Running, payer: Payer) -> list[Path]:
    asked = select(shares.c.files).where(shares.c.billing_source_id == UUID(payer.source))
    async with ingestion.database.transaction(Acting(scopes.SYSTEM)) as tx:
        keys = [key for row in await tx.all(asked) for key in row.files.values()]
    blobs = Path(str(ingestion.server.config.app.state.essentials.settings.blobs_url)[7:])
    return [blobs / key for key in keys]
