"""Imports without a service around them: a real database, Kafka and bucket, one source."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import aioboto3
import boto3
from sqlalchemy import Table, insert, select, update
from tests.ingestion.callers import a_caller

from finops_common.acting import Acting
from finops_common.auth.caller import Caller
from finops_common.blobs import Blobs
from finops_common.db import scopes
from finops_common.db.tables import jobs, outbox
from finops_common.db.transaction import Database, Transaction
from finops_common.ids import new_id
from finops_common.jobs import JobRunner
from finops_ingestion.accounts.moving import MoveService
from finops_ingestion.accounts.sources import BillingSource
from finops_ingestion.accounts.tables import billing_sources, cloud_accounts
from finops_ingestion.imports.adapters import Reader, RecordTopic, SubprocessReader
from finops_ingestion.imports.looking import Looking
from finops_ingestion.imports.publishing import Publisher
from finops_ingestion.imports.queueing import KIND, queue_recuts
from finops_ingestion.imports.running import ImportRunner
from finops_ingestion.imports.service import ImportService
from finops_ingestion.imports.spooling import Spool
from finops_ingestion.imports.sweeping import Sweeper
from finops_ingestion.imports.tables import attempts, imports, periods, revisions, shares
from finops_sandbox.world import World
from finops_sandbox.world.publish import BucketStore, Delivery, Format, publish

KEYS = {"aws_access_key_id": "any", "aws_secret_access_key": "any", "region_name": "us-east-1"}


@dataclass
class Workshop:
    """One payer's bucket and the workers that import from it."""

    database: Database
    service_url: str
    blobs: Blobs
    brokers: str
    prefix: str
    s3_url: str
    spool: Path
    world: World
    bill_format: Format = "cur2"
    company: UUID = field(default_factory=new_id)
    organization: UUID = field(default_factory=new_id)
    source: UUID = field(default_factory=new_id)
    collected: list[tuple[object, object]] = field(default_factory=list)
    """What imports have said of how collecting goes: status and cause."""

    @property
    def bucket(self) -> str:
        return f"bills-{self.source}"

    @property
    def payer(self) -> str:
        """The number of the account whose bills these are."""
        return str(self.source)[:12]

    async def open(self) -> None:
        """Make the bucket and the source."""
        self._store().client.create_bucket(Bucket=self.bucket)
        async with self.system() as tx:
            await tx.execute(
                insert(billing_sources).values(
                    id=self.source,
                    company_id=self.company,
                    organization_id=self.organization,
                    provider="AWS",
                    kind="aws_export",
                    name="export",
                    payer_account_id=self.payer,
                    bucket=self.bucket,
                    prefix="billing/",
                    region="us-east-1",
                    created_at=tx.now,
                )
            )

    def _store(self) -> BucketStore:
        return BucketStore(boto3.client("s3", endpoint_url=self.s3_url, **KEYS), self.bucket)

    def deliver(self, month: date, revision: int | None = None) -> Delivery:
        """AWS writes a bill into the bucket."""
        return publish(self.world, month, revision, self.bill_format, self._store(), self.bucket)

    async def assign(self, account_id: str, organization: UUID) -> None:
        """The account belongs to an organization of the company."""
        async with self.system() as tx:
            await tx.execute(
                insert(cloud_accounts).values(
                    id=new_id(),
                    company_id=self.company,
                    organization_id=organization,
                    provider="AWS",
                    account_id=account_id,
                    payer_account_id=self.payer,
                    name="linked",
                    origin="linked",
                    proven_at=tx.now,
                    connection="healthy",
                    capabilities=[],
                    findings=[],
                    created_at=tx.now,
                )
            )

    async def move(self, account_id: str, organization: UUID) -> None:
        """An Owner gives the account to an organization of the company."""
        async with self.system() as tx:
            asked = select(cloud_accounts.c.id).where(cloud_accounts.c.account_id == account_id)
            cloud_account_id = await tx.scalar(
                asked.where(cloud_accounts.c.company_id == self.company)
            )
        there = replace(self.caller, organization_id=organization)
        await MoveService(self.database, queue_recuts).bring(there, [cloud_account_id])

    def system(self) -> AbstractAsyncContextManager[Transaction]:
        return self.database.transaction(Acting(scopes.SYSTEM))

    @asynccontextmanager
    async def client(self, _: BillingSource) -> AsyncIterator[Any]:
        """What opens the bucket."""
        async with aioboto3.Session().client("s3", endpoint_url=self.s3_url, **KEYS) as client:
            yield client

    @property
    def caller(self) -> Caller:
        """A member of the source's organization, whom access has let in."""
        return a_caller(self.company, self.organization)

    @property
    def service(self) -> ImportService:
        return ImportService(self.database, self.blobs)

    async def another(self) -> "Workshop":
        """A second source of the same company, with a bucket of its own."""
        made = replace(self, source=new_id())
        await made.open()
        return made

    def empty_bucket(self) -> None:
        """Everything AWS has delivered is gone."""
        client = self._store().client
        for each in client.list_objects_v2(Bucket=self.bucket).get("Contents", ()):
            client.delete_object(Bucket=self.bucket, Key=each["Key"])

    async def look(self, month: date | None = None) -> None:
        """Look into the bucket now."""
        payload = {"source_id": str(self.source)}
        if month:
            payload["period"] = month.isoformat()
        looking = Looking(self.database, self.client, every=timedelta(hours=1))
        await looking.look(new_id(), payload)

    @asynccontextmanager
    async def worker(
        self, reader: Reader | None = None, blobs: Blobs | None = None
    ) -> AsyncIterator[JobRunner]:
        """A worker that runs imports one by one: `run_one`."""
        async with RecordTopic(self.brokers, self.prefix) as records:
            kept = blobs or self.blobs
            runner = ImportRunner(
                self.database,
                kept,
                Publisher(self.database, kept, records),
                reader or SubprocessReader(),
                self.client,
                self._collect,
                spool=Spool(self.spool, 8192),
                memory_mb=1024,
                threads=1,
            )
            yield JobRunner(self.database, {KIND: runner.run})

    async def _collect(self, *told: object) -> None:
        _, _, status, cause = told
        self.collected.append((status, cause))

    async def work(self) -> None:
        """Run every import that is queued."""
        async with self.worker() as worker:
            while await worker.run_one():
                pass

    async def sweep(self) -> int:
        """Sweep as the sweeper does."""
        async with RecordTopic(self.brokers, self.prefix) as records:
            publisher = Publisher(self.database, self.blobs, records)
            return await Sweeper(self.database, self.blobs, publisher, self.spool).sweep()

    async def lapse(self) -> None:
        """The leases of dead workers run out, and waits between tries are over."""
        async with self.system() as tx:
            free = {"lease_until": None, "run_at": tx.now, "state": "queued"}
            await tx.execute(update(jobs).where(jobs.c.finished_at.is_(None)).values(**free))

    async def age_attempts(self) -> None:
        """Two hours pass over what attempts have left."""
        earlier = attempts.c.started_at - timedelta(hours=2)
        async with self.system() as tx:
            await tx.execute(update(attempts).values(started_at=earlier))

    async def ask_to_cancel(self) -> None:
        """Somebody cancels every import."""
        async with self.system() as tx:
            await tx.execute(update(imports).values(cancel_requested=True))

    async def end_as(self, import_id: UUID, state: str) -> None:
        """The import has ended so, and its job with it."""
        async with self.system() as tx:
            over = update(jobs).where(jobs.c.id == import_id)
            await tx.execute(over.values(state="done", finished_at=tx.now))
            ended = update(imports).where(imports.c.id == import_id)
            await tx.execute(ended.values(state=state, stage="ended", finished_at=tx.now))

    async def rows(self, table: Table) -> list[Any]:
        """Rows of the source, as the system sees them."""
        async with self.system() as tx:
            mine = select(table).where(table.c.billing_source_id == self.source)
            return list(await tx.all(mine))

    async def imports(self) -> list[Any]:
        return sorted(await self.rows(imports), key=lambda row: row.created_at)

    async def standing(self) -> dict[date, int]:
        """The revision that stands, by period."""
        return {row.period: row.revision for row in await self.rows(periods)}

    async def files_named(self) -> set[str]:
        """Every blob that a revision names."""
        return {key for row in await self.rows(shares) for key in row.files.values()}

    async def attempts_committed(self) -> set[UUID]:
        return {row.attempt for row in await self.rows(revisions)}

    async def relayed(self) -> list[tuple[dict[str, str], bytes]]:
        """What waits in the outbox under the source's streams, as the relay would send it."""
        async with self.system() as tx:
            rows = await tx.all(select(outbox).order_by(outbox.c.id))
        mine = str(self.source).encode()
        return [(row.headers, row.value) for row in rows if row.key.startswith(mine)]
