"""What stands in a store, without any cloud: which delivery counts, and which bytes."""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from finops_ingestion.imports.stores.objects import (
    PACE,
    ChangedError,
    CutShortError,
    Listed,
    ObjectBills,
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
    return ObjectBills(shelf, "costs/daily/", newest)


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


async def dribble(pieces: int, size: int) -> AsyncGenerator[bytes, None]:
    for _ in range(pieces):
        await asyncio.sleep(0.05)
        yield b"x" * size


@pytest.mark.req("ING-12", part="an object that dribbles without end is given up and tried again")
async def test_bytes_that_hardly_come_are_not_waited_for(tmp_path: Path) -> None:
    with pytest.raises(TimeoutError):
        await spool(dribble(1000, 100), tmp_path / "slow", pace_s=0.3)

    assert not (tmp_path / "slow").exists()
    await spool(dribble(10, PACE), tmp_path / "steady", pace_s=0.3)
    assert (tmp_path / "steady").stat().st_size == 10 * PACE


@pytest.mark.req("ING-14", part="a file that is not as long as it was listed")
async def test_bytes_that_end_too_early_are_no_file(tmp_path: Path) -> None:
    with pytest.raises(CutShortError):
        await spool(dribble(1, 99), tmp_path / "short", size=100)

    assert not (tmp_path / "short").exists()
