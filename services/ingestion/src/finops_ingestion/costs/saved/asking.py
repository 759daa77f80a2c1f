"""From a saved question to the one that costs answer."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import Any

from finops_common.errors.problem import InvalidInput
from finops_ingestion.costs.domain import AskedCosts, Question
from finops_ingestion.costs.filters import asked_filters, dimensions_asked
from finops_ingestion.costs.router import compared_days
from finops_ingestion.costs.saved.schemas import SavedFilters, SavedQuestion


async def asked_on(today: date, saved: SavedQuestion) -> AskedCosts:
    """What the saved question means on a day, UTC. Raises InvalidInput as the cost query does."""
    days = saved.days.on(today)
    filters = {name: getattr(saved, name) for name in SavedFilters.model_fields}
    question = Question(
        days=days,
        metric=saved.metric,
        granularity=saved.granularity,
        by=dimensions_asked(saved.by or ()),
        filters=await asked_filters(**filters),
        currency=saved.currency,
        top=saved.top,
        against=await compared_days(days, saved.compare, saved.compare_start, saved.compare_end),
    )
    return AskedCosts(question, tuple(saved.source or ()), saved.convert_to)


def body_of(saved: SavedQuestion) -> dict[str, Any]:
    """What is kept of it; defaults too, so that it means the same when they are others."""
    return saved.model_dump(mode="json", by_alias=True, exclude_none=True)


def question_in(body: Mapping[str, Any]) -> SavedQuestion:
    """The question that `body_of` has kept."""
    return SavedQuestion.model_validate(body)


@contextmanager
def within(place: str) -> Iterator[None]:
    """What is wrong with a query's parameters is told of the fields of a saved one."""
    try:
        yield
    except InvalidInput as problem:
        errors = (replace(each, field=_field(place, each.field)) for each in problem.errors)
        raise InvalidInput(errors=tuple(errors)) from None


def _field(place: str, parameter: str) -> str:
    name = parameter.removeprefix("query.")
    return f"{place}.days" if name == "end" else f"{place}.{name}"
