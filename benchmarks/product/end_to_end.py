"""P2: the bill's files to Kafka to the coverage that commitments answers, no line items stored.

Ingestion's reading and record topic run here, commitments' worker in a process of its own that
has joined its group and taken a tiny revision before the clock starts. What is left out: the
import's ledger, its blobs, and the outbox that carries its commit.
"""

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from finops_commitments.figures.opened import OpenedRecords
from finops_commitments.figures.service import FigureService, Wanted
from finops_commitments.revisions.repository import RevisionRepository
from finops_common.acting import Acting, Origin
from finops_common.contracts.ingestion import CostCommitted, CostPart, CostStarted
from finops_common.db import scopes
from finops_common.db.engine import create_engine
from finops_common.db.transaction import Database
from finops_common.events.contract import Event
from finops_common.events.envelope import Envelope, envelope
from finops_common.ids import new_id
from finops_ingestion.bills.convert import convert_bill
from finops_ingestion.bills.engine import Limits
from finops_ingestion.imports.adapters import RecordTopic
from finops_ingestion.imports.cutting import cut_periods
from finops_ingestion.imports.orders import CutPeriod, Order
from finops_sandbox.environment import prefix_of, service_keys, urls
from finops_sandbox.places import free_port
from finops_sandbox.processes import Process, http_ready
from product.stores import PREFIX, NoGroups, all_topics, service_database
from sides import Clock, Given, Sample

NOW = datetime(2026, 11, 1, tzinfo=UTC)
WANTED = Wanted(datetime(2026, 10, 1, tzinfo=UTC), NOW)


Read = Callable[[Order], tuple[CutPeriod, int]]
"""Reads and cuts a bill of one period; that and the accepted lines."""


async def measure(given: Given) -> Sample:
    return await files_to_coverage(given, _read_hourly)


def _read_hourly(order: Order) -> tuple[CutPeriod, int]:
    limits = Limits("900MB", order.threads)
    conversion = convert_bill(order.sources, order.to, limits=limits, line_items=False)
    (found,) = cut_periods(order, conversion, limits)
    return found, conversion.rows_accepted


async def files_to_coverage(given: Given, read: Read, *, answer_warm: bool = False) -> Sample:
    """Run the whole path by one way of reading.

    `answer_warm`: the answer is that of the tiny bill, which is read first.
    """
    stored = await service_database(given, "commitments")
    await all_topics(given.kafka)
    worker = _worker(given, stored.service_url)
    await worker.start()
    engine = create_engine(stored.service_url, name="bench", pool_size=3)
    database = Database(engine, "commitments")
    records = OpenedRecords(database, kept_bytes=1 << 30, query_memory_mb=700, threads=2)
    try:
        async with RecordTopic(given.kafka, PREFIX) as topic:
            path = _Path(given, read, database, FigureService(records, NoGroups()), topic)
            warm = await path.run(Path(given.tiny))
            with Clock() as clock:
                answer = await path.run(Path(given.bill))
    finally:
        await records.close()
        await engine.dispose()
        await worker.stop()
    return clock.sample(given.rows, warm if answer_warm else answer, **path.steps)


class _Path:
    """What a bill goes through, and how long each step took (seconds)."""

    def __init__(
        self,
        given: Given,
        read: Read,
        database: Database,
        figures: FigureService,
        topic: RecordTopic,
    ) -> None:
        self._read = read
        self._scratch = Path(given.scratch)
        self._database = database
        self._figures = figures
        self._topic = topic
        self.steps: dict[str, float] = {}

    async def run(self, bill: Path) -> dict[str, Any]:
        company, organization = new_id(), new_id()
        files = await asyncio.to_thread(lambda: tuple(sorted(bill.iterdir())))
        with Clock() as reading:
            order = Order(
                sources=files,
                to=self._scratch / f"read-{organization}",
                organizations={},
                otherwise=organization,
                memory_mb=1500,
                threads=2,
            )
            found, lines = await asyncio.to_thread(self._read, order)
        with Clock() as sending:
            await self._send(company, found)
        with Clock() as arriving:
            acts = Acting(scopes.organization(company, organization))
            await self._arrived(acts)
        with Clock() as asking:
            answer = await self._figures.breakdown(acts, WANTED)
        (figures,) = answer.value.totals
        billed = sum(total.billed_cost for total in found.shares[0].totals)
        steps = {"reading": reading, "sending": sending, "arriving": arriving, "asking": asking}
        self.steps = {name: round(clock.seconds, 3) for name, clock in steps.items()}
        costs = {"billed": f"{billed:.2f}", "covered": f"{figures.sums.covered.known:.2f}"}
        return {"lines": lines} | costs

    async def _send(self, company: UUID, found: CutPeriod) -> None:
        (share,) = found.shares
        stream = {
            "billing_source_id": new_id(),
            "company_id": company,
            "period": found.period,
            "revision": 1,
            "attempt": new_id(),
        }
        parts = [
            CostPart(**stream, organization_id=share.organization_id, part=number, rows=part.rows, records=part.path.read_bytes())
            for number, part in enumerate(share.parts)
        ]  # fmt: skip
        committed = CostCommitted(
            **stream, parts=len(parts), finality="open", as_of=NOW, organizations=()
        )
        events: list[Event] = [CostStarted(**stream), *parts, committed]
        await self._topic.send(_message(event, company) for event in events)

    async def _arrived(self, acts: Acting) -> None:
        while True:
            async with self._database.transaction(acts) as tx:
                revisions = RevisionRepository(tx)
                if await revisions.list_parts(WANTED.since, WANTED.until, with_records=False):
                    return
            await asyncio.sleep(0.005)


def _message(event: Event, company: UUID) -> Envelope[Any]:
    return envelope(
        event, source="/ingestion", time=NOW, origin=Origin("bench"), company_id=company
    )


def _worker(given: Given, database_url: str) -> Process:
    """Commitments' worker as it runs elsewhere; nobody answers for the other services."""
    scratch = Path(given.scratch)
    ports = {name: free_port() for name in ("identity", "org-rbac", "ingestion")}
    port = free_port()
    prefix = prefix_of("commitments")
    environ = service_keys(scratch) | urls(ports) | {
        "FINOPS_KAFKA_BROKERS": given.kafka,
        "FINOPS_TOPIC_PREFIX": PREFIX,
        "FINOPS_PUBLIC_APP_URL": "http://app.test",
        "FINOPS_LOG_LEVEL": "ERROR",
        f"{prefix}DATABASE_URL": database_url,
        f"{prefix}WORKER_PORT": str(port),
    }  # fmt: skip
    command = [sys.executable, "-m", "finops_commitments", "worker"]
    ready = http_ready(f"http://127.0.0.1:{port}/health/ready")
    return Process("commitments-worker", command, scratch / "logs", env=environ, ready=ready)
