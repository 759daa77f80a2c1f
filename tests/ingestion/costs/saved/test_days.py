"""Relative days, on whatever day they are asked for; and that a saved question is the route's."""

import inspect
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from finops_ingestion.costs import router
from finops_ingestion.costs.domain import Days
from finops_ingestion.costs.filters import asked_filters
from finops_ingestion.costs.saved.asking import body_of, question_in
from finops_ingestion.costs.saved.domain import last_days, last_months, this_month
from finops_ingestion.costs.saved.schemas import AskedDays, SavedFilters, SavedQuestion

TODAYS = st.dates(date(2020, 1, 1), date(2099, 12, 31))
RELATIVE = st.one_of(
    st.builds(lambda n: {"kind": "last_days", "count": n}, st.integers(1, 1100)),
    st.builds(lambda n: {"kind": "last_months", "count": n}, st.integers(1, 36)),
    st.just({"kind": "this_month"}),
)


@pytest.mark.req("ING-31", part="relative days of saved queries")
@given(TODAYS, RELATIVE)
def test_relative_days_are_never_none_and_never_of_the_future(
    today: date, told: dict[str, object]
) -> None:
    wanted = TypeAdapter[object](AskedDays).validate_python(told)

    days = wanted.on(today)  # type: ignore[attr-defined] # one of the four kinds

    assert days.count >= 1
    assert days.end <= today + timedelta(days=1)


@pytest.mark.req("ING-31", part="relative days of saved queries")
@given(TODAYS)
def test_last_month_and_this_one_meet_without_gap(today: date) -> None:
    before, now = last_months(today, 1), this_month(today)

    assert before.end == now.start
    assert before.start.day == now.start.day == 1
    assert now.end - timedelta(days=1) == today


@pytest.mark.req("ING-31", part="relative days at month ends")
def test_relative_days_at_the_ends_of_months() -> None:
    first, leap, year_end = date(2026, 3, 1), date(2028, 2, 29), date(2026, 12, 31)

    assert this_month(first) == Days(first, date(2026, 3, 2))
    assert last_months(first, 1) == Days(date(2026, 2, 1), first)
    assert last_months(date(2026, 1, 31), 2) == Days(date(2025, 11, 1), date(2026, 1, 1))
    assert this_month(leap) == Days(date(2028, 2, 1), date(2028, 3, 1))
    assert this_month(year_end) == Days(date(2026, 12, 1), date(2027, 1, 1))
    assert last_days(date(2026, 3, 31), 31) == Days(date(2026, 2, 28), date(2026, 3, 31))


@pytest.mark.req("ING-31", part="a saved query asks what the cost query asks")
def test_a_saved_question_has_the_parameters_of_the_cost_query() -> None:
    def annotations(function: object) -> dict[str, object]:
        parameters = inspect.signature(function).parameters  # type: ignore[arg-type] # any callable
        return {name: each.annotation for name, each in parameters.items()}

    asked = annotations(router.asked_costs) | annotations(router.compared_days)
    others = {"days", "against", "filters"}
    kept = SavedQuestion.__annotations__

    assert SavedFilters.__annotations__ == annotations(asked_filters)
    assert {name: kept[name] for name in asked if name not in others} == {
        name: each for name, each in asked.items() if name not in others
    }


def test_what_is_kept_of_a_question_is_the_question() -> None:
    question = SavedQuestion.model_validate(
        {
            "days": {"kind": "last_months"},
            "by": ["service", "tag:team"],
            "service": ["AmazonEC2", ""],
            "not": ["region:us-east-1"],
            "source": ["00000000-0000-0000-0000-000000000007"],
            "compare": "previous",
        }
    )

    assert question_in(body_of(question)) == question
    assert body_of(question)["not"] == ["region:us-east-1"]
