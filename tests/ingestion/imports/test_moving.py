"""Accounts that move between organizations: open months follow, and no line is lost or doubled."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pyarrow.parquet as pq
import pytest
from sqlalchemy import delete, update
from tests.ingestion.imports.rebuilding import Rebuilt, rebuild
from tests.ingestion.imports.workshop import Workshop
from tests.ingestion.reading import everything
from tests.ingestion.registry import Registry

from finops_common.contracts.ingestion import COST
from finops_common.ids import new_id
from finops_ingestion.accounts.sources import find_source, stop_sources
from finops_ingestion.imports.adapters import SubprocessReader
from finops_ingestion.imports.orders import Order, Outcome
from finops_ingestion.imports.queueing import queue_recuts
from finops_ingestion.imports.repository import current_shares
from finops_ingestion.imports.tables import imports, periods, shares
from finops_sandbox.world.books import books

pytestmark = pytest.mark.timeout(400)
CLOSED, OPEN = date(2026, 10, 1), date(2026, 11, 1)
CENT = Decimal("0.01")


async def reread(workshop: Workshop) -> Rebuilt:
    records = await everything(workshop.brokers, workshop.prefix + COST.name)
    mine = [r for r in records if r.key and r.key.startswith(str(workshop.source).encode())]
    return rebuild(mine, await workshop.relayed())


async def imported(workshop: Workshop, month: date, revision: int) -> None:
    workshop.deliver(month, revision)
    await workshop.look(month)
    await workshop.work()


async def standing_shares(workshop: Workshop, month: date) -> dict[UUID, Any]:
    asked = current_shares().where(shares.c.billing_source_id == workshop.source)
    async with workshop.system() as tx:
        rows = await tx.all(asked.where(shares.c.period == month))
    return {row.organization_id: row for row in rows}


async def items_of(workshop: Workshop, share: Any) -> tuple[int, set[str]]:  # noqa: ANN401 - a row
    """Lines and accounts in an organization's line items, whose tags must all be there."""
    items = pq.read_table(await workshop.blobs.local(share.files["items"]))
    sets = pq.read_table(await workshop.blobs.local(share.files["tag_sets"]))
    known = sets["tag_set_id"].to_pylist()
    assert len(known) == len(set(known))
    assert {each for each in items["tag_set_id"].to_pylist() if each is not None} <= set(known)
    return items.num_rows, set(items["account_id"].to_pylist())


def expected(workshop: Workshop, revision: int, owners: Mapping[str, UUID]) -> dict[UUID, Decimal]:
    """What each organization pays, from the world's own books."""
    told: dict[UUID, Decimal] = defaultdict(Decimal)
    booked = books(workshop.world, OPEN, revision)
    for account, measures in booked.accounts.items():
        told[owners.get(account, workshop.organization)] += measures.effective_total
    return dict(told)


@pytest.mark.req("ING-2", part="a moved account's open month follows it, without the cloud")
@pytest.mark.req("ING-4", part="a re-cut after a move leaves the collection status")
@pytest.mark.req("ING-13", part="a move makes a revision")
async def test_the_open_month_follows_a_moved_account_and_the_closed_one_stays(
    workshop: Workshop,
) -> None:
    shop, there = workshop.world.account("shop-production").id, new_id()
    await workshop.assign(shop, workshop.organization)
    await imported(workshop, CLOSED, 2)
    await imported(workshop, OPEN, 2)
    before = (await standing_shares(workshop, OPEN))[workshop.organization]
    said = workshop.collected.copy()
    workshop.empty_bucket()

    await workshop.move(shop, there)
    await workshop.work()

    assert await workshop.standing() == {CLOSED: 1, OPEN: 2}
    after = await standing_shares(workshop, OPEN)
    assert set(after) == {workshop.organization, there}
    assert sum(share.lines for share in after.values()) == before.lines
    mine, others = [
        await items_of(workshop, after[each]) for each in (workshop.organization, there)
    ]
    assert others[1] == {shop}
    assert shop not in mine[1]
    assert mine[0] + others[0] == (await items_of(workshop, before))[0]
    reader = await reread(workshop)
    stream = (workshop.source, OPEN)
    assert reader.sums(stream) == reader.told(stream)
    assert (after[there].finality, after[there].as_of) == (before.finality, before.as_of)
    assert set(await standing_shares(workshop, CLOSED)) == {workshop.organization}
    # What is cut anew was collected before: it says nothing of the collection now.
    assert (said[-1], workshop.collected) == (("healthy", None), said)


@pytest.mark.req("ING-5", part="registered again in another organization of the company")
async def test_open_months_follow_a_payer_that_is_registered_again_elsewhere(
    workshop: Workshop,
) -> None:
    await imported(workshop, OPEN, 1)
    before = (await standing_shares(workshop, OPEN))[workshop.organization]
    registry = Registry(workshop.database, workshop.company)
    there = registry.organization
    async with registry.transaction() as tx:
        former = await find_source(tx, workshop.source)
        await stop_sources(tx, [workshop.source])
    assert former is not None
    await registry.stands(former, CLOSED, "closed")

    source = await registry.source(await registry.account(workshop.payer))
    async with registry.transaction() as tx:
        queued = await queue_recuts(tx, source)
    await workshop.work()

    # One source, whoever registers: two would count what both know twice.
    assert (source.id, source.organization_id, queued) == (workshop.source, there, 1)
    after = await standing_shares(workshop, OPEN)
    assert {each: share.lines for each, share in after.items()} == {there: before.lines}
    assert set(await standing_shares(workshop, CLOSED)) == {workshop.organization}
    owners = {row.period: row.organization_id for row in await workshop.rows(periods)}
    assert owners == {CLOSED: workshop.organization, OPEN: there}


@pytest.mark.req("ING-2", part="an empty open month is not cut again for ever")
async def test_an_open_month_without_lines_is_not_cut_anew_when_accounts_move(
    workshop: Workshop,
) -> None:
    shop, there = workshop.world.account("shop-production").id, new_id()
    await workshop.assign(shop, workshop.organization)
    await imported(workshop, OPEN, 1)
    async with workshop.system() as tx:
        of_source = periods.c.billing_source_id == workshop.source
        await tx.execute(delete(shares).where(shares.c.billing_source_id == workshop.source))
        await tx.execute(update(periods).where(of_source).values(owners="of another time"))

    await workshop.move(shop, there)

    assert [each.cause for each in await workshop.rows(imports)] == ["backfill"]


@pytest.mark.req("ING-2", part="two moves at once, and one back")
async def test_of_many_moves_the_last_one_counts(workshop: Workshop) -> None:
    shop, one, two = workshop.world.account("shop-production").id, new_id(), new_id()
    await workshop.assign(shop, workshop.organization)
    await imported(workshop, OPEN, 1)

    await asyncio.gather(workshop.move(shop, one), workshop.move(shop, two))
    await workshop.move(shop, two)
    async with workshop.worker() as first:
        running = asyncio.create_task(first.run_one())
        await asyncio.sleep(0.5)
        await workshop.move(shop, one)
        await running
    await workshop.lapse()
    await workshop.work()

    after = await standing_shares(workshop, OPEN)
    assert set(after) == {workshop.organization, one}
    assert (await items_of(workshop, after[one]))[1] == {shop}


@pytest.mark.req("ING-2", part="a move while its month is imported, or paused")
async def test_a_move_beside_an_import_counts_whoever_is_first(workshop: Workshop) -> None:
    shop, there = workshop.world.account("shop-production").id, new_id()
    await workshop.assign(shop, workshop.organization)
    await imported(workshop, OPEN, 1)
    workshop.deliver(OPEN, 2)
    await workshop.look(OPEN)
    newer = (await workshop.imports())[-1]
    await workshop.service.pause(workshop.caller, newer.id)

    await workshop.move(shop, there)
    await workshop.work()
    between = await standing_shares(workshop, OPEN)
    await workshop.service.resume(workshop.caller, newer.id)
    await workshop.work()

    assert set(between) == {workshop.organization, there}
    assert await workshop.standing() == {OPEN: 3}
    told = (await reread(workshop)).sums((workshop.source, OPEN))
    paid = expected(workshop, 2, {shop: there})
    assert {each: abs(told[each][1] - paid[each]) < CENT for each in paid} == dict.fromkeys(
        told, True
    )


class HeldReader(SubprocessReader):
    """Has read the first bill, and holds back the answer."""

    def __init__(self) -> None:
        self.reached, self.let_go = asyncio.Event(), asyncio.Event()

    async def read(self, order: Order) -> Outcome:
        outcome = await super().read(order)
        self.reached.set()
        await self.let_go.wait()
        return outcome


@pytest.mark.req("ING-2", part="a move after its bill was cut, before it stands")
async def test_an_import_that_was_cut_before_a_move_is_cut_anew(workshop: Workshop) -> None:
    shop, there = workshop.world.account("shop-production").id, new_id()
    await workshop.assign(shop, workshop.organization)
    workshop.deliver(OPEN, 1)
    await workshop.look()
    reader = HeldReader()

    async with workshop.worker(reader) as worker:
        running = asyncio.create_task(worker.run_one())
        await reader.reached.wait()
        await workshop.move(shop, there)
        reader.let_go.set()
        await running
        at_first = set(await standing_shares(workshop, OPEN))
        await worker.run_one()

    assert at_first == {workshop.organization}
    assert set(await standing_shares(workshop, OPEN)) == {workshop.organization, there}
    assert [each.cause for each in await workshop.imports()] == ["schedule", "move"]


@pytest.mark.req("ING-13", part="any order of imports, restatements, moves, repeats and crashes")
@pytest.mark.req("ING-20", part="one consistent revision after any order of them")
@pytest.mark.parametrize("seed", range(2))
async def test_after_any_history_what_stands_is_the_last_bill_cut_by_the_last_assignment(
    workshop: Workshop, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a history, reproducibly
    accounts = [each.id for each in workshop.world.linked[:2]]
    organizations = [workshop.organization, new_id(), new_id()]
    owners = dict.fromkeys(accounts, workshop.organization)
    for account in accounts:
        await workshop.assign(account, workshop.organization)
    newest = 0

    for _ in range(7):
        match chance.choice(["deliver", "move", "move", "look", "crash", "work"]):
            case "deliver":
                newest = min(newest + 1, 2)
                workshop.deliver(OPEN, newest)
                await workshop.look(OPEN)
            case "move":
                account = chance.choice(accounts)
                owners[account] = chance.choice(organizations)
                await workshop.move(account, owners[account])
            case "look":
                await workshop.look()
            case "crash":
                await _crash(workshop, chance.uniform(0, 3))
            case "work":
                await workshop.lapse()
                await workshop.work()
    if newest < 2:
        workshop.deliver(OPEN, 2)
    await workshop.lapse()
    await workshop.look(OPEN)
    await workshop.work()
    await workshop.look(OPEN)
    await workshop.work()

    reader = await reread(workshop)
    stream = (workshop.source, OPEN)
    told, paid = reader.told(stream), expected(workshop, 2, owners)
    assert reader.sums(stream) == told
    assert set(told) == set(paid)
    assert all(abs(told[each][1] - paid[each]) < CENT for each in paid)
    after = await standing_shares(workshop, OPEN)
    assert {each: share.rows for each, share in after.items()} == {
        each: rows for each, (rows, _) in told.items()
    }
    for organization, share in after.items():
        (_, seen) = await items_of(workshop, share)
        whose = {owners.get(account, workshop.organization) for account in seen}
        assert whose == {organization}


async def _crash(workshop: Workshop, after_s: float) -> None:
    """A worker begins something and is gone."""
    async with workshop.worker() as worker:
        dying = asyncio.create_task(worker.run_one())
        await asyncio.wait({dying}, timeout=after_s)
        dying.cancel()
        with suppress(asyncio.CancelledError):
            await dying
    await workshop.lapse()
