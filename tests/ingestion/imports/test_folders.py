"""FOCUS files that somebody puts into a folder become revisions that stand."""

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from sqlalchemy import select, update
from tests.ingestion.imports.workshop import KEYS, Workshop
from tests.ingestion.registry import Registry

from finops_common.clock import utc_now
from finops_common.db.transaction import Database
from finops_common.ids import new_id
from finops_ingestion.accounts.sources import FOLDER, BillingSource, find_source
from finops_ingestion.accounts.tables import billing_sources
from finops_ingestion.folders.service import PROVIDER
from finops_ingestion.imports.adapters import Reader
from finops_ingestion.imports.claims import refused_claim
from finops_ingestion.imports.domain import DeliveredFile, Delivery
from finops_ingestion.imports.looking import queue_delivery
from finops_ingestion.imports.orders import CutPeriod, Order, Outcome, Reading
from finops_ingestion.imports.queueing import new_import
from finops_ingestion.imports.tables import import_files, shares

pytestmark = pytest.mark.timeout(180)
BILL = Path(__file__).parents[2] / "data/bills/focus/generated" / "focus_1_3_cost_and_usage_gcp.csv"
MAY = date(2026, 5, 1)
PAYER = "01A2B3-C4D5E6-F70819"


def lines() -> list[dict[str, str]]:
    with BILL.open(newline="") as stream:
        return list(csv.DictReader(stream))


def as_csv(rows: list[dict[str, str]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


@pytest.fixture
async def folder(workshop: Workshop) -> Workshop:
    """The workshop's bucket, of which a folder is read."""
    values = {"kind": FOLDER, "provider": PROVIDER, "payer_account_id": None, "prefix": "focus/"}
    async with workshop.system() as tx:
        mine = update(billing_sources).where(billing_sources.c.id == workshop.source)
        await tx.execute(mine.values(**values))
    return workshop


def put(workshop: Workshop, name: str, rows: list[dict[str, str]], month: str = "2026-05") -> None:
    s3 = boto3.client("s3", endpoint_url=workshop.s3_url, **KEYS)
    key = f"focus/{month}/{name}"
    s3.put_object(Bucket=workshop.bucket, Key=key, Body=as_csv(rows))


async def look_later(workshop: Workshop, month: date = MAY, reader: Reader | None = None) -> None:
    """Look an hour from now, when everything is quiet, and import what is found."""
    engine = workshop.database.engine
    then = Database(engine, "ingestion", lambda: utc_now() + timedelta(hours=1))
    await replace(workshop, database=then).look(month)
    await workshop.lapse()
    async with workshop.worker(reader) as worker:
        while await worker.run_one():
            pass


async def newest(workshop: Workshop) -> Any:  # noqa: ANN401 - a row
    return (await workshop.imports())[-1]


@pytest.mark.req("ING-10", part="FOCUS files from a folder of a bucket")
@pytest.mark.req("ING-13", part="a later file of a folder makes a new revision")
async def test_the_files_of_a_month_are_one_bill_once_the_folder_is_quiet(folder: Workshop) -> None:
    rows = lines()
    put(folder, "1.csv", rows[:100])
    put(folder, f"{'청구' * 80}.csv", rows[100:200])  # longer than a file's name may be here

    await folder.look(MAY)
    too_early = await folder.imports()
    await look_later(folder)
    first, stood = await newest(folder), await folder.standing()
    await look_later(folder)
    put(folder, "3.csv", rows[200:])
    await look_later(folder)

    assert too_early == []
    assert (first.state, first.rows_read, stood) == ("done", 200, {MAY: 1})
    assert [each.rows_read for each in await folder.imports()] == [200, len(rows)]
    assert await folder.standing() == {MAY: 2}


@pytest.mark.req("ING-1", part="a folder proves no ownership: its lines stay with who reads it")
async def test_a_folder_gives_other_organizations_no_costs(folder: Workshop) -> None:
    rows = lines()
    await folder.assign(rows[0]["SubAccountId"], new_id())
    put(folder, "1.csv", rows)

    await look_later(folder)

    assert {row.organization_id for row in await folder.rows(shares)} == {folder.organization}


@pytest.mark.req("ING-14", part="files of another month than their folder's are refused")
async def test_a_folder_cannot_replace_another_months_bill(folder: Workshop) -> None:
    put(folder, "1.csv", lines())
    await look_later(folder)

    put(folder, "1.csv", lines()[:10], month="2026-04")
    await look_later(folder, date(2026, 4, 1))

    refused = await newest(folder)
    assert (refused.state, refused.code) == ("failed", "other-month")
    assert refused.reason == "its folder says 2026-04, its lines 2026-05"
    assert await folder.standing() == {MAY: 1}


@pytest.mark.req("ING-1", part="a folder adds nothing to what an account's export says")
@pytest.mark.parametrize("of", ["this company", "another company"])
async def test_the_bill_of_a_payer_whose_export_is_read_is_not_counted_twice(
    folder: Workshop, of: str
) -> None:
    exporting = folder if of == "this company" else replace(folder, company=new_id())
    export = await exporting.another()
    async with folder.system() as tx:
        other = update(billing_sources).where(billing_sources.c.id == export.source)
        await tx.execute(other.values(provider="Google Cloud", payer_account_id=PAYER))
    put(folder, "1.csv", lines())

    await look_later(folder)

    read = await newest(folder)
    expected = {"this company": ("failed", "payer-read-already"), "another company": ("done", None)}
    assert (read.state, read.code) == expected[of]
    assert PAYER in (read.reason or PAYER)


def a_reading(*payers: str, months: tuple[date, ...] = (MAY,)) -> Reading:
    """Of a bill without lines: what it says of who pays."""
    return Reading(
        schema_name="focus",
        providers=(),
        rows_read=0,
        rows_accepted=0,
        rows_refused=0,
        refusals=[],
        findings=[],
        reached=None,
        invoiced=False,
        periods=tuple(CutPeriod(period=month, shares=()) for month in months),
        payers=payers,
    )


async def found(workshop: Workshop) -> BillingSource:
    async with workshop.system() as tx:
        source = await find_source(tx, workshop.source)
    assert source is not None
    return source


async def claimed(folder: Workshop, payer: str, month: date = MAY) -> str | None:
    """By which code the folder's bill of a payer's month is refused; None: it is taken."""
    source = await found(folder)
    async with folder.system() as tx:
        read = new_import(source, "f", "schedule", tx.now, period=month)
        refused = await refused_claim(tx, source, read, a_reading(payer, months=(month,)))
    return refused and refused.code


async def an_export(folder: Workshop, payer: str, **values: Any) -> BillingSource:  # noqa: ANN401 - columns
    """Another source of the company: the export of a payer."""
    export = await folder.another()
    async with folder.system() as tx:
        mine = update(billing_sources).where(billing_sources.c.id == export.source)
        await tx.execute(mine.values(payer_account_id=payer, **values))
    return await found(export)


@pytest.mark.req("ING-1", part="months that a stopped export has brought are not counted twice")
async def test_of_a_stopped_export_the_months_that_it_has_brought_are_not_brought_again(
    folder: Workshop,
) -> None:
    stopped = datetime(2026, 6, 9, tzinfo=UTC)
    export = await an_export(folder, PAYER, stopped_at=stopped)
    registry = Registry(folder.database, company=folder.company)

    before = await claimed(folder, PAYER)
    await registry.stands(export, MAY, "closed")

    assert (before, await claimed(folder, PAYER)) == (None, "payer-read-already")
    assert await claimed(folder, PAYER, date(2026, 6, 1)) is None


@pytest.mark.req("ING-1", part="a payer is known however its provider's FOCUS files write it")
@pytest.mark.parametrize(
    "written",
    [
        "5E98E158:XXXX_2019-05-31",
        "/providers/Microsoft.Billing/billingAccounts/5e98e158:xxxx_2019-05-31",
        "/…/billingAccounts/5e98e158:xxxx_2019-05-31/billingProfiles/AW4F-XXXX-BG7-PGB",
    ],
)
async def test_a_payer_is_told_by_any_part_of_the_path_that_names_it(
    folder: Workshop, written: str
) -> None:
    await an_export(folder, "5e98e158:xxxx_2019-05-31", provider="Microsoft", kind="azure_export")

    assert await claimed(folder, written) == "payer-read-already"
    assert await claimed(folder, "/providers/Microsoft.Billing/billingAccounts/another") is None


class EmptyBill:
    """Reads files that have headers only."""

    async def read(self, order: Order) -> Outcome:  # noqa: ARG002 - satisfies Reader
        return Outcome(reading=a_reading(months=()))


@pytest.mark.req("ING-13", part="a bill that has become empty replaces the former one, once")
async def test_a_bill_that_has_become_empty_takes_the_place_of_what_stood(folder: Workshop) -> None:
    source = await found(folder)
    await Registry(folder.database, company=folder.company).stands(source, MAY, "open")
    put(folder, "1.csv", lines()[:1])

    for _ in range(2):
        await look_later(folder, reader=EmptyBill())

    assert [each.state for each in await folder.imports()] == ["done"]
    assert await folder.standing() == {MAY: 2}
    assert {row.revision for row in await folder.rows(shares)} == {1}


@pytest.mark.req("ING-10", part="more files in a month than a statement has parameters")
async def test_a_month_may_be_thousands_of_files(folder: Workshop) -> None:
    files = tuple(DeliveredFile(f"focus/2026-05/{n}.csv", "v", 5) for n in range(5000))
    source = await found(folder)

    async with folder.system() as tx:
        answer, import_id = await queue_delivery(tx, source, Delivery(MAY, files), asked=True)
        kept = select(import_files.c.name).where(import_files.c.import_id == import_id)
        names = {row.name for row in await tx.all(kept)}

    assert (answer, names) == ("queued", {file.name for file in files})
