"""Answers why some days cost other than others."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from anyio import to_thread

from finops_common.auth.caller import Caller
from finops_ingestion.costs.bridge.domain import Bridge, bridges
from finops_ingestion.costs.bridge.query import (
    MOST_ITEMS,
    items_statement,
    lines_of,
    present_statement,
)
from finops_ingestion.costs.domain import Days, Known, Question
from finops_ingestion.costs.groups.applying import GroupRules
from finops_ingestion.costs.problems import QuestionTooLarge
from finops_ingestion.costs.reading import StandingBills, known
from finops_ingestion.costs.service import check_days, check_dimensions


class BridgeService:
    """The use case of the bill bridge."""

    def __init__(
        self, bills: StandingBills, rules: GroupRules, most_items: int = MOST_ITEMS
    ) -> None:
        self._bills = bills
        self._rules = rules
        self._most_items = most_items

    async def ask(
        self, caller: Caller, question: Question, against: Days, sources: Sequence[UUID] = ()
    ) -> tuple[list[Bridge], Known]:
        """A bridge a currency, from the days compared with to those asked for.

        Raises:
            InvalidInput: no days in a range, or dimensions that no file has together.
            QuestionTooLarge: there are too many items.
        """
        check_days(question.days)
        check_days(against, "compare_end")
        question = await self._rules.put_into(caller, question)
        check_dimensions(question)
        span = replace(question, against=against).span
        pinned = await self._bills.pin(caller, span, sources)
        statement = await asyncio.to_thread(items_statement, question, against, self._most_items)
        rows = await self._bills.rows(pinned, statement)
        if len(rows) > self._most_items:
            raise QuestionTooLarge
        present = await self._bills.rows(pinned, present_statement(question.days))
        there = {row[0] for row in present}
        found = await to_thread.run_sync(lambda: bridges(lines_of(rows), there, question.top))
        return found, known(pinned, question.days)
