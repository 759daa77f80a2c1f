"""What planned changes do to a forecast."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from finops_commitments.planned_changes.domain import Draft, Place, PlannedChange, applied
from finops_common.ids import new_id

SINCE = datetime(2026, 10, 1, tzinfo=UTC)
EC2 = Place("AmazonEC2", "us-east-1", "111111111111", "m5")
LAMBDA = Place("AWSLambda", "us-east-1", "111111111111")
ABROAD = replace(EC2, region="eu-west-1")
PLACES = [EC2, LAMBDA, ABROAD]


def a_change(share: str, confidence: str = "100", **known: Any) -> PlannedChange:  # noqa: ANN401 - the model's own types
    facts: dict[str, Any] = {"place": Place(), "starts_on": date(2026, 10, 2), "name": "a change"}
    draft = Draft(
        kind="other",
        share_percent=Decimal(share),
        confidence_percent=Decimal(confidence),
        **facts | known,
    )
    return PlannedChange(new_id(), draft, 1, new_id(), SINCE, SINCE)


@pytest.mark.req("COM-33", part="scope: service, region, account, family")
@pytest.mark.parametrize(
    ("place", "ended"),
    [
        (Place(), [0, 1, 2]),
        (Place(service="AmazonEC2"), [0, 2]),
        (Place(region="us-east-1"), [0, 1]),
        (Place(service="AmazonEC2", region="us-east-1"), [0]),
        (Place(account_id="111111111111"), [0, 1, 2]),
        (Place(account_id="222222222222"), []),
        (Place(family="m5"), [0, 2]),
    ],
)
def test_a_shutdown_ends_the_usage_of_its_scope_from_its_day_on(
    place: Place, ended: list[int]
) -> None:
    demand = np.ones((3, 48))
    change = a_change("-100", place=place)

    found = applied(demand, PLACES, SINCE, [change])

    assert (found.demand[:, :24] == 1).all()
    assert [row for row in range(3) if (found.demand[row, 24:] == 0).all()] == ended
    assert found.demand.sum() == 3 * 48 - 24 * len(ended)
    assert found.used == ((change.id,) if ended else ())
    assert (demand == 1).all()


@pytest.mark.req("COM-33", part="share and confidence")
def test_changes_are_weighed_by_confidence_and_multiply() -> None:
    doubled = a_change("100", confidence="50")
    shrunk = a_change("-20", starts_on=date(2026, 9, 1))

    found = applied(np.full((1, 48), 10.0), [EC2], SINCE, [doubled, shrunk])

    assert found.demand[0, [0, 23, 24, 47]] == pytest.approx([8, 8, 12, 12])
    assert found.used == (doubled.id, shrunk.id)


@pytest.mark.req("COM-33", part="a forecast says what it used")
def test_only_changes_that_altered_the_forecast_are_said_to_be_used() -> None:
    later = a_change("-50", starts_on=date(2026, 10, 3))
    nothing = a_change("0")
    unsure = a_change("-50", confidence="0")
    launch = a_change("100", place=Place(region="eu-west-1"))
    demand = np.vstack([np.ones(48), np.zeros(48)])

    found = applied(demand, [EC2, ABROAD], SINCE, [later, nothing, unsure, launch])

    assert found.used == ()
    assert (found.demand == demand).all()


@pytest.mark.req("COM-33", part="from the date on, at whatever hour a forecast begins")
def test_a_forecast_that_begins_within_an_hour_changes_with_the_next_whole_one() -> None:
    begun = datetime(2026, 10, 1, 22, 30, tzinfo=UTC)

    found = applied(np.ones((1, 4)), [EC2], begun, [a_change("-100")])

    assert found.demand.tolist() == [[1, 1, 0, 0]]


def test_every_class_needs_its_place() -> None:
    with pytest.raises(ValueError, match="1 places for 2 classes"):
        applied(np.ones((2, 4)), [EC2], SINCE, [])
