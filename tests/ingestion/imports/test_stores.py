"""What stands in a store, without any cloud: which delivery counts, and which bytes."""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path, PurePosixPath

import pytest

from finops_ingestion.imports.domain import Delivery
from finops_ingestion.imports.stores.folders import LAYOUTS, by_month, newest_runs
from finops_ingestion.imports.stores.objects import (
    LARGEST_MANIFEST,
    PACE,
    ChangedError,
    CutShortError,
    Listed,
    ObjectBills,
    SeveralBillsError,
    TooManyObjectsError,
    nearest_the_top,
    newest,
    spool,
)
from finops_ingestion.imports.stores.tables import Days, InvoiceMonth, Row, TableBills

NOON = datetime(2026, 10, 31, 12, tzinfo=UTC)
FOLDER = "costs/daily/20261001-20261031"


@dataclass
class Shelf:
    """Objects in memory; satisfies `Objects`."""

    bytes_of: dict[str, bytes] = field(default_factory=dict)
    listed: dict[str, Listed] = field(default_factory=dict)

    def put(self, key: str, data: bytes, at: datetime = NOON) -> None:
        self.bytes_of[key] = data
        self.listed[key] = Listed(key, f"v-{hash(data)}", len(data), at)

    def deliver(self, run: str, *files: str, at: datetime = NOON) -> None:
        """One run: its files, then its manifest."""
        for file in files:
            self.put(f"{FOLDER}/{run}/{file}", file.encode(), at)
        told = {"blobs": [{"blobName": f"{FOLDER}/{run}/{file}"} for file in files]}
        self.put(f"{FOLDER}/{run}/manifest.json", b"\xef\xbb\xbf" + json.dumps(told).encode(), at)

    async def list(self, prefix: str) -> AsyncGenerator[Listed, None]:
        for key, each in self.listed.items():
            if key.startswith(prefix):
                yield each

    async def read(self, key: str) -> bytes:
        return self.bytes_of[key]

    async def stream(self, key: str, version: str) -> AsyncGenerator[bytes, None]:
        if self.listed[key].version != version:
            raise ChangedError(key)
        yield self.bytes_of[key]


def azure_bills(shelf: Shelf) -> ObjectBills:
    return ObjectBills(shelf, "costs/daily/", newest, newest_runs)


async def test_of_several_runs_the_one_written_last_counts_whatever_its_name() -> None:
    shelf = Shelf()
    shelf.deliver("zzz", "old.csv")
    shelf.deliver("aaa", "new.csv", at=NOON + timedelta(hours=1))

    (found,) = await azure_bills(shelf).find()

    assert found.period == date(2026, 10, 1)
    assert [file.name for file in found.files] == [f"{FOLDER}/aaa/new.csv"]


async def test_above_every_delivery_the_manifest_of_aws_points_to_the_newest() -> None:
    shelf = Shelf()
    shelf.deliver("20261102T010203Z", "part.csv", at=NOON + timedelta(hours=1))
    top = f"{FOLDER}/daily-Manifest.json"
    shelf.put(top, json.dumps({"reportKeys": [f"{FOLDER}/20261102T010203Z/part.csv"]}).encode())
    shelf.put(f"{FOLDER}/20261102T010203Z/part.csv", b"part", NOON)

    (found,) = await ObjectBills(shelf, "costs/", nearest_the_top).find()

    assert [file.name for file in found.files] == [f"{FOLDER}/20261102T010203Z/part.csv"]


@pytest.mark.parametrize("spoil", ["missing", "newer"])
async def test_a_delivery_that_is_being_written_is_left_for_later(spoil: str) -> None:
    shelf = Shelf()
    shelf.deliver("run", "a.csv", "b.csv")
    if spoil == "missing":
        del shelf.listed[f"{FOLDER}/run/b.csv"]
    else:
        shelf.put(f"{FOLDER}/run/b.csv", b"newer", NOON + timedelta(seconds=1))

    assert await azure_bills(shelf).find() == []


HOUR = timedelta(hours=1)


@pytest.mark.req("ING-10", part="Azure exports without partitions, which have no manifest")
async def test_without_a_manifest_the_newest_file_of_a_month_is_its_delivery() -> None:
    shelf = Shelf()
    shelf.put(f"{FOLDER}/daily_zzz.csv", b"until the 30th")
    shelf.put(f"{FOLDER}/daily_aaa.CSV.GZ", b"until the 31st", NOON + HOUR)
    shelf.put(f"{FOLDER}/daily_begun.csv", b"", NOON + 2 * HOUR)
    shelf.put(f"{FOLDER}/daily.log", b"what came of it", NOON + 2 * HOUR)
    shelf.put("costs/daily/20260901-20260930/daily_1.parquet", b"September")

    found = await azure_bills(shelf).find()

    assert [(each.period, [file.name for file in each.files]) for each in found] == [
        (date(2026, 9, 1), ["costs/daily/20260901-20260930/daily_1.parquet"]),
        (date(2026, 10, 1), [f"{FOLDER}/daily_aaa.CSV.GZ"]),
    ]


async def test_a_run_that_overwrites_the_former_is_another_delivery() -> None:
    shelf = Shelf()
    shelf.put(f"{FOLDER}/daily.csv", b"until the 30th")
    (before,) = await azure_bills(shelf).find()
    shelf.put(f"{FOLDER}/daily.csv", b"until the 31st", NOON + HOUR)

    (after,) = await azure_bills(shelf).find()

    assert before.fingerprint != after.fingerprint


@pytest.mark.parametrize("whole", [True, False])
async def test_where_a_month_has_a_manifest_no_other_file_counts(whole: bool) -> None:
    shelf = Shelf()
    shelf.deliver("run", "a.csv", "b.csv")
    shelf.put(f"{FOLDER}/daily_1.csv", b"newer", NOON + HOUR)
    if not whole:
        del shelf.listed[f"{FOLDER}/run/b.csv"]

    found = await azure_bills(shelf).find()

    expected = [[f"{FOLDER}/run/a.csv", f"{FOLDER}/run/b.csv"]] if whole else []
    assert [[file.name for file in each.files] for each in found] == expected


async def test_below_a_prefix_of_two_exports_neither_is_a_run_of_the_other() -> None:
    shelf = Shelf()
    shelf.put("costs/actual/20261001-20261031/actual_1.csv", b"billed")
    shelf.put("costs/amortized/20261001-20261031/amortized_1.csv", b"spread", NOON + HOUR)

    assert await ObjectBills(shelf, "costs/", newest, newest_runs).find() == []
    (found,) = await ObjectBills(shelf, "costs/actual/", newest, newest_runs).find()

    assert [file.name for file in found.files] == ["costs/actual/20261001-20261031/actual_1.csv"]


META = "{}/metadata/BILLING_PERIOD=2026-10"


def export(shelf: Shelf, root: str) -> str:
    """An export of AWS with a file for October; the folder of its data."""
    data = f"{root}/data/BILLING_PERIOD=2026-10"
    shelf.put(f"{data}/part-1.parquet", b"lines")
    told = json.dumps({"dataFiles": [f"s3://bucket/{data}/part-1.parquet"]}).encode()
    shelf.put(f"{META.format(root)}/aws-Manifest.json", told)
    return data


def a_folder(shelf: Shelf) -> ObjectBills:
    return ObjectBills(shelf, "focus/2020-01/", nearest_the_top, by_month, one_bill=True)


@pytest.mark.req("ING-10", part="FOCUS files from a folder of a bucket: months by their folders")
@pytest.mark.parametrize("layout", [*LAYOUTS, "Billing_Period=2026-10", "team/2026-10/aws"])
async def test_all_files_below_a_folder_that_names_a_month_are_its_delivery(layout: str) -> None:
    shelf = Shelf()
    for number, name in enumerate(("a.csv", "b.csv.gz", "more/c.PARQUET")):
        shelf.put(f"focus/2020-01/{layout}/{name}", b"lines", NOON + number * HOUR)
    shelf.put(f"focus/2020-01/{layout}/_SUCCESS", b"told", NOON + 9 * HOUR)
    shelf.put(f"focus/2020-01/{layout}/_temporary/0.parquet", b"staged", NOON + 9 * HOUR)
    shelf.put(f"focus/2020-01/{layout}/begun.csv", b"", NOON + 9 * HOUR)

    (found,) = await a_folder(shelf).find()

    assert (found.period, found.changed_at) == (date(2026, 10, 1), NOON + 2 * HOUR)
    assert [PurePosixPath(file.name).name for file in found.files] == [
        "a.csv",
        "b.csv.gz",
        "c.PARQUET",
    ]


@pytest.mark.parametrize(
    "path",
    ["october.csv", "2026-10.csv", "2026-13/a.csv", "2026/10/a.csv", "2026-10/2026-11/a.csv"],
)
async def test_of_what_no_folder_says_the_month_it_is_not_guessed(path: str) -> None:
    shelf = Shelf()
    shelf.put(f"focus/2020-01/{path}", b"lines")

    assert await a_folder(shelf).find() == []


@pytest.mark.req("ING-17", part="somebody's whole bucket is not held in memory")
async def test_a_folder_that_holds_too_much_is_not_looked_through() -> None:
    shelf = Shelf()
    for number in range(4):
        shelf.put(f"{FOLDER}/{number}.csv", b"lines")

    with pytest.raises(TooManyObjectsError):
        await ObjectBills(shelf, "costs/", nearest_the_top, by_month, 3).find()

    assert len(await ObjectBills(shelf, "costs/", nearest_the_top, by_month, 4).find()) == 1


async def test_a_folder_with_a_manifest_holds_what_that_names() -> None:
    shelf = Shelf()
    data = export(shelf, "focus/2020-01")
    shelf.put(f"{data}/of-another-run.parquet", b"lines")
    shelf.put(f"{META.format('focus/2020-01')}/run/aws-Manifest.json", b"{}")
    shelf.put("focus/2020-01/saas/2026-09/a.csv", b"lines")

    other, found = sorted(await a_folder(shelf).find(), key=lambda each: each.period)

    assert [file.name for file in found.files] == [f"{data}/part-1.parquet"]
    assert (found.is_whole(NOON), other.period) == (True, date(2026, 9, 1))


@pytest.mark.req("ING-14", part="of two bills in one folder neither is lost nor doubled")
@pytest.mark.parametrize("beside", ["another export", "a file", "a file that is being written"])
async def test_where_a_month_has_two_bills_a_folder_is_refused(beside: str) -> None:
    shelf = Shelf()
    data = export(shelf, "focus/2020-01/aws")
    if beside == "another export":
        export(shelf, "focus/2020-01/aws-2")
    else:
        shelf.put("focus/2020-01/saas/2026-10/a.csv", b"lines", NOON + HOUR)
    if beside == "a file that is being written":
        del shelf.listed[f"{data}/part-1.parquet"]

    with pytest.raises(SeveralBillsError) as refused:
        await a_folder(shelf).find()

    theirs = "aws-2/metadata/BILLING_PERIOD=" if beside == "another export" else "saas/"
    assert any(theirs in place for place in refused.value.places)


@pytest.mark.req("ING-17", part="what calls itself a manifest and is huge")
async def test_a_manifest_too_large_for_one_is_not_read() -> None:
    shelf = Shelf()
    export(shelf, "focus/2020-01")
    key = f"{META.format('focus/2020-01')}/aws-Manifest.json"
    shelf.listed[key] = replace(shelf.listed[key], size=LARGEST_MANIFEST + 1)

    assert await a_folder(shelf).find() == []


def test_what_no_manifest_counts_is_whole_when_it_has_been_quiet_for_half_an_hour() -> None:
    delivery = Delivery(date(2026, 10, 1), (), changed_at=NOON)

    assert not delivery.is_whole(NOON + timedelta(minutes=29))
    assert delivery.is_whole(NOON + timedelta(minutes=30))


async def test_another_version_than_was_seen_is_not_taken(tmp_path: Path) -> None:
    shelf = Shelf()
    shelf.deliver("run", "a.csv")
    bills = azure_bills(shelf)
    ((file,),) = [found.files for found in await bills.find()]
    shelf.put(file.name, b"changed", NOON)

    with pytest.raises(ChangedError):
        await bills.fetch(file, tmp_path / "a.csv")

    assert not (tmp_path / "a.csv").exists()


DAYS = ("2026-10-01", "2026-10-31")


@dataclass
class Table:
    """A billing table in memory; satisfies `BillingTable`."""

    name: str
    rows: list[Row]

    async def months(self) -> list[InvoiceMonth]:
        written = max(row.written for row in self.rows)
        return [InvoiceMonth("202610", len(self.rows), written, DAYS)]

    async def pages(self, month: str, days: Days | None) -> AsyncGenerator[list[Row], None]:
        assert (month, days) == ("202610", DAYS)
        for row in self.rows:
            yield [row]


async def test_rows_that_came_since_the_look_are_another_version(tmp_path: Path) -> None:
    table = Table("export", [Row('{"cost": 1}', "2026-10-31"), Row('{"cost": 2}', "2026-10-30")])
    bills = TableBills(table)
    ((file,),) = [found.files for found in await bills.find()]
    target = tmp_path / "202610.jsonl"

    await bills.fetch(file, target)
    assert target.read_text() == '{"cost": 1}\n{"cost": 2}\n'

    table.rows.append(Row('{"cost": 3}', "2026-11-01"))
    with pytest.raises(ChangedError):
        await bills.fetch(file, target)


async def dribble(pieces: int, size: int, seconds: float = 0.05) -> AsyncGenerator[bytes, None]:
    for _ in range(pieces):
        await asyncio.sleep(seconds)
        yield b"x" * size


@pytest.mark.req("ING-12", part="an object that dribbles without end is given up and tried again")
async def test_bytes_that_hardly_come_are_not_waited_for(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError):
        await spool(dribble(1000, 100), tmp_path / "slow", pace_s=0.3)

    assert not (tmp_path / "slow").exists()
    # Longer in all than a pause may be, with room for a machine that does much else.
    await spool(dribble(7, PACE, seconds=0.5), tmp_path / "steady", pace_s=3)
    assert (tmp_path / "steady").stat().st_size == 7 * PACE


@pytest.mark.req("ING-14", part="a file that is not as long as it was listed")
async def test_bytes_that_end_too_early_are_no_file(tmp_path: Path) -> None:
    with pytest.raises(CutShortError):
        await spool(dribble(1, 99), tmp_path / "short", size=100)

    assert not (tmp_path / "short").exists()
