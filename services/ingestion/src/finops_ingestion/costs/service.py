"""Answers cost queries from the revisions that stand at one instant."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from finops_common.auth.caller import Caller
from finops_common.errors.problem import FieldError, InvalidInput
from finops_ingestion.costs.currencies.service import RateService
from finops_ingestion.costs.domain import (
    EARLIEST,
    LATEST,
    LONGEST_BY_HOUR,
    OF_RECORDS,
    Costs,
    Days,
    Filter,
    Known,
    Question,
)
from finops_ingestion.costs.groups.applying import GroupRules
from finops_ingestion.costs.query import costs_of, costs_statement
from finops_ingestion.costs.reading import StandingBills, known


class CostService:
    """The use cases of cost queries."""

    def __init__(self, bills: StandingBills, rules: GroupRules, rates: RateService) -> None:
        self._bills = bills
        self._rules = rules
        self._rates = rates

    async def ask(
        self,
        caller: Caller,
        question: Question,
        sources: Sequence[UUID] = (),
        into: str | None = None,
    ) -> tuple[Question, Costs, Known]:
        """The organization's costs, and the question as it was understood.

        `sources` leaves out all other billing sources. `into` is the currency to answer in: costs
        of a day are converted by the rate of that day, those without one stay as they are.

        Raises:
            InvalidInput: no days in a range, too many of them by the hour, or dimensions
                that no file has together.
        """
        question = await self._rules.put_into(caller, question)
        _check(question)
        question = await self._rates.convert(caller, question, into)
        pinned = await self._bills.pin(caller, question.span, sources)
        statement = await asyncio.to_thread(costs_statement, question)
        rows = await self._bills.rows(pinned, statement)
        return question, costs_of(question, rows), known(pinned, question.days)

    async def check(self, caller: Caller, question: Question) -> None:
        """Raises InvalidInput as `ask` does; reads no bills."""
        _check(await self._rules.put_into(caller, question))


def check_days(days: Days, name: str = "end") -> None:
    """Raises InvalidInput where there are none, or some that no bill can be of."""
    if days.count < 1:
        raise wrong(name, "must be after start")
    if days.start < EARLIEST or days.end > LATEST:
        raise wrong(name, f"days are from {EARLIEST} until {LATEST}")


def check_dimensions(question: Question) -> None:
    """Raises InvalidInput for a dimension named twice, or two that stand in no file together."""
    if len(set(question.by)) < len(question.by):
        raise wrong("by", "names a dimension twice")
    of_records = sorted({each.kind for each in question.dimensions} & OF_RECORDS)
    if of_records and any(each.of_items for each in question.dimensions):
        told = (
            f"{of_records[0]} does not go together with tags, cost categories and resources,"
            " nor with cost groups whose rules name them"
        )
        raise wrong("by", told)


def check_of_items(filters: Sequence[Filter]) -> None:
    """Raises InvalidInput for a filter on what line items do not say."""
    for each in filters:
        if each.dimension.kind in OF_RECORDS:
            raise wrong(each.dimension.kind, "is not known of single lines")


def wrong(name: str, message: str) -> InvalidInput:
    """What to answer to a query parameter."""
    return InvalidInput(errors=(FieldError(f"query.{name}", "value_error", message),))


def _check(question: Question) -> None:
    check_days(question.days)
    if question.against is not None:
        check_days(question.against, "compare_end")
    longest = max(days.count for days in (question.days, question.against) if days)
    if question.granularity == "hour" and longest > LONGEST_BY_HOUR:
        raise wrong("granularity", f"hour is for at most {LONGEST_BY_HOUR} days")
    check_dimensions(question)
