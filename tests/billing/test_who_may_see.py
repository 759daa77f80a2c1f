"""Billing is for Owners and who holds its permission; for strangers it does not exist."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest
from tests.billing.conftest import Customer

from finops_common.acting import Acting
from finops_common.db import scopes
from finops_common.testing.services import Running
from finops_sandbox.visitor import Visitor

Arrive = Callable[..., Awaitable[Visitor]]


def calls(company_id: str, subscription_id: str) -> list[tuple[str, str, object]]:
    base = f"/billing/v1/companies/{company_id}"
    return [
        ("GET", f"{base}/overview", None),
        ("POST", f"{base}/subscriptions", {"edition": "standard"}),
        ("POST", f"{base}/subscriptions/{subscription_id}/cancellation", None),
    ]


async def statuses(person: Visitor, customer: Customer, subscription_id: str) -> set[int]:
    found = calls(customer.company_id, subscription_id)
    return {(await person.ask(method, path, body)).status_code for method, path, body in found}


@pytest.mark.req("BILL-5", part="without custom roles and billing contacts")
async def test_a_stranger_finds_nothing_and_a_member_is_refused(
    customer: Customer, arrive: Arrive, visitor: Callable[..., Visitor]
) -> None:
    trial = (await customer.subscribe("trial")).json()
    organization = await customer.owner.open_organization(customer.company_id)
    stranger, admin = await arrive(), await arrive()
    roles = [{"organization_id": organization, "role": "admin"}]
    await customer.owner.invite(customer.company_id, admin, roles=roles)

    assert await statuses(visitor(), customer, trial["id"]) == {401}
    assert await statuses(stranger, customer, trial["id"]) == {404}
    assert await statuses(admin, customer, trial["id"]) == {403}
    assert (await customer.overview())["state"] == "trialing"


@pytest.mark.req("BILL-5", part="without custom roles and billing contacts")
async def test_a_subscription_of_another_company_does_not_exist(
    customer: Customer, arrive: Arrive
) -> None:
    other = await arrive()
    theirs = Customer(other, await other.found_company())
    trial = (await theirs.subscribe("trial")).json()

    assert (await customer.cancel(trial["id"])).status_code == 404
    assert (await customer.cancel(str(uuid4()))).status_code == 404
    assert (await theirs.overview())["state"] == "trialing"


@pytest.mark.req("PLAT-20", part="billing's tables")
async def test_rows_of_another_company_are_hidden_by_the_database_itself(
    customer: Customer, billing: Running
) -> None:
    await customer.subscribe("trial")

    async with billing.database.transaction(Acting(scopes.company(uuid4()))) as tx:
        for table in ("companies", "subscriptions", "subscription_changes"):
            result = await tx.connection.exec_driver_sql(f"SELECT count(*) FROM {table}")  # noqa: S608 - our own names
            assert result.scalar() == 0, table
