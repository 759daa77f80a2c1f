"""Records are opened once per set of revisions, and never answer for another set."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from tests.commitments.service import NO_GROUPS, Source, wrapped

from finops_commitments.figures.domain import Group, Period
from finops_commitments.figures.measures import Page, figures
from finops_commitments.figures.opened import OpenedRecords
from finops_commitments.figures.records import HourlyRecords
from finops_commitments.figures.service import FigureService, Wanted
from finops_commitments.problems import CurrencyNeeded, TooManyCells
from finops_commitments.revisions.handlers import HANDLERS
from finops_common.acting import Acting
from finops_common.db import scopes
from finops_common.db.transaction import Database
from finops_common.ids import new_id

SINCE, UNTIL = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
MB = 1024 * 1024
Publish = Callable[..., Any]


@pytest.fixture
def opened(database: Database) -> OpenedRecords:
    return OpenedRecords(database, kept_bytes=64 * MB, query_memory_mb=128, threads=2)


async def publish(
    database: Database, source: Source, number: int, owner: UUID, *parts: bytes
) -> None:
    """Take a revision in as the consumer does."""
    for event in source.revision(number, {owner: parts}):
        handler = HANDLERS.get(type(event))
        if handler:
            async with database.transaction(Acting(scopes.company(source.company_id))) as tx:
                await handler(wrapped(event), tx)


def cost(records: HourlyRecords, _: Sequence[Any]) -> Decimal:
    return sum((cell.sums.on_demand.known for cell in figures(records)), Decimal(0))


@pytest.mark.req("COM-24", part="what is kept is never stale")
async def test_records_are_opened_once_and_anew_after_a_new_revision(
    database: Database,
    opened: OpenedRecords,
    a_record: Callable[..., Any],
    part_of: Callable[..., bytes],
) -> None:
    source, owner = Source(new_id()), new_id()
    acts = Acting(scopes.organization(source.company_id, owner))
    await publish(database, source, 1, owner, part_of(a_record(list_cost="1")))

    first = await opened.ask(acts, SINCE, UNTIL, cost)
    again = await opened.ask(acts, SINCE, UNTIL, lambda records, _: id(records))
    same = await opened.ask(acts, SINCE, UNTIL, lambda records, _: id(records))
    await publish(database, source, 2, owner, part_of(a_record(list_cost="5")))
    after = await opened.ask(acts, SINCE, UNTIL, cost)

    assert again.value == same.value
    assert [first.value, after.value] == [1, 5]
    assert [each.revision for each in after.revisions] == [2]
    await opened.close()


async def test_what_was_asked_longest_ago_is_closed_when_room_runs_out(
    database: Database, a_record: Callable[..., Any], part_of: Callable[..., bytes]
) -> None:
    small = OpenedRecords(database, kept_bytes=1, query_memory_mb=128, threads=2)
    source, owners = Source(new_id()), [new_id(), new_id(), new_id()]
    for at, owner in enumerate(owners):
        each = Source(source.company_id)
        await publish(database, each, 1, owner, part_of(a_record(list_cost=str(at + 1))))

    found = await asyncio.gather(
        *(
            small.ask(Acting(scopes.organization(source.company_id, owner)), SINCE, UNTIL, cost)
            for owner in [*owners, *owners]
        )
    )

    assert [answer.value for answer in found] == [1, 2, 3, 1, 2, 3]
    assert small.kept <= 2
    await small.close()
    assert small.kept == 0


@pytest.mark.req("COM-23", part="records of other tenants never enter a figure")
async def test_an_organization_sees_its_own_records_alone(
    database: Database,
    opened: OpenedRecords,
    a_record: Callable[..., Any],
    part_of: Callable[..., bytes],
) -> None:
    source, ours, theirs = Source(new_id()), new_id(), new_id()
    await publish(database, source, 1, ours, part_of(a_record(list_cost="1")))

    other = Acting(scopes.organization(source.company_id, theirs))
    foreign_company = Acting(scopes.organization(new_id(), theirs))

    assert (await opened.ask(other, SINCE, UNTIL, cost)).value == 0
    assert (await opened.ask(foreign_company, SINCE, UNTIL, cost)).value == 0
    await opened.close()


async def test_questions_do_not_hold_up_the_event_loop(
    database: Database,
    opened: OpenedRecords,
    a_record: Callable[..., Any],
    part_of: Callable[..., bytes],
) -> None:
    source, owner = Source(new_id()), new_id()
    rows = [
        a_record(hour=SINCE + timedelta(hours=at % 744), account_id=f"{at % 90:012}", list_cost="1")
        for at in range(20_000)
    ]
    await publish(database, source, 1, owner, part_of(*rows))
    acts = Acting(scopes.organization(source.company_id, owner))
    wanted = Wanted(SINCE, UNTIL, Period.DAY, (Group.ACCOUNT,))
    asked = asyncio.create_task(FigureService(opened, NO_GROUPS).breakdown(acts, wanted))

    pauses = []
    while not asked.done():
        before = time.perf_counter()
        await asyncio.sleep(0)
        pauses.append(time.perf_counter() - before)

    assert len((await asked).value.rows) == 31 * 90
    # A loop that did the work itself would stand still all the time in one pause.
    assert sorted(pauses)[int(len(pauses) * 0.99)] < sum(pauses) / 5
    await opened.close()


async def test_room_is_made_by_several_at_once(
    database: Database, a_record: Callable[..., Any], part_of: Callable[..., bytes]
) -> None:
    opened = OpenedRecords(database, kept_bytes=100_000, query_memory_mb=128, threads=2)
    small, large = [(Source(new_id()), new_id()) for _ in range(6)], (Source(new_id()), new_id())
    others = [(Source(new_id()), new_id()) for _ in range(2)]
    for source, owner in small:
        await publish(database, source, 1, owner, part_of(a_record(list_cost="1")))
    many = part_of(*(a_record(list_cost="1", lines=0) for _ in range(2_000)))
    for source, owner in (large, *others):
        await publish(database, source, 1, owner, many)

    async def ask(tenant: tuple[Source, UUID]) -> Decimal:
        acts = Acting(scopes.organization(tenant[0].company_id, tenant[1]))
        return (await opened.ask(acts, SINCE, UNTIL, cost)).value

    for _ in range(4):
        for tenant in small:
            await ask(tenant)
        assert opened.kept >= len(small)
        found = await asyncio.gather(*map(ask, (large, *others, *small)))
        assert found == [2_000] * 3 + [1] * 6
    await opened.close()


async def test_who_gives_up_leaves_no_thread_at_the_records(
    database: Database,
    opened: OpenedRecords,
    a_record: Callable[..., Any],
    part_of: Callable[..., bytes],
) -> None:
    source, owner = Source(new_id()), new_id()
    await publish(database, source, 1, owner, part_of(a_record(list_cost="1")))
    acts = Acting(scopes.organization(source.company_id, owner))
    begun, ended = threading.Event(), threading.Event()

    def slow(records: HourlyRecords, _: Sequence[Any]) -> None:
        begun.set()
        time.sleep(0.3)
        cost(records, _)
        ended.set()

    asked = asyncio.create_task(opened.ask(acts, SINCE, UNTIL, slow))
    await asyncio.to_thread(begun.wait)
    asked.cancel()
    again = await opened.ask(acts, SINCE, UNTIL, cost)

    assert ended.is_set()
    assert again.value == 1
    assert asked.cancelled()
    await opened.close()


@pytest.mark.req("COM-21", part="a breakdown with too many cells is refused, not cut")
async def test_a_breakdown_with_too_many_cells_is_refused(
    database: Database,
    opened: OpenedRecords,
    a_record: Callable[..., Any],
    part_of: Callable[..., bytes],
) -> None:
    source, owner = Source(new_id()), new_id()
    rows = [
        a_record(hour=SINCE + timedelta(hours=at % 744), account_id=f"{at // 744:012}")
        for at in range(744 * 14)
    ]
    await publish(database, source, 1, owner, part_of(*rows))
    acts = Acting(scopes.organization(source.company_id, owner))

    with pytest.raises(TooManyCells) as refused:
        await FigureService(opened, NO_GROUPS).breakdown(
            acts, Wanted(SINCE, UNTIL, Period.HOUR, (Group.ACCOUNT,))
        )

    assert refused.value.facts == {"count": 744 * 14, "limit": 10_000}
    await opened.close()


async def test_a_figure_of_several_currencies_asks_for_one(
    database: Database,
    opened: OpenedRecords,
    a_record: Callable[..., Any],
    part_of: Callable[..., bytes],
) -> None:
    source, owner = Source(new_id(), period=date(2026, 10, 1)), new_id()
    rows = [a_record(list_cost="1"), a_record(list_cost="1500", currency="KRW")]
    await publish(database, source, 1, owner, part_of(*rows))
    acts = Acting(scopes.organization(source.company_id, owner))
    service = FigureService(opened, NO_GROUPS)

    with pytest.raises(CurrencyNeeded):
        await service.explain(acts, Wanted(SINCE, UNTIL), "on_demand_cost", None)
    chosen = Wanted(SINCE, UNTIL, currency="KRW")
    explained = await service.explain(acts, chosen, "on_demand_cost", None)

    assert explained.value.value == 1500
    await opened.close()


@pytest.mark.req("COM-23", part="contributions a page at a time, however many there are")
async def test_an_explanation_is_told_by_pages(
    database: Database,
    opened: OpenedRecords,
    a_record: Callable[..., Any],
    part_of: Callable[..., bytes],
) -> None:
    source, owner = Source(new_id()), new_id()
    hours = [SINCE + timedelta(hours=at) for at in range(5)]
    await publish(
        database, source, 1, owner, part_of(*(a_record(hour=at, list_cost="1") for at in hours))
    )
    acts = Acting(scopes.organization(source.company_id, owner))
    service, whole = FigureService(opened, NO_GROUPS), Wanted(SINCE, UNTIL)

    first = await service.explain(acts, whole, "on_demand_cost", None, Page(0, 3))
    rest = await service.explain(acts, whole, "on_demand_cost", None, Page(3, 3))
    await opened.close()

    told = [*first.value.contributions, *rest.value.contributions]
    assert [each.hour for each in told] == hours
    assert len(first.value.contributions) == 3
    for page in (first.value, rest.value):
        assert (page.value, page.records, page.lines, page.contributions_in_all) == (5, 5, 5, 5)
