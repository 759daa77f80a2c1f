"""Runs statements over the files of an organization's standing revisions."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select

from finops_common.auth.caller import Caller
from finops_common.blobs import BlobMissingError, Blobs
from finops_common.errors.problem import Unavailable
from finops_ingestion.costs.domain import Days, Known, known_of
from finops_ingestion.costs.engine import Engine, File, Files, TooMuchError, tables_of
from finops_ingestion.costs.problems import QuestionTooLarge
from finops_ingestion.imports.revisions import Pinned, RevisionService

AT_ONCE = 2
_FILE_OF = {"records": "hourly", "lines": "items"}
"""The file a table is read from, where it is not called like it."""
_NEIGHBOUR = timedelta(days=31)


class StandingBills:
    """What stands of an organization's bills, as tables."""

    def __init__(self, revisions: RevisionService, blobs: Blobs, engine: Engine) -> None:
        self._revisions = revisions
        self._blobs = blobs
        self._engine = engine
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def pin(
        self, caller: Caller, days: Days, sources: Sequence[UUID] = ()
    ) -> tuple[Pinned, ...]:
        """The bills that may have lines of these days; `sources` leaves out all others.

        Neighbouring months are among them: what was used on a month's last day, or a fee
        that begins then, may stand on the bill of the next, or of the one before.
        """
        first, last = days.start - _NEIGHBOUR, days.end + _NEIGHBOUR
        return tuple(await self._revisions.pin(caller, first, last, sources))

    async def rows(self, pinned: Sequence[Pinned], statement: Select[Any]) -> list[tuple[Any, ...]]:
        """The statement's rows over these bills; none where there are no bills.

        Raises:
            QuestionTooLarge: they do not fit into memory.
            Unavailable: a bill was replaced meanwhile.
        """
        files = await self.files(pinned, statement)
        if not all(files.values()):
            return []
        async with self._turns:
            try:
                return await asyncio.to_thread(self._engine.rows, statement, files)
            except TooMuchError:
                raise QuestionTooLarge from None

    async def files(self, pinned: Sequence[Pinned], statement: Select[Any]) -> Files:
        """Where an engine finds the tables of a statement over these bills.

        Raises:
            Unavailable: a bill was replaced meanwhile.
        """
        # In a thread too: rules of cost groups make statements of a hundred thousand elements.
        return await self._files(pinned, await asyncio.to_thread(tables_of, statement))

    async def _files(self, pinned: Sequence[Pinned], names: frozenset[str]) -> Files:
        return {name: [await self._file(each, name) for each in pinned] for name in names}

    async def _file(self, pinned: Pinned, table: str) -> File:
        key = pinned.files[_FILE_OF.get(table, table)]
        try:
            path = await self._blobs.local(key)
        except BlobMissingError:
            # Replaced and swept since it was pinned: whoever asks again pins what stands then.
            raise Unavailable from None
        return File(path, f"{pinned.period:%Y-%m}/{pinned.billing_source_id}")


def known(pinned: Sequence[Pinned], days: Days) -> Known:
    """How final the bills of the days' months are, and until when they know."""
    asked = [row for row in pinned if days.start.replace(day=1) <= row.period < days.end]
    newest: dict[UUID, datetime] = {}
    for row in asked:
        newest[row.billing_source_id] = max(newest.get(row.billing_source_id, row.as_of), row.as_of)
    return known_of([(row.finality, row.as_of) for row in asked], list(newest.values()))
