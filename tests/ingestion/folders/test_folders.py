"""Folders of FOCUS files: added once, never beside what reads the same files, stopped, erased."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import aioboto3
import boto3
import pytest
from sqlalchemy import select
from tests.ingestion.callers import a_caller
from tests.ingestion.imports.workshop import KEYS
from tests.ingestion.registry import Registry

from finops_common.acting import Acting
from finops_common.auth.caller import Caller
from finops_common.db import scopes
from finops_common.db.tables import outbox
from finops_common.errors.problem import InvalidInput, NotFound, Problem, Unavailable
from finops_common.ids import new_id
from finops_ingestion.accounts.domain import CloudAccount
from finops_ingestion.accounts.sources import BillingSource, find_source, read_export
from finops_ingestion.folders.domain import Draft, Folder
from finops_ingestion.folders.problems import (
    FolderNotUnderstood,
    FolderReadAlready,
    FolderRefused,
)
from finops_ingestion.folders.service import FolderService
from finops_ingestion.imports.repository import PeriodRepository
from finops_ingestion.problems import NotDetached, OwnRoleMissing, SeveralBills
from finops_sandbox.stack import Stack

MAY = date(2026, 5, 1)


@dataclass(frozen=True)
class Shop:
    """A company with one account and a bucket, whom S3 lets in."""

    registry: Registry
    service: FolderService
    account: CloudAccount
    bucket: str
    s3: Any

    @property
    def caller(self) -> Caller:
        return self.registry.caller

    def put(self, key: str, data: bytes = b"lines") -> None:
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=data)

    def draft(self, prefix: str = "focus", **other: Any) -> Draft:  # noqa: ANN401 - fields
        known = {"cloud_account_id": self.account.id, "name": "SaaS", "region": "us-east-1"}
        return Draft(**{**known, "bucket": self.bucket, "prefix": prefix, **other})

    async def add(self, prefix: str = "focus", **other: Any) -> Folder:  # noqa: ANN401 - fields
        return await self.service.add(self.caller, new_id(), self.draft(prefix, **other))

    async def source(self, source_id: UUID) -> BillingSource:
        async with self.registry.transaction() as tx:
            found = await find_source(tx, source_id)
        assert found is not None
        return found

    async def said(self) -> list[str]:
        """What stands in the outbox of folders, by name."""
        named = outbox.c.headers["ce_type"].astext
        async with self.registry.database.transaction(Acting(scopes.SYSTEM)) as tx:
            rows = await tx.all(select(named.label("name")).order_by(outbox.c.id))
        return [row.name for row in rows if "billing_folder" in row.name]


@pytest.fixture
def shop_in(registry: Registry, stack: Stack) -> Callable[[Registry], Any]:
    @asynccontextmanager
    async def opened(_: BillingSource) -> AsyncIterator[Any]:
        session = aioboto3.Session()
        async with session.client("s3", endpoint_url=stack.s3_url, **KEYS) as client:
            yield client

    async def make(there: Registry) -> Shop:
        s3 = boto3.client("s3", endpoint_url=stack.s3_url, **KEYS)
        bucket = f"folders-{secrets.token_hex(6)}"
        s3.create_bucket(Bucket=bucket)
        account = await there.account()
        return Shop(there, FolderService(there.database, opened), account, bucket, s3)

    return make


@pytest.fixture
async def shop(registry: Registry, shop_in: Callable[[Registry], Any]) -> Shop:
    made: Shop = await shop_in(registry)
    return made


@pytest.mark.req("ING-10", part="a folder of a bucket is looked into before it is taken")
async def test_adding_a_folder_says_which_months_stand_there_and_twice_is_once(shop: Shop) -> None:
    empty = await shop.add()
    shop.put("focus/2026-05/a.csv")
    shop.put("focus/BILLING_PERIOD=2026-04/a.parquet")

    again = await shop.add()
    (listed,) = await shop.service.list(shop.caller)

    assert (empty.months, again.months) == ((), (date(2026, 4, 1), MAY))
    assert (again.source.id, listed.source) == (empty.source.id, empty.source)
    assert (listed.source.payer_account_id, listed.source.prefix) == (None, "focus/")
    assert len(await shop.said()) == 1


@pytest.mark.req("ING-13", part="files are read by one source of a company")
@pytest.mark.parametrize("prefix", ["focus/saas", "", "billing/2026", "billing"])
async def test_files_that_are_read_are_not_read_by_a_second_source(shop: Shop, prefix: str) -> None:
    await shop.add()
    place = {"name": "cur", "bucket": shop.bucket, "prefix": "billing", "region": "us-east-1"}
    async with shop.registry.transaction() as tx:
        await read_export(tx, shop.account, **place)

    with pytest.raises(FolderReadAlready):
        await shop.add(prefix)

    assert (await shop.add("focus-2")).source.prefix == "focus-2/"


async def test_of_two_overlapping_folders_at_once_one_is_taken(shop: Shop) -> None:
    # Of another account: who holds the one does not wait for who holds the other.
    other = (await shop.registry.account()).id
    for tried in range(10):
        both = shop.add(f"{tried}"), shop.add(f"{tried}/in", cloud_account_id=other)
        outcomes = await asyncio.gather(*both, return_exceptions=True)

        taken = [each for each in outcomes if isinstance(each, Folder)]
        refused = [each for each in outcomes if isinstance(each, FolderReadAlready)]
        assert (len(taken), len(refused)) == (1, 1), outcomes


@pytest.mark.req("ING-13", part="a folder that comes back goes on as the source it was")
async def test_a_stopped_folder_comes_back_as_itself_and_its_months_stay_its_own(
    shop: Shop,
) -> None:
    first = (await shop.add()).source
    await shop.registry.stands(first, MAY, "open")
    await shop.service.stop(shop.caller, first.id)
    await shop.service.stop(shop.caller, first.id)

    gone = await shop.service.list(shop.caller)
    with pytest.raises(FolderReadAlready):
        await shop.add("focus/saas")
    back = (await shop.add(name="again")).source

    assert (gone, (await shop.source(first.id)).stopped_at) == ([], None)
    assert (back.id, back.name) == (first.id, "again")
    assert len(await shop.said()) == 3


async def test_a_folder_that_was_never_read_leaves_its_place_to_another(shop: Shop) -> None:
    await shop.service.stop(shop.caller, (await shop.add()).source.id)

    assert (await shop.add("focus/saas")).source.prefix == "focus/saas/"


async def test_what_cannot_be_read_is_not_taken_and_the_reader_learns_why(shop: Shop) -> None:
    shop.put("loose/october.csv")
    for export in "ab":
        shop.put(f"two/{export}/BILLING_PERIOD=2026-05/1.csv")
        told = f'{{"dataFiles": ["two/{export}/BILLING_PERIOD=2026-05/1.csv"]}}'
        shop.put(f"two/{export}/BILLING_PERIOD=2026-05/a-Manifest.json", told.encode())
    refusals: list[type[Problem]] = []

    for draft in (
        shop.draft("loose"),
        shop.draft("two"),
        shop.draft(bucket="folders-that-nobody-has-made"),
        shop.draft(cloud_account_id=new_id()),
        shop.draft(cloud_account_id=(await shop.registry.linked(shop.account)).id),
        shop.draft(cloud_account_id=(await shop.registry.account(provider="Microsoft")).id),
    ):
        with pytest.raises(Problem) as refused:
            await shop.service.add(shop.caller, new_id(), draft)
        refusals.append(refused.type)

    assert refusals == [
        *(FolderNotUnderstood, SeveralBills, FolderRefused),
        *(NotFound, OwnRoleMissing, InvalidInput),
    ]
    assert await shop.service.list(shop.caller) == []


@asynccontextmanager
async def away(_: BillingSource) -> AsyncIterator[Any]:
    session = aioboto3.Session()
    async with session.client("s3", endpoint_url="http://127.0.0.1:9", **KEYS) as client:
        yield client


async def test_while_s3_is_away_nothing_is_taken(shop: Shop) -> None:
    with pytest.raises(Unavailable):
        await FolderService(shop.registry.database, away).add(shop.caller, new_id(), shop.draft())


@pytest.mark.req("ING-1", part="what others read is told to who has been let into the bucket only")
async def test_who_cannot_open_a_bucket_learns_nothing_of_what_is_read_from_it(shop: Shop) -> None:
    await shop.add()
    colleague = Registry(shop.registry.database, company=shop.registry.company)
    mine = replace(shop.draft("focus/saas"), cloud_account_id=(await colleague.account()).id)

    with pytest.raises(FolderReadAlready):
        await shop.service.add(colleague.caller, new_id(), mine)
    with pytest.raises(Unavailable):
        await FolderService(colleague.database, away).add(colleague.caller, new_id(), mine)


@pytest.mark.req("PLAT-5", part="folders of buckets")
async def test_others_neither_add_nor_see_nor_stop(
    shop: Shop, shop_in: Callable[[Registry], Any]
) -> None:
    mine = (await shop.add()).source
    stranger = await shop_in(Registry(shop.registry.database))
    colleague = a_caller(shop.registry.company, new_id())

    for other in (stranger.caller, colleague):
        with pytest.raises(NotFound):
            await shop.service.add(other, new_id(), shop.draft("theirs"))
        with pytest.raises(NotFound):
            await shop.service.stop(other, mine.id)
        assert await shop.service.list(other) == []
    theirs = replace(stranger.draft(), bucket=shop.bucket)
    assert (await stranger.service.add(stranger.caller, new_id(), theirs)).source.id != mine.id


@pytest.mark.req("ING-5", part="detaching stops an account's folders; their data goes when told so")
@pytest.mark.parametrize("payer", [True, False])
async def test_a_detached_accounts_folders_are_stopped_and_erased_with_it(
    shop: Shop, payer: bool
) -> None:
    account, registry = shop.account, shop.registry
    if not payer:
        account = await registry.account(payer_account_id="999999999999")
    source = (await shop.add(cloud_account_id=account.id)).source
    await registry.stands(source, MAY, "open")

    with pytest.raises(NotDetached):
        await registry.detaching.delete_data(shop.caller, account.id, account.account_id)
    await registry.detaching.detach(shop.caller, account.id)
    stopped = await shop.source(source.id)
    with pytest.raises(NotFound):
        await shop.add("other", cloud_account_id=account.id)
    await registry.detaching.delete_data(shop.caller, account.id, account.account_id)

    assert stopped.stopped_at is not None
    async with registry.transaction() as tx:
        assert await PeriodRepository(tx).with_lines(source.id) == set()
