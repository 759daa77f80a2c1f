"""An organization that has its months delivered, without a service around it."""

import io
import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from tests.ingestion.callers import a_caller
from tests.ingestion.costs.small_lake import Line, a_lake, a_line

from finops_common.acting import Acting
from finops_common.auth.caller import Caller
from finops_common.blobs import Blobs
from finops_common.db import scopes
from finops_common.db.tables import jobs, outbox
from finops_common.db.transaction import Database, Transaction
from finops_common.ids import new_id
from finops_common.jobs import JobRunner
from finops_common.sealing import Sealer
from finops_ingestion.connections.adapters.aws import Aws
from finops_ingestion.costs.deliveries.adapters import Destinations, Place, S3Destinations
from finops_ingestion.costs.deliveries.domain import (
    Bucket,
    Daily,
    Delivery,
    Draft,
    Months,
    OnChange,
    Run,
    Scope,
    Terms,
)
from finops_ingestion.costs.deliveries.opening import Opening
from finops_ingestion.costs.deliveries.queueing import KIND
from finops_ingestion.costs.deliveries.repository import RunRepository
from finops_ingestion.costs.deliveries.running import DeliveryRunner, DueDeliveries
from finops_ingestion.costs.deliveries.service import DeliveryService
from finops_ingestion.costs.engine import DuckEngine
from finops_ingestion.costs.reading import StandingBills
from finops_ingestion.imports.revisions import RevisionService
from finops_ingestion.imports.tables import periods, revisions, shares
from finops_sandbox.aws.served import PLATFORM, ServedSimulator

KEYS = {"aws_access_key_id": "any", "aws_secret_access_key": "any", "region_name": "us-east-1"}
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@dataclass
class Depot:
    """What stands of an organization's bills, its bucket, and who delivers there."""

    database: Database
    sealer: Sealer
    blobs: Blobs
    engine: DuckEngine
    simulator: ServedSimulator
    s3_url: str
    account: str
    folder: Path
    clock: Clock
    company: UUID = field(default_factory=new_id)
    organization: UUID = field(default_factory=new_id)
    source: UUID = field(default_factory=new_id)

    @property
    def bucket(self) -> str:
        return f"costs-{self.organization}"

    @property
    def caller(self) -> Caller:
        known = a_caller(self.company, self.organization)
        return replace(known, permissions=frozenset({"usage:view", "cloud-accounts:register"}))

    @property
    def aws(self) -> Aws:
        return Aws("us-east-1", self.simulator.url, PLATFORM.access_key, PLATFORM.secret)

    def opening(self, destinations: Destinations | None = None) -> Opening:
        return Opening(self.database, self.sealer, destinations or S3Destinations(self.aws))

    @property
    def service(self) -> DeliveryService:
        return DeliveryService(self.database, self.opening(), PLATFORM.arn)

    @property
    def due(self) -> DueDeliveries:
        return DueDeliveries(self.database)

    def runner(
        self, destinations: Destinations | None = None, blobs: Blobs | None = None
    ) -> DeliveryRunner:
        kept = blobs or self.blobs
        standing = StandingBills(RevisionService(self.database, kept), kept, self.engine)
        opening = self.opening(destinations)
        return DeliveryRunner(self.database, opening, standing, self.engine, self.folder / "spool")

    def system(self) -> AbstractAsyncContextManager[Transaction]:
        return self.database.transaction(Acting(scopes.SYSTEM))

    async def stands(
        self,
        month: date,
        *lines: Line,
        revision: int = 1,
        source: UUID | None = None,
        told: str | None = None,
    ) -> None:
        """A revision of the source's month stands, with these lines; it may say another cost."""
        of = source or self.source
        place = self.folder / f"{of}-{month}-{revision}"
        place.mkdir()
        lake = a_lake(place, lines)
        files = {}
        for name in ("items", "tags", "tag_sets", "records"):
            blob = f"{of}/{month}/{revision}/{name}.parquet"
            await self.blobs.put(blob, lake.files[name][0].path)
            files["hourly" if name == "records" else name] = blob
        key = {"billing_source_id": of, "period": month, "company_id": self.company}
        known = {"revision": revision, "finality": "open", "as_of": self.clock.now}
        async with self.system() as tx:
            row = upsert(periods).values(**key, **known, organization_id=self.organization)
            await tx.execute(
                row.on_conflict_do_update(index_elements=periods.primary_key.columns, set_=known)
            )
            made = {"import_id": new_id(), "attempt": new_id(), "schema": "cur2", "parts": 1}
            await tx.execute(
                insert(revisions).values(**key, **known, **made, committed_at=self.clock.now)
            )
            share = {"parts": 1, "rows": len(lines), "lines": len(lines), "files": files}
            row = insert(shares).values(
                **key,
                **share,
                revision=revision,
                organization_id=self.organization,
                totals=_totals(lines, told),
            )
            await tx.execute(row)

    async def erased(self, month: date) -> None:
        """Nothing stands of the month any more."""
        async with self.system() as tx:
            await tx.execute(delete(shares).where(shares.c.period == month))

    async def wanted(self, **facts: Any) -> Delivery:  # noqa: ANN401 - of its terms
        """A delivery whose stack has not run."""
        terms = Terms(
            destination=Bucket("s3", self.account, self.bucket, "finance/focus", "us-east-1"),
            scope=facts.get("scope", Scope()),
            schedule=facts.get("schedule", OnChange("on_change")),
            months=facts.get("months", Months("all")),
        )
        return await self.service.add(self.caller, new_id(), Draft("to us", True, terms))

    async def prepared(self, **facts: Any) -> Delivery:  # noqa: ANN401 - of its terms
        """A delivery whose bucket is there, whose stack has run, and that has been checked."""
        delivery = await self.wanted(**facts)
        await self.simulator.own_bucket(self.account, self.bucket)
        await self.run_stack(delivery)
        checked = await self.service.check(self.caller, delivery.id)
        assert checked.cause is None
        return checked

    async def run_stack(self, delivery: Delivery, template: str | None = None) -> None:
        """The customer runs the delivery's template, or one they have changed."""
        text = template or (await self.service.stack(self.caller, delivery.id)).template
        name = f"deliver-{delivery.id}"
        (await self.simulator.run_stack(self.account, name, text, {})).raise_for_status()

    async def delete_stack(self, delivery: Delivery) -> None:
        await self.simulator.delete_stack(self.account, f"deliver-{delivery.id}")

    async def work(self, runner: DeliveryRunner | None = None) -> None:
        """Do every run that is queued and due."""
        jobs_of = self.worker(runner)
        while await jobs_of.run_one():
            pass

    async def work_due(self) -> None:
        """Queue what is due, and do it."""
        await self.due.queue_due()
        await self.work()

    async def forget_jobs(self) -> None:
        """Jobs are gone, as when they are swept."""
        async with self.system() as tx:
            await tx.execute(delete(jobs))

    def worker(self, runner: DeliveryRunner | None = None) -> JobRunner:
        return JobRunner(self.database, {KIND: (runner or self.runner()).run}, per_lane=1)

    async def lapse(self) -> None:
        """The leases of dead workers run out, and waits between tries are over."""
        async with self.system() as tx:
            free = {"lease_until": None, "run_at": tx.now, "state": "queued"}
            await tx.execute(update(jobs).where(jobs.c.finished_at.is_(None)).values(**free))

    async def asked(self, delivery: Delivery, *, anew: bool = False) -> Run:
        """Somebody wants a run now."""
        return await self.service.run(self.caller, new_id(), delivery.id, anew=anew)

    async def again(self, run: Run) -> Run:
        """The run as it is now."""
        async with self.database.transaction(self.caller) as tx:
            found = await RunRepository(tx).find(run.id)
        assert found is not None
        return found

    async def told(self) -> list[tuple[str, dict[str, Any]]]:
        """Events that wait in the outbox: their types and data."""
        async with self.system() as tx:
            rows = await tx.all(select(outbox).order_by(outbox.c.id))
        return [(row.headers["ce_type"].split(".", 2)[2], json.loads(row.value)) for row in rows]

    def objects(self) -> dict[str, bytes]:
        """What lies in the bucket, by key."""
        client = boto3.client("s3", endpoint_url=self.s3_url, **KEYS)
        listed = client.list_objects_v2(Bucket=self.bucket).get("Contents", ())
        return {
            each["Key"]: client.get_object(Bucket=self.bucket, Key=each["Key"])["Body"].read()
            for each in listed
        }

    def table(self, delivery: Delivery, month: date) -> pa.Table:
        """The month's file."""
        data = self.objects()[delivery.key(month, "part-0.parquet")]
        return pq.read_table(io.BytesIO(data))

    def costs(self, delivery: Delivery, month: date) -> list[str]:
        """Effective costs of the month's lines, as they stand in the bucket."""
        column = self.table(delivery, month).column("EffectiveCost").to_pylist()
        return sorted(f"{each.normalize():f}" for each in column)

    def manifest(self, delivery: Delivery, month: date) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.objects()[delivery.key(month, "_manifest.json")])
        return told


class Dies(BaseException):
    """The process ends here."""


@dataclass
class Faulty:
    """The real destinations, whose `put` number `at` (from 0) does something else."""

    real: Destinations
    at: int
    before: Any = None
    after: Any = None
    puts: int = 0

    @asynccontextmanager
    async def open(self, delivery: Delivery, external_id: str) -> AsyncIterator[Place]:
        async with self.real.open(delivery, external_id) as place:
            yield _FaultyPlace(self, place)


@dataclass
class _FaultyPlace:
    told: Faulty
    place: Place

    async def put(self, key: str, source: Path) -> str:
        mine = self.told.puts == self.told.at
        self.told.puts += 1
        if mine and self.told.before:
            await self.told.before()
        etag = await self.place.put(key, source)
        if mine and self.told.after:
            await self.told.after()
        return etag

    async def probe(self, folder: str) -> None:
        await self.place.probe(folder)


async def dies() -> None:
    raise Dies


def lines_of(*costs: str, month: int = 10, **facts: Any) -> list[Line]:  # noqa: ANN401 - columns
    return [a_line(cost, at=f"2026-{month:02}-05T07:00", **facts) for cost in costs]


def _totals(lines: tuple[Line, ...], told: str | None) -> list[dict[str, str]]:
    sums: dict[str, list[Any]] = {}
    for line in lines:
        found = sums.setdefault(line["currency"], [0, 0])
        found[0] += line["billed_cost"]
        found[1] += line["effective_cost"]
    return [
        {"currency": c, "billed_cost": f"{b}", "effective_cost": told or f"{e}", "list_cost": "0"}
        for c, (b, e) in sums.items()
    ]


daily = Daily("daily", 6)
