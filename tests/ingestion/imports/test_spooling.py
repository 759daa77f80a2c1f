"""Who may put how much into the spool, and who has to wait for it."""

import asyncio
from pathlib import Path
from uuid import UUID

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_common.ids import new_id
from finops_ingestion.bills.engine import Limits, engine
from finops_ingestion.imports.spooling import MB, Need, Spool, SpoolExceededError

pytestmark = pytest.mark.req("ING-12", part="the spool is bounded")
LIMIT_MB = 2048


class Crowd:
    """Imports that want room, hold it while they are let, and what came of it."""

    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        self.inside: dict[UUID, Need] = {}
        self.most = 0
        self.order: list[UUID] = []
        self.leave = asyncio.Event()

    async def enter(self, import_id: UUID, size_mb: int) -> None:
        need = self.spool.need([size_mb * MB], fetched=True)
        async with self.spool.room(import_id, need):
            self.order.append(import_id)
            self.inside[import_id] = need
            self.most = max(self.most, sum(each.total for each in self.inside.values()))
            await self.leave.wait()
            await asyncio.sleep(0)
            del self.inside[import_id]


@given(st.lists(st.integers(1, LIMIT_MB // 2), min_size=1, max_size=8))
async def test_together_they_never_hold_more_than_the_limit_and_all_come_through(
    sizes: list[int],
) -> None:
    crowd = Crowd(Spool(Path("nowhere"), LIMIT_MB))
    crowd.leave.set()
    ids = [new_id() for _ in sizes]

    await asyncio.gather(*map(crowd.enter, ids, sizes))

    assert set(crowd.order) == set(ids)
    assert crowd.most <= LIMIT_MB * MB


async def test_a_large_one_waits_for_those_inside_and_the_later_ones_for_it(tmp_path: Path) -> None:
    crowd = Crowd(Spool(tmp_path, LIMIT_MB))
    small, large, later = new_id(), new_id(), new_id()

    async with asyncio.TaskGroup() as group:
        for import_id, size in ((small, 10), (large, 900), (later, 10)):
            group.create_task(crowd.enter(import_id, size))
        await asyncio.sleep(0.05)
        first = list(crowd.order)
        crowd.leave.set()

    assert first == [small]
    assert crowd.order == [small, large, later]


async def test_who_stops_waiting_stands_in_nobodys_way(tmp_path: Path) -> None:
    crowd = Crowd(Spool(tmp_path, LIMIT_MB))
    ids = [new_id() for _ in range(3)]
    tasks = [
        asyncio.create_task(crowd.enter(each, size))
        for each, size in zip(ids, (900, 900, 10), strict=True)
    ]
    await asyncio.sleep(0.05)

    tasks[1].cancel()
    crowd.leave.set()
    await asyncio.gather(*tasks, return_exceptions=True)

    assert crowd.order == [ids[0], ids[2]]


async def test_a_bill_that_never_fits_is_refused_and_an_upload_lies_elsewhere() -> None:
    spool = Spool(Path("nowhere"), LIMIT_MB)

    with pytest.raises(SpoolExceededError, match="2000 MB"):
        spool.need([2000 * MB], fetched=True)

    upload = spool.need([2000 * MB], fetched=False)
    assert upload.fetched == 0
    assert upload.total <= LIMIT_MB * MB


async def exists(path: Path) -> bool:
    return await asyncio.to_thread(path.exists)


async def test_what_resting_imports_left_makes_way_oldest_first(tmp_path: Path) -> None:
    spool = Spool(tmp_path, 1)
    resting = [new_id() for _ in range(3)]
    for each in resting:
        (tmp_path / str(each)).mkdir()
        (tmp_path / str(each) / "file").write_bytes(b"x" * (MB // 4))
    mine = new_id()
    (tmp_path / str(mine)).mkdir()

    async with spool.room(mine, Need(MB // 2, 0, 0)):
        left = [each for each in (*resting, mine) if await exists(tmp_path / str(each))]

    assert left == [resting[1], resting[2], mine]


def test_what_a_reading_spills_is_bounded_too(tmp_path: Path) -> None:
    large = "CREATE TABLE large AS SELECT hash(range) AS h FROM range(8000000) ORDER BY h"

    with (
        engine(Limits("50MB", 1, tmp_path, "1MB")) as connection,
        pytest.raises(duckdb.OutOfMemoryException, match="max_temp_directory_size"),
    ):
        connection.execute(large)


async def test_an_attempt_that_was_overtaken_gives_its_own_room_back(tmp_path: Path) -> None:
    spool, import_id = Spool(tmp_path, LIMIT_MB), new_id()
    need = spool.need([100 * MB], fetched=True)

    async with spool.room(import_id, need):
        async with spool.room(import_id, need):
            pass
        left = spool.spill_mb(import_id)
    async with asyncio.timeout(5), spool.room(new_id(), spool.need([1000 * MB], fetched=True)):
        pass

    assert left == need.spilled // MB
