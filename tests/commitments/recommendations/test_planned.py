"""What planned changes make of the usage that plans are bought for."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from finops_commitments.figures.domain import Group
from finops_commitments.figures.records import Filters, HourlyRecords
from finops_commitments.offers.domain import UsageClass
from finops_commitments.planned_changes.domain import PlannedChange, Where
from finops_commitments.recommendations.planned import Reached, expected, reached

Record = dict[str, Any]
SINCE, UNTIL = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 12, 30, tzinfo=UTC)
HOURS = 90 * 24
M5 = UsageClass("AmazonEC2", "BoxUsage:m5.large")
STEADY = np.ones((1, HOURS))


def a_change(**known: Any) -> PlannedChange:  # noqa: ANN401 - the model's own types
    facts: dict[str, Any] = {
        "id": UUID(int=1),
        "name": "gone",
        "scope": Where(),
        "starts_on": date(2026, 12, 30),
        "share_percent": Decimal(-100),
        "confidence_percent": Decimal(100),
    }
    return PlannedChange(**facts | known)


def usage_left(*changes: tuple[PlannedChange, float], years: int = 1) -> float:
    """The part of the hours' usage that is expected; by how much of it a change reaches."""
    found, _ = expected(
        STEADY, [M5], UNTIL, [Reached(each, {M5: part}) for each, part in changes], years
    )
    return float(found.sum() / STEADY.sum())


@pytest.mark.req("COM-33", part="what goes counts for the part of the term in which it is gone")
@pytest.mark.parametrize(
    ("change", "part", "years", "left"),
    [
        ({}, 1.0, 1, 0.0),
        ({"starts_on": date(2027, 3, 13)}, 1.0, 1, 0.2),
        ({"starts_on": date(2027, 3, 13)}, 1.0, 3, 0.2 / 3),
        ({"starts_on": date(2028, 12, 30)}, 1.0, 1, 1.0),
        ({"confidence_percent": Decimal(40)}, 1.0, 1, 0.6),
        ({"share_percent": Decimal(-50)}, 0.5, 1, 0.75),
        ({}, 0.0, 1, 1.0),
    ],
)
def test_less_usage_counts_over_the_term(
    change: dict[str, Any], part: float, years: int, left: float
) -> None:
    assert usage_left((a_change(**change), part), years=years) == pytest.approx(left, abs=1e-4)


@pytest.mark.req("COM-33", part="what comes counts from its hour ahead on")
def test_more_usage_counts_once_it_is_there() -> None:
    launch = a_change(share_percent=Decimal(60), starts_on=date(2026, 12, 30) + timedelta(days=45))

    assert usage_left((launch, 1.0)) == pytest.approx(1.3)
    late = a_change(share_percent=Decimal(60), starts_on=date(2027, 6, 1))
    assert usage_left((late, 1.0)) == 1


def test_changes_are_independent_and_told_one_by_one() -> None:
    half = a_change(share_percent=Decimal(-50))
    twice = [Reached(half, {M5: 1.0}), Reached(half, {M5: 1.0})]

    found, told = expected(STEADY, [M5], UNTIL, twice, 1)

    assert found.sum() == HOURS / 4
    assert [each.monthly_usage_added for each in told] == [Decimal(-365), Decimal("-182.5")]
    assert STEADY.sum() == HOURS, "the argument stays as it was"


@pytest.fixture
def parts(
    records_of: Callable[[Sequence[Record]], HourlyRecords], a_record: Callable[..., Record]
) -> Callable[..., list[dict[UsageClass, float]]]:
    """Which part of each class the changes reach; usage of 3 in account one, 1 in two."""

    def build(*changes: PlannedChange) -> list[dict[UsageClass, float]]:
        known = {"list_cost": "3", "usage_quantity": "1", "hour": SINCE}
        rows = [
            a_record(**known, account_id="111111111111"),
            a_record(**known | {"list_cost": "1"}, account_id="222222222222"),
            a_record(**known, service="AWSLambda", usage_type="Lambda-GB-Second", family=None),
            a_record(**known, payer_account_id="999999999999", account_id="222222222222"),
        ]
        mine = Filters("USD", groups=((Group.PAYER, rows[0]["payer_account_id"]),))
        return [each.parts for each in reached(records_of(rows), changes, SINCE, UNTIL, mine)]

    return build


@pytest.mark.req("COM-33", part="advice: a change reaches the part of each class in its scope")
@pytest.mark.parametrize(
    ("scope", "m5", "gb"),
    [
        (Where(), 1.0, 1.0),
        (Where(account="222222222222"), 0.25, 0.0),
        (Where(service="AmazonEC2"), 1.0, 0.0),
        (Where(service="AmazonEC2", account="111111111111"), 0.75, 0.0),
        (Where(region="eu-west-3"), 0.0, 0.0),
    ],
)
def test_a_change_reaches_what_its_scope_names(
    parts: Callable[..., list[dict[UsageClass, float]]], scope: Where, m5: float, gb: float
) -> None:
    (found,) = parts(a_change(scope=scope))

    by_type = {each.usage_type: part for each, part in found.items()}
    assert by_type == {"BoxUsage:m5.large": m5, "Lambda-GB-Second": gb}


@pytest.mark.req("COM-33", part="advice: what has begun is read from the bill")
def test_what_has_begun_is_left_to_the_bill(
    parts: Callable[..., list[dict[UsageClass, float]]],
) -> None:
    begun = a_change(starts_on=date(2026, 12, 29))

    assert parts(begun) == []
    assert len(parts(begun, a_change())) == 1
