"""Accounts and who pays for them: what may be detached, deleted and done at the same time."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from datetime import date

import pytest
from tests.ingestion.registry import PLACE, Registry

from finops_common.errors.problem import NotFound
from finops_common.ids import new_id
from finops_ingestion.accounts.domain import CloudAccount
from finops_ingestion.accounts.moving import MoveService
from finops_ingestion.connections.domain import Evidence, Export, Member
from finops_ingestion.connections.settle import settle
from finops_ingestion.imports.erasing import erase
from finops_ingestion.imports.queueing import queue_recuts, stop_imports
from finops_ingestion.problems import NotDetached, PaidByAnother

OPEN = date(2026, 11, 1)
TRIES = 20


@pytest.mark.req("ING-5", part="data of an account that is registered again is not deleted")
async def test_the_older_record_of_an_account_does_not_delete_what_it_delivers_again(
    registry: Registry,
) -> None:
    payer = await registry.account()
    before = await registry.source(payer)
    await registry.detaching.detach(registry.caller, payer.id)
    again = await registry.account(payer.account_id, organization_id=new_id())
    after = await registry.source(again)

    with pytest.raises(NotDetached) as refused:
        await registry.detaching.delete_data(registry.caller, payer.id, payer.account_id)

    assert (refused.value.status, refused.value.code) == (409, "not-detached")
    assert (after.id, after.stopped_at) == (before.id, None)


@pytest.mark.req("ING-5", part="what was deleted is not cut anew")
async def test_a_month_whose_data_was_deleted_is_not_cut_anew(registry: Registry) -> None:
    payer = await registry.account()
    source = await registry.source(payer)
    await registry.stands(source, OPEN, "open")

    async with registry.transaction() as tx:
        before = await queue_recuts(tx, source)
        await erase(tx, source)
        await stop_imports(tx, [source.id])
        after = await queue_recuts(tx, source)

    # Its accounts are others' by now, but nothing is left that could be cut.
    assert (before, after) == (1, 0)


@pytest.mark.req("ING-5", part="what a linked account cost is its payer's to delete")
async def test_a_linked_accounts_costs_are_not_deleted_without_its_payers(
    registry: Registry,
) -> None:
    payer = await registry.account()
    linked = await registry.linked(payer)
    await registry.source(payer)
    await registry.detaching.detach(registry.caller, payer.id)

    with pytest.raises(PaidByAnother) as refused:
        await registry.detaching.delete_data(registry.caller, linked.id, linked.account_id)

    assert (refused.value.status, refused.value.code) == (409, "paid-by-another-account")


@pytest.mark.req("ING-5", part="a member whose payer is here stays, whatever opens it")
async def test_a_member_with_a_role_of_its_own_is_not_detached_before_its_payer(
    registry: Registry,
) -> None:
    payer = await registry.account()
    member = await registry.account(payer_account_id=payer.account_id)

    with pytest.raises(PaidByAnother) as refused:
        await registry.detaching.detach(registry.caller, member.id)
    await registry.detaching.detach(registry.caller, payer.id)
    gone = await registry.detaching.detach(registry.caller, member.id)

    assert (refused.value.status, refused.value.code) == (409, "paid-by-another-account")
    assert gone.detached_at is not None


async def check(registry: Registry, payer: CloudAccount, *members: CloudAccount) -> None:
    """A look at the payer has found these members and an export of another name."""
    listed = tuple(Member(each.account_id, each.name) for each in (payer, *members))
    export = Export("newer", **PLACE, rank=1)
    found = Evidence(payer.account_id, listed, export, "reachable", ())
    async with registry.transaction() as tx:
        await settle(tx, payer.id, found)


async def at_once(*acts: Awaitable[object]) -> set[type]:
    """What came of them, done together: the types of their answers and problems."""
    return {type(each) for each in await asyncio.gather(*acts, return_exceptions=True)}


@pytest.mark.req("ING-5", part="a member, its payer and a check of it at the same time")
async def test_who_detaches_a_member_its_payer_or_checks_it_never_waits_in_a_ring(
    registry: Registry,
) -> None:
    for _ in range(TRIES):
        mine = replace(registry, company=new_id(), organization=new_id())
        payer = await mine.account()
        member = await mine.account(payer_account_id=payer.account_id)
        await mine.source(payer)
        detach, caller = mine.detaching.detach, mine.caller

        beside_a_check = await at_once(detach(caller, member.id), check(mine, payer, member))
        beside_both = await at_once(
            detach(caller, member.id), detach(caller, payer.id), check(mine, payer, member)
        )

        assert beside_a_check == {PaidByAnother, type(None)}
        # Who comes too late finds no payer to check.
        assert beside_both <= {PaidByAnother, CloudAccount, NotFound, type(None)}


@pytest.mark.req("ING-2", part="a linked account moves while its payer is checked")
async def test_a_linked_account_moves_while_its_payer_is_checked(registry: Registry) -> None:
    for _ in range(TRIES):
        mine = replace(registry, company=new_id(), organization=new_id())
        payer = await mine.account()
        linked = await mine.linked(payer)
        await mine.source(payer)
        moves = MoveService(mine.database, queue_recuts)
        there = replace(mine.caller, organization_id=new_id())

        became = await at_once(moves.bring(there, [linked.id]), check(mine, payer, linked))

        assert became == {list, type(None)}
