"""Takes revisions from ingestion itself where the topic does not bring them any more.

A topic keeps a week: who is new, was away for longer or was restored from a backup would
never see what stands from before (ING-20).
"""

from collections.abc import AsyncIterator
from datetime import date
from typing import Protocol
from uuid import UUID

import structlog

from finops_commitments.revisions import service
from finops_commitments.revisions.arrow import NotAPartError, read_part
from finops_commitments.revisions.domain import Part, Stream
from finops_commitments.revisions.repository import Attempt, streams_known
from finops_common.acting import Acting
from finops_common.contracts.ingestion_queries import StandingRevision, StandingRevisions
from finops_common.db import scopes
from finops_common.db.transaction import Database
from finops_common.errors.problem import Unavailable
from finops_common.http import PATIENT, ServiceClient

log = structlog.get_logger(__name__)

Key = tuple[UUID, date, int]


class Ingestion(Protocol):
    """What stands, as its owner says."""

    async def list(self) -> list[StandingRevision]:
        """Every revision that stands. Raises Unavailable when there is no answer."""

    def parts(self, revision: StandingRevision) -> AsyncIterator[tuple[UUID, bytes]]:
        """Its parts with their organizations, in the order in which the topic numbers them.

        Raises:
            Unavailable: also when it stands no more.
        """


class RemoteIngestion:
    """ingestion over its internal routes; satisfies `Ingestion`."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def list(self) -> list[StandingRevision]:
        """What it lists now."""
        answer = await self._client.ask("GET", "/internal/revisions", timeout=PATIENT)
        return StandingRevisions.model_validate(answer).revisions

    async def parts(self, revision: StandingRevision) -> AsyncIterator[tuple[UUID, bytes]]:
        """One after another."""
        base = f"/internal/revisions/{revision.billing_source_id}/{revision.period}/parts"
        for share in sorted(revision.organizations, key=lambda each: str(each.organization_id)):
            for number in range(share.parts):
                path = f"{base}/{share.organization_id}/{number}?revision={revision.revision}"
                yield share.organization_id, await self._client.fetch(path)


class CatchUp:
    """Compares what stands with what is known here, round by round."""

    def __init__(self, database: Database, ingestion: Ingestion) -> None:
        self._database = database
        self._ingestion = ingestion
        self._missed: set[Key] = set()

    async def take_missing(self) -> None:
        """Take what the last round missed already; what is new may still be on its way here."""
        async with self._database.transaction(Acting(scopes.SYSTEM)) as tx:
            known = await streams_known(tx)
        try:
            standing = await self._ingestion.list()
        except Unavailable:
            log.warning("standing_revisions_unknown")
            return
        missing = {
            (each.billing_source_id, each.period, each.revision): each
            for each in standing
            if known.get((each.billing_source_id, each.period), -1) < each.revision
        }
        again, self._missed = self._missed & missing.keys(), set(missing)
        for key in again:
            try:
                await self._take(missing[key])
            except (Unavailable, NotAPartError) as error:
                told = {"billing_source_id": str(key[0]), "period": str(key[1])}
                log.warning("revision_not_taken", **told, error=type(error).__name__)

    async def _take(self, standing: StandingRevision) -> None:
        stream = Stream(standing.company_id, standing.billing_source_id, standing.period)
        attempt = Attempt(
            revision=standing.revision,
            attempt=standing.attempt,
            state="committed",
            parts=standing.parts,
            finality=standing.finality,
            as_of=standing.as_of,
        )
        company = Acting(scopes.company(standing.company_id))
        number = 0
        # Each by itself, as from the topic: a large bill need not fit into memory.
        async for organization_id, records in self._ingestion.parts(standing):
            part = _part(attempt, organization_id, number, records)
            async with self._database.transaction(company) as tx:
                await service.keep_part(tx, stream, part)
            number += 1
        async with self._database.transaction(company) as tx:
            await service.commit(tx, stream, attempt)
        log.info("revision_taken", billing_source_id=str(standing.billing_source_id))


def _part(attempt: Attempt, organization_id: UUID, number: int, records: bytes) -> Part:
    read = read_part(records)
    return Part(
        *(organization_id, attempt.attempt, attempt.revision, number, records),
        *(read.daily, read.first_hour, read.last_hour),
    )
