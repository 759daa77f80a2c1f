"""P7: hourly records kept in PostgreSQL as commitments' consumer keeps them.

A part is one row with its Arrow bytes and its hours; a commit swaps the revision in. The clock
runs from the first part to the swap, each in its own transaction with the tenant's scope, and
then until everything is read back and opened as one table.
"""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pyarrow.compute as pc

from finops_commitments.revisions.arrow import table_of
from finops_commitments.revisions.handlers import on_cost_committed, on_cost_part
from finops_commitments.revisions.repository import RevisionRepository
from finops_common.acting import Acting, Origin
from finops_common.contracts.ingestion import CostCommitted, CostPart
from finops_common.db import scopes
from finops_common.db.engine import create_engine
from finops_common.db.transaction import Database
from finops_common.events.envelope import envelope
from finops_common.ids import new_id
from limits.copy_rows import MOST
from product.stores import service_database
from records import parts_of
from sides import Clock, Given, Sample

SINCE, UNTIL = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)


async def measure(given: Given) -> Sample:
    stored = await service_database(given, "commitments")
    engine = create_engine(stored.service_url, name="bench", pool_size=2)
    database = Database(engine, "commitments")
    parts = parts_of(given.bill, MOST)
    await _load(database, parts[:1])
    with Clock() as clock:
        scope = await _load(database, parts)
    with Clock() as reading:
        async with database.transaction(Acting(scope)) as tx:
            kept = await RevisionRepository(tx).list_parts(SINCE, UNTIL, with_records=True)
        table = table_of(part.records for part in kept)
    await engine.dispose()
    effective = pc.sum(table.column("effective_cost")).as_py()
    answer = {"records": table.num_rows, "effective": str(effective)}
    size = sum(map(len, parts)) / table.num_rows
    clock.seconds += reading.seconds
    clock.cpu_seconds += reading.cpu_seconds
    return clock.sample(
        table.num_rows, answer, bytes_per_record=size, read_back_seconds=reading.seconds
    )


async def _load(database: Database, parts: list[bytes]) -> scopes.Scope:
    """Take the parts and their commit as the worker does; the scope that reads them."""
    company, organization = new_id(), new_id()
    stream = {
        "billing_source_id": new_id(),
        "company_id": company,
        "period": date(2026, 10, 1),
        "revision": 1,
        "attempt": new_id(),
    }
    for number, records in enumerate(parts):
        part = CostPart(**stream, organization_id=organization, part=number, rows=0, records=records)  # fmt: skip
        await _take(database, company, on_cost_part, part)
    committed = CostCommitted(
        **stream, parts=len(parts), finality="open", as_of=UNTIL, organizations=()
    )
    await _take(database, company, on_cost_committed, committed)
    return scopes.organization(company, organization)


async def _take(database: Database, company: UUID, handler: Any, event: Any) -> None:  # noqa: ANN401 - one handler an event
    message = envelope(event, source="/ingestion", time=UNTIL, origin=Origin("bench"))
    async with database.transaction(Acting(scopes.company(company))) as tx:
        await handler(message, tx)
