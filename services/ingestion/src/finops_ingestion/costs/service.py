"""Answers cost queries from the revisions that stand at one instant."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from finops_common.auth.caller import Caller
from finops_common.blobs import Blobs
from finops_common.errors.problem import FieldError, InvalidInput
from finops_ingestion.costs.domain import LONGEST_BY_HOUR, Costs, Known, Question, known_of
from finops_ingestion.costs.query import CostEngine
from finops_ingestion.imports.revisions import Pinned, RevisionService

AT_ONCE = 2


class CostService:
    """The use cases of cost queries."""

    def __init__(self, revisions: RevisionService, blobs: Blobs, engine: CostEngine) -> None:
        self._revisions = revisions
        self._blobs = blobs
        self._engine = engine
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def ask(
        self, caller: Caller, question: Question, sources: Sequence[UUID] = ()
    ) -> tuple[Costs, Known]:
        """The organization's costs; `sources` leaves out all other billing sources.

        Raises:
            InvalidInput: no days in the range, or too many of them by the hour.
        """
        _check(question)
        last = question.end - timedelta(days=1)
        pinned = await self._revisions.pin(caller, question.start, last, sources)
        files = [await self._blobs.local(each.hourly) for each in pinned]
        async with self._turns:
            costs = await asyncio.to_thread(self._engine.ask, question, files)
        return costs, _known(pinned)


def _known(pinned: Sequence[Pinned]) -> Known:
    newest: dict[UUID, datetime] = {}
    for row in pinned:
        newest[row.billing_source_id] = max(newest.get(row.billing_source_id, row.as_of), row.as_of)
    return known_of([(row.finality, row.as_of) for row in pinned], list(newest.values()))


def _check(question: Question) -> None:
    days = (question.end - question.start).days
    if days < 1:
        raise _wrong("end", "must be after start")
    if question.granularity == "hour" and days > LONGEST_BY_HOUR:
        raise _wrong("granularity", f"hour is for at most {LONGEST_BY_HOUR} days")
    if len(set(question.by)) < len(question.by):
        raise _wrong("by", "names a dimension twice")


def _wrong(name: str, message: str) -> InvalidInput:
    return InvalidInput(errors=(FieldError(f"query.{name}", "value_error", message),))
