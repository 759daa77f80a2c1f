"""The Iceberg tables hold what stands, each revision in one snapshot, whatever dies."""

import asyncio
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pyiceberg.exceptions import CommitFailedException
from sqlalchemy import select, text
from tests.ingestion.lake.shore import MONTH, TAGS, Figures, Shore, a_line

from finops_common.acting import Acting
from finops_common.db import scopes
from finops_common.ids import new_id
from finops_ingestion.lake.adapters import Lake
from finops_ingestion.lake.iceberg import OrganizationTables
from finops_ingestion.lake.publishing import LakePublisher
from finops_ingestion.lake.repository import LakeRepository
from finops_ingestion.lake.tables import publications

# What speaks Iceberg takes long to import on a busy machine.
pytestmark = pytest.mark.timeout(240)


def usd(rows: int, cost: str) -> Figures:
    return Figures(rows, {"USD": Decimal(cost)})


async def tags(shore: Shore) -> set[tuple[int, str, str]]:
    table = (await shore.table("tags")).scan().to_arrow()
    return {tuple(row[name] for name in TAGS.names) for row in table.to_pylist()}


@pytest.mark.req("ING-13", part="Iceberg readers see one revision")
async def test_the_tables_hold_what_stands(shore: Shore) -> None:
    await shore.commit(a_line("5"), a_line("7000", currency="KRW"), source=(first := new_id()))
    await shore.commit(a_line("3", tag_set_id=8), source=(second := new_id()))

    await shore.publish()

    assert await shore.figures() == await shore.standing()
    assert (await shore.figures()).costs == {"USD": 8, "KRW": 7000}
    assert await tags(shore) == {(7, "team", "t7"), (8, "team", "t8")}
    assert await shore.ledger() == {
        (shore.organization, first, MONTH): 1,
        (shore.organization, second, MONTH): 1,
    }


@pytest.mark.req("ING-13", part="Iceberg readers see one revision")
async def test_a_restated_month_replaces_in_one_snapshot_and_who_pinned_reads_on(
    shore: Shore,
) -> None:
    source, other = new_id(), new_id()
    await shore.commit(a_line("5"), source=source)
    await shore.commit(a_line("1"), source=other)
    await shore.publish()
    pinned = (await shore.table()).current_snapshot()
    await shore.commit(a_line("4"), a_line("2", tag_set_id=9), source=source)

    await shore.publish()

    table = await shore.table()
    head = table.current_snapshot()
    assert pinned is not None
    assert head is not None
    assert head.parent_snapshot_id == pinned.snapshot_id
    assert head.summary is not None
    assert head.summary["finops.period"] == "2026-10"
    assert f"{source}=2" in head.summary["finops.revisions"]
    assert await shore.figures(snapshot=pinned.snapshot_id) == usd(2, "6")
    assert await shore.figures() == await shore.standing() == usd(3, "7")
    assert await tags(shore) == {(7, "team", "t7"), (9, "team", "t9")}


async def test_what_stands_no_longer_goes_from_the_tables(shore: Shore) -> None:
    """An account has moved: the source's next revision has no share for the organization."""
    source = new_id()
    await shore.commit(a_line("5"), source=source)
    await shore.commit(a_line("1", tag_set_id=8), source=source, period=date(2026, 9, 1))
    await shore.publish()
    await shore.commit(a_line("5"), source=source, organization=(other := new_id()))

    await shore.publish()

    assert await shore.figures() == usd(1, "1")
    assert await tags(shore) == {(8, "team", "t8")}
    assert await shore.figures(other) == usd(1, "5")
    assert set(await shore.ledger()) == {
        (shore.organization, source, date(2026, 9, 1)),
        (other, source, MONTH),
    }


class DiedError(Exception):
    """The worker."""


@dataclass(frozen=True)
class DyingTables(OrganizationTables):
    """Those of a worker that dies before or after one of its commits."""

    steps: list[str] = field(default_factory=list)
    last: int = 0

    def hold(self, *args: Any, **kwargs: Any) -> int | None:  # noqa: ANN401 - passed on
        self._step(f"before {args[0]}")
        held = super().hold(*args, **kwargs)
        self._step(f"after {args[0]}")
        return held

    def _step(self, name: str) -> None:
        self.steps.append(name)
        if len(self.steps) == self.last:
            raise DiedError(name)


@dataclass
class DyingLake:
    """A lake for a worker that dies at the given step."""

    real: Lake
    last: int

    async def open(self, organization_id: UUID) -> OrganizationTables:
        found = await self.real.open(organization_id)
        return DyingTables(found.root, found.tables, last=self.last)


@pytest.mark.req("ING-13", part="Iceberg readers see one revision")
@pytest.mark.parametrize("last", range(1, 5))
async def test_dying_at_any_step_leaves_one_copy_once_another_has_gone_on(
    shore: Shore, last: int
) -> None:
    source = new_id()
    await shore.commit(a_line("5"), source=source)
    await shore.publish()
    await shore.commit(a_line("4"), a_line("2", tag_set_id=9), source=source)

    await LakePublisher(shore.database, DyingLake(shore.lake, last)).publish_next()
    died = await shore.figures()
    early = await shore.publish()
    await shore.lapse()
    late = await shore.publish()

    assert died in (usd(1, "5"), usd(2, "6"))
    assert (early, late) == (0, 1)
    assert await shore.figures() == await shore.standing() == usd(2, "6")
    assert len((await shore.table()).snapshots()) == 2
    assert await tags(shore) == {(7, "team", "t7"), (9, "team", "t9")}
    assert await shore.ledger() == {(shore.organization, source, MONTH): 2}


async def test_publishing_again_changes_nothing(shore: Shore) -> None:
    await shore.commit(a_line("5"), source=new_id())
    await shore.publish()
    before = (await shore.table()).metadata_location

    await shore.publisher.publish(shore.organization, MONTH)

    assert (await shore.table()).metadata_location == before


async def test_two_publishers_at_once_leave_one_copy(shore: Shore) -> None:
    for number in range(3):
        await shore.commit(a_line(str(number)), source=new_id())
    await shore.commit(a_line("9"), source=new_id(), organization=(other := new_id()))

    # Past each other's turns, too: these two work on the same organization and period.
    twice = [shore.publisher.publish(shore.organization, MONTH) for _ in range(2)]
    results = await asyncio.gather(*twice, return_exceptions=True)
    await asyncio.gather(shore.publish(), shore.publish())

    assert any(not isinstance(result, BaseException) for result in results)
    assert await shore.figures() == await shore.standing() == usd(3, "3")
    assert await shore.figures(other) == usd(1, "9")


async def test_one_that_was_overtaken_does_not_bring_an_older_revision_back(shore: Shore) -> None:
    source = new_id()
    await shore.commit(a_line("5"), source=source)
    slow = await shore.lake.open(shore.organization)
    async with shore.system() as tx:
        old = await LakeRepository(tx).month(shore.organization, MONTH)
    await shore.commit(a_line("6"), source=source)
    await shore.publish()

    with pytest.raises(CommitFailedException):
        slow.hold("line_items", MONTH, old.files("line_items"), old.told)

    assert await shore.figures() == await shore.standing() == usd(1, "6")


async def test_a_turn_is_had_by_one_worker_at_a_time(shore: Shore) -> None:
    await shore.commit(a_line("5"), source=new_id())

    async with shore.system() as tx:
        first = await LakeRepository(tx).claim_behind()
    async with shore.system() as tx:
        second = await LakeRepository(tx).claim_behind()

    assert (first, second) == (shore.organization, None)


async def test_an_organization_whose_files_are_wrong_holds_nobody_else_up(shore: Shore) -> None:
    source = new_id()
    await shore.commit(a_line("5"), source=source)
    (broken,) = [key for key in shore.blobs_there() if "/items-" in key]
    (shore.root / broken).write_bytes(b"cut short")
    await shore.commit(a_line("3"), source=new_id(), organization=(other := new_id()))

    await shore.publish()

    assert await shore.figures() == Figures(0, {})
    assert await shore.figures(other) == usd(1, "3")
    assert (shore.organization, source, MONTH) not in await shore.ledger()


@pytest.mark.req("ORG-5", part="another organization's lines are in no table of this one")
async def test_each_organization_has_tables_and_a_ledger_of_its_own(shore: Shore) -> None:
    source, other = new_id(), new_id()
    await shore.commit(a_line("5"), source=source)
    await shore.commit(a_line("3"), source=new_id(), organization=other)
    await shore.publish()

    mine = scopes.organization(shore.company, shore.organization)
    async with shore.database.transaction(Acting(mine)) as tx:
        seen = {row.organization_id for row in await tx.all(select(publications))}

    assert seen == {shore.organization}
    assert await shore.figures() == usd(1, "5")
    assert await shore.figures(other) == usd(1, "3")
    files = (await shore.table(organization=other)).scan().plan_files()
    assert all(f"organization={other}/" in task.file.file_path for task in files)


async def test_the_catalog_is_shown_to_no_tenant(shore: Shore) -> None:
    await shore.commit(a_line("5"), source=new_id())
    await shore.publish()

    async with shore.database.transaction(Acting(scopes.company(shore.company))) as tx:
        hidden = await tx.scalar(text("SELECT count(*) FROM iceberg_tables"))
    async with shore.system() as tx:
        there = await tx.scalar(text("SELECT count(*) FROM iceberg_tables"))

    assert (hidden, there) == (0, 2)


@pytest.mark.req("ING-13", part="a lost table can be made again from the revisions")
async def test_a_period_is_rebuilt_from_its_sources(shore: Shore) -> None:
    await shore.commit(a_line("5"), a_line("2"), source=new_id())
    await shore.commit(a_line("1"), source=new_id(), period=date(2026, 9, 1))
    await shore.publish()
    table = await shore.table()
    table.delete()

    lost = await shore.figures()
    for period in (MONTH, date(2026, 9, 1)):
        await shore.publisher.publish(shore.organization, period, anew=True)
        await shore.publisher.publish(shore.organization, period, anew=True)

    assert lost == Figures(0, {})
    assert await shore.figures() == await shore.standing() == usd(3, "8")
