"""Answers about costs and lines of bills, written while they are read."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import chain
from typing import Any
from uuid import UUID

import pyarrow as pa
from sqlalchemy import Select

from finops_common.auth.caller import Caller
from finops_common.contracts.ingestion_analytics import CostsExported, ExportedNoun
from finops_common.db.transaction import Database
from finops_common.exports.domain import Format, Sheet
from finops_common.exports.files import Export, export
from finops_common.exports.streams import Turns
from finops_ingestion.costs.domain import AskedCosts, Days, Filter
from finops_ingestion.costs.engine import DuckEngine, Files, TooMuchError
from finops_ingestion.costs.exports.focus import FOCUS, focus_statement
from finops_ingestion.costs.exports.tables import costs_sheet, known_facts, lines_facts
from finops_ingestion.costs.groups.applying import GroupRules
from finops_ingestion.costs.problems import QuestionTooLarge
from finops_ingestion.costs.reading import StandingBills, known
from finops_ingestion.costs.service import CostService, check_days, check_of_items

AT_ONCE = 2
ROWS = 4096
"""Read at once: as XML, of all columns, some 10 MB."""


class ExportService:
    """Use cases of exports. Each is told to the audit log before its first byte leaves."""

    def __init__(
        self,
        database: Database,
        costs: CostService,
        bills: StandingBills,
        rules: GroupRules,
        engine: DuckEngine,
    ) -> None:
        self._database = database
        self._costs = costs
        self._bills = bills
        self._rules = rules
        self._engine = engine
        self._turns = Turns(AT_ONCE)

    async def costs(self, caller: Caller, asked: AskedCosts, form: Format) -> Export:
        """The answer to a question, as `tables.costs_sheet` lays it out.

        Raises:
            InvalidInput, QuestionTooLarge: as the question does.
            Unavailable: as many exports are written as may be at once.
        """
        with ExitStack() as held:
            held.callback(self._turns.take())
            question, found, as_known = await self._costs.ask(
                caller, asked.question, asked.sources, asked.convert_to
            )
            sheet = costs_sheet(asked, question, found, as_known)
            await self._tell(caller, "costs", form, question.days)
            return export(sheet, form, _span(question.days), held.pop_all())

    async def lines(
        self,
        caller: Caller,
        days: Days,
        filters: tuple[Filter, ...],
        sources: Sequence[UUID],
        form: Format,
    ) -> Export:
        """The lines that began on these days, with FOCUS's columns.

        Raises:
            InvalidInput: no days, or a filter that lines have no column for.
            QuestionTooLarge: the tags do not fit into memory.
            Unavailable: as `costs`, or a bill was replaced meanwhile.
        """
        check_days(days)
        check_of_items(filters)
        with ExitStack() as held:
            held.callback(self._turns.take())
            ruled = await self._rules.put_into_filters(caller, filters)
            pinned = await self._bills.pin(caller, days, sources)
            statement = await asyncio.to_thread(focus_statement, days, ruled)
            files = await self._bills.files(pinned, statement)
            about = (*lines_facts(days, filters, sources), *known_facts(known(pinned, days)))
            batches = await asyncio.to_thread(self._open, statement, files, held)
            await self._tell(caller, "line_items", form, days)
            sheet = Sheet("Lines", FOCUS, batches, about)
            return export(sheet, form, _span(days), held.pop_all())

    def _open(
        self, statement: Select[Any], files: Files, held: ExitStack
    ) -> Iterator[pa.RecordBatch]:
        """Begins to read: what cannot be answered is known before anything is sent."""
        if not all(files.values()):
            return iter(())
        read = held.enter_context(self._engine.batches(statement, files, ROWS))
        batches = (batch.cast(FOCUS) for batch in read)
        held.callback(read.close)
        try:
            first = next(batches, None)
        except TooMuchError:
            raise QuestionTooLarge from None
        return chain(() if first is None else (first,), batches)

    async def _tell(self, caller: Caller, noun: ExportedNoun, form: Format, days: Days) -> None:
        async with self._database.transaction(caller) as tx:
            event = CostsExported(
                organization_id=tx.organization_id,
                what=noun,
                format=form,
                start=days.start,
                end=days.end,
            )
            tx.publish(event)


def _span(days: Days) -> str:
    return f"{days.start}_{days.end}"
