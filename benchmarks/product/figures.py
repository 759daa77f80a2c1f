"""COM-20, COM-21: coverage by month and service, and utilization of each commitment by month.

What the two endpoints do for a caller who is let in: from the stored parts to the JSON they
answer. The first question opens the records and is not counted: the next find them open.
"""

import json
import time
from uuid import UUID

from finops_commitments.figures import schemas
from finops_commitments.figures.domain import Group, Period
from finops_commitments.figures.opened import OpenedRecords
from finops_commitments.figures.service import FigureService, Wanted
from finops_commitments.revisions import service
from finops_commitments.revisions.arrow import read_part
from finops_commitments.revisions.domain import Part, Stream
from finops_commitments.revisions.repository import Attempt
from finops_common.acting import Acting
from finops_common.db import scopes
from finops_common.db.engine import create_engine
from finops_common.db.transaction import Database
from finops_common.ids import new_id
from finops_ingestion.bills.hourly import arrow_stream
from months import ASKED, a_month, after, midnight, months_of
from product.stores import NoGroups, service_database
from sides import Clock, Given, Sample

BATCH = 10_000


async def measure(given: Given) -> Sample:
    stored = await service_database(given, "commitments")
    engine = create_engine(stored.service_url, name="bench", pool_size=2)
    database = Database(engine, "commitments")
    # What a process has where nobody sets it.
    records = OpenedRecords(database, kept_bytes=512 << 20, query_memory_mb=512, threads=2)
    company, organization = new_id(), new_id()
    rows = await _fill(database, company, organization, given)
    acts = Acting(scopes.organization(company, organization))
    asked = _Asked(FigureService(records, NoGroups()), acts, given)
    try:
        begun = time.perf_counter()
        await asked.coverage()
        first_s = time.perf_counter() - begun
        with Clock() as clock:
            for _ in range(ASKED):
                covered, used = await asked.coverage(), await asked.utilization()
    finally:
        await records.close()
        await engine.dispose()
    answer = {
        "coverage": _told(covered, "service", "covered", "on_demand_cost"),
        "utilization": _told(used, "commitment", "used", "unused"),
    }
    return clock.sample(ASKED * rows, answer, first_s=first_s, asked_s=clock.seconds / ASKED)


class _Asked:
    """Both endpoints, without HTTP and log-in."""

    def __init__(self, figures: FigureService, acts: Acting, given: Given) -> None:
        self._figures, self._acts = figures, acts
        months = months_of(given)
        self._span = midnight(months[0]), midnight(after(months[-1]))

    async def coverage(self) -> str:
        wanted = Wanted(*self._span, Period.MONTH, (Group.SERVICE,))
        answer = await self._figures.breakdown(self._acts, wanted)
        return schemas.report(answer, wanted, schemas.CoverageRow).model_dump_json()

    async def utilization(self) -> str:
        wanted = Wanted(*self._span, Period.MONTH, (Group.COMMITMENT,))
        answer = await self._figures.utilization(self._acts, wanted)
        return schemas.report(answer, wanted, schemas.UtilizationRow).model_dump_json()


def _told(answer: str, group: str, *amounts: str) -> list[list[str]]:
    rows = json.loads(answer)["rows"]
    told = (
        [row["period_start"][:10], row["groups"][group], *(row[each] for each in amounts)]
        for row in rows
    )
    return sorted(told)


async def _fill(database: Database, company: UUID, organization: UUID, given: Given) -> int:
    """Take the months in as the consumer does; how many records they have."""
    source, rows = new_id(), 0
    for month in months_of(given):
        table, attempt = a_month(month), new_id()
        rows += table.num_rows
        stream = Stream(company, source, month)
        parts = [arrow_stream(batch) for batch in table.to_batches(max_chunksize=BATCH)]
        async with database.transaction(Acting(scopes.company(company))) as tx:
            for number, records in enumerate(parts):
                read = read_part(records)
                kept = Part(
                    organization_id=organization,
                    attempt=attempt,
                    revision=1,
                    part=number,
                    records=records,
                    daily=read.daily,
                    first_hour=read.first_hour,
                    last_hour=read.last_hour,
                )
                await service.keep_part(tx, stream, kept)
            stands = Attempt(1, attempt, "committed", len(parts), "closed", midnight(after(month)))
            await service.commit(tx, stream, stands)
    return rows
