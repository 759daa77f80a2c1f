"""The lake stays small, and nothing goes that stands or that a reader may still hold."""

from datetime import date, timedelta
from decimal import Decimal

import pyarrow.parquet as pq
import pytest
from sqlalchemy import select
from tests.ingestion.lake.shore import KEEP, MONTH, Figures, Shore, a_line

from finops_common.ids import new_id
from finops_ingestion.imports.tables import shares
from finops_ingestion.lake.domain import GRACE, MANY_FILES
from finops_ingestion.lake.upkeep import EVERY

# What speaks Iceberg takes long to import on a busy machine.
pytestmark = pytest.mark.timeout(240)
SOON, LATER = timedelta(hours=1), KEEP + GRACE + timedelta(hours=1)
NEXT = LATER + EVERY


def usd(rows: int, cost: str) -> Figures:
    return Figures(rows, {"USD": Decimal(cost)})


async def files_of(shore: Shore, name: str = "line_items") -> list[str]:
    return [task.file.file_path for task in (await shore.table(name)).scan().plan_files()]


async def standing_files(shore: Shore) -> set[str]:
    async with shore.system() as tx:
        rows = await tx.all(select(shares))
    newest = {(r.billing_source_id, r.period): r for r in sorted(rows, key=lambda r: r.revision)}
    return {key for row in newest.values() for key in row.files.values()}


async def test_files_of_a_closed_period_become_one_sorted_file(shore: Shore) -> None:
    for service in ("b", "a"):
        lines = (a_line(service=service), a_line("2", service=service, tag_set_id=None))
        await shore.commit(*lines, source=new_id(), finality="closed")
    await shore.publish()

    await shore.upkeep().keep(shore.organization)

    (path,) = await files_of(shore)
    services = pq.read_table(path.removeprefix("file://"))["service"].to_pylist()
    assert services == ["a", "a", "b", "b"]
    assert await shore.figures() == await shore.standing() == usd(4, "6")
    assert len(await files_of(shore, "tags")) == 1
    assert await standing_files(shore) <= shore.blobs_there()


async def test_tags_of_former_revisions_go(shore: Shore) -> None:
    source = new_id()
    await shore.commit(a_line("5", tag_set_id=8), source=source)
    await shore.publish()
    await shore.commit(a_line("5", tag_set_id=9), source=source)
    await shore.publish()
    before = (await shore.table("tags")).scan().to_arrow()["tag_set_id"].to_pylist()

    await shore.upkeep().keep(shore.organization)

    after = (await shore.table("tags")).scan().to_arrow()["tag_set_id"].to_pylist()
    assert (sorted(before), after) == ([8, 9], [9])


async def test_an_open_period_is_compacted_once_it_has_many_files(shore: Shore) -> None:
    counts = []
    for number in range(MANY_FILES):
        await shore.commit(a_line(str(number)), source=new_id())
        if number >= MANY_FILES - 2:
            await shore.publish()
            await shore.upkeep().keep(shore.organization)
            counts.append(len(await files_of(shore)))

    assert counts == [MANY_FILES - 1, 1]
    assert await shore.figures() == await shore.standing()


async def test_a_restated_source_of_a_compacted_period_is_replaced_and_the_others_stay(
    shore: Shore,
) -> None:
    source = new_id()
    await shore.commit(a_line("5"), source=source, finality="closed")
    await shore.commit(a_line("1"), source=new_id(), finality="closed")
    await shore.publish()
    await shore.upkeep().keep(shore.organization)
    compacted = (await shore.table()).current_snapshot()
    await shore.commit(a_line("7"), source=source, finality="restated")

    await shore.publish()

    head = (await shore.table()).current_snapshot()
    assert compacted is not None
    assert head is not None
    assert head.parent_snapshot_id == compacted.snapshot_id
    assert await shore.figures() == await shore.standing() == usd(2, "8")
    assert await shore.figures(snapshot=compacted.snapshot_id) == usd(2, "6")


async def test_upkeep_and_publishing_again_leave_a_compacted_period_alone(shore: Shore) -> None:
    for _ in range(2):
        await shore.commit(a_line("5"), source=new_id(), finality="closed")
    await shore.publish()
    await shore.upkeep().keep(shore.organization)
    before = (await shore.table()).metadata_location

    await shore.upkeep().keep(shore.organization)
    await shore.publisher.publish(shore.organization, MONTH)

    assert (await shore.table()).metadata_location == before


@pytest.mark.req("ING-13", part="readers that pinned a revision keep its files for days")
async def test_replaced_snapshots_and_files_stay_for_a_while_and_go_then(shore: Shore) -> None:
    source = new_id()
    await shore.commit(a_line("5"), source=source)
    await shore.publish()
    pinned = (await shore.table()).current_snapshot()
    old = await standing_files(shore)
    await shore.commit(a_line("7"), source=source)
    await shore.publish()

    await shore.upkeep(SOON).keep(shore.organization)
    assert pinned is not None
    assert await shore.figures(snapshot=pinned.snapshot_id) == usd(1, "5")
    assert old <= shore.blobs_there()

    await shore.upkeep(LATER).keep(shore.organization)
    table = await shore.table()
    assert len(table.snapshots()) == 1
    assert old <= shore.blobs_there()

    await shore.upkeep(NEXT).keep(shore.organization)
    assert not old & shore.blobs_there()
    assert await standing_files(shore) <= shore.blobs_there()
    assert await shore.figures() == await shore.standing() == usd(1, "7")
    assert not any(pinned.manifest_list.endswith(key) for key in shore.blobs_there())


@pytest.mark.req("ING-13", part="what a closed month said before its correction is kept")
async def test_files_of_a_corrected_closed_month_stay(shore: Shore) -> None:
    source = new_id()
    await shore.commit(a_line("5"), source=source, finality="closed")
    old = await standing_files(shore)
    await shore.commit(a_line("7"), source=source, finality="restated")
    await shore.publish()

    await shore.upkeep(LATER).keep(shore.organization)

    assert old <= shore.blobs_there()


async def test_what_a_lagging_table_still_names_is_not_swept(shore: Shore) -> None:
    source = new_id()
    await shore.commit(a_line("5"), source=source)
    await shore.publish()
    old = await standing_files(shore)
    await shore.commit(a_line("7"), source=source)

    await shore.upkeep(LATER).keep(shore.organization)

    assert old <= shore.blobs_there()
    assert await shore.figures() == usd(1, "5")


async def test_what_dead_commits_left_goes_after_a_day(shore: Shore) -> None:
    for _ in range(2):
        await shore.commit(a_line("5"), source=new_id(), finality="closed")
    await shore.publish()
    folder = shore.root / f"organization={shore.organization}" / "lake" / "line_items"
    left = [folder / "metadata" / "00009-lost.metadata.json", folder / "data" / "lost.parquet"]
    for path in left:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")

    await shore.upkeep(SOON).keep(shore.organization)
    early = [path.exists() for path in left]
    await shore.upkeep(LATER).keep(shore.organization)

    assert early == [True, True]
    assert [path.exists() for path in left] == [False, False]
    assert await shore.figures() == await shore.standing() == usd(2, "10")


async def test_each_organization_is_looked_after_once_a_day(shore: Shore) -> None:
    await shore.commit(a_line(), source=new_id())
    await shore.commit(a_line(), source=new_id(), organization=new_id())
    await shore.publish()

    today = [await shore.upkeep().keep_next() for _ in range(3)]
    tomorrow = [await shore.upkeep(timedelta(hours=25)).keep_next() for _ in range(3)]

    assert today == tomorrow == [True, True, False]


async def test_upkeep_never_touches_another_period_or_organization(shore: Shore) -> None:
    other = new_id()
    for organization in (shore.organization, other):
        for period in (MONTH, date(2026, 9, 1)):
            for _ in range(2):
                await shore.commit(
                    a_line("5"),
                    source=new_id(),
                    period=period,
                    organization=organization,
                    finality="closed",
                )
    await shore.publish()

    await shore.upkeep(LATER).keep(shore.organization)

    assert len(await files_of(shore)) == 2
    assert await shore.figures() == await shore.standing() == usd(4, "20")
    assert await shore.figures(other) == await shore.standing(other) == usd(4, "20")
