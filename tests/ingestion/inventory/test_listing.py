"""Commitments as AWS lists them, in one snapshot per billing source."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from finops_common.acting import Acting
from finops_common.contracts.ingestion import INVENTORY
from finops_common.db import scopes
from finops_common.testing.services import Running
from finops_ingestion.accounts.sources import list_sources
from finops_ingestion.inventory.domain import in_parts
from finops_ingestion.inventory.tables import inventory_listings
from finops_sandbox.world.model import ReservedInstance, SavingsPlan


async def list_all(ingestion: Running) -> None:
    while await ingestion.server.config.app.state.wiring.inventory.list_next():
        pass


async def source_id(customer, ingestion: Running) -> UUID:
    scope = scopes.company(UUID(customer.company))
    async with ingestion.database.transaction(Acting(scope)) as tx:
        (source,) = await list_sources(tx, kind="aws_export")
    return source.id


@pytest.mark.req("COM-2", part="the provider's inventory of the accounts we may ask")
async def test_a_snapshot_holds_what_every_account_with_a_role_owns(
    customer, ingestion: Running, told
) -> None:
    await customer.registered()
    shop = customer.world.linked[0].id
    await customer.registered(shop)

    await list_all(ingestion)

    source = await source_id(customer, ingestion)
    (message,) = await told(INVENTORY, source, 1)
    snapshot = message.data
    asked = {customer.payer, shop}
    owned = [held for held in customer.world.commitments if held.account in asked]
    begun = [held for held in owned if held.starts_at <= customer.world.now]
    assert {each.id for each in snapshot.commitments} == {held.arn for held in begun}
    assert set(snapshot.accounts) == asked
    assert (snapshot.part, snapshot.parts) == (0, 1)
    assert message.organization_id == UUID(customer.organization)
    scope = scopes.company(UUID(customer.company))
    async with ingestion.database.transaction(Acting(scope)) as tx:
        left_out = await tx.scalar(select(inventory_listings.c.left_out))
    assert left_out == {each.id: "role_missing" for each in customer.world.linked[1:]}


@pytest.mark.req("COM-1", part="AWS, as its APIs list it")
async def test_amounts_are_of_the_whole_commitment(customer, ingestion: Running, told) -> None:
    await customer.registered()

    await list_all(ingestion)

    (message,) = await told(INVENTORY, await source_id(customer, ingestion), 1)
    found = {each.id: each for each in message.data.commitments}
    for held in (each for each in customer.world.commitments if each.account == customer.payer):
        listed = found[held.arn]
        assert (listed.starts_at, listed.ends_at) == (held.starts_at, held.ends_at)
        assert (listed.payment_option, listed.upfront) == (held.payment, held.upfront)
        assert listed.term_months == 12
        if isinstance(held, SavingsPlan):
            assert (listed.kind, listed.hourly_commitment) == ("savings_plan", held.hourly_cost)
            assert listed.type == held.type
        if isinstance(held, ReservedInstance):
            assert (listed.kind, listed.quantity) == ("reservation", held.count)
            assert listed.recurring_hourly == held.rate * held.count * (1 - held.upfront_share)


async def test_a_payer_that_lets_us_in_no_more_gives_no_empty_snapshot(
    customer, ingestion: Running, simulator, told
) -> None:
    await customer.registered()
    await simulator.delete_stack(customer.payer, "finops")

    await list_all(ingestion)

    assert await told(INVENTORY, await source_id(customer, ingestion)) == []


@given(st.lists(st.integers(), max_size=40), st.integers(1, 7))
def test_parts_are_the_whole_in_order(items: list[int], size: int) -> None:
    parts = list(in_parts(items, size))

    assert [each for part in parts for each in part] == items
    assert len(parts) >= 1
    assert all(0 < len(part) <= size for part in parts) or items == []
