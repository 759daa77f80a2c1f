"""What records tell of a commitment's days."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.commitments.conftest import ARecord, RecordsOf

from finops_commitments.inventory.domain import Commitment, Kind
from finops_commitments.risks.causes import Cause, cause
from finops_commitments.risks.history import history

UNTIL = datetime(2026, 10, 31, tzinfo=UTC)
DAY = timedelta(days=1)
PAYER = "111111111111"
PLAN = f"arn:aws:savingsplans::{PAYER}:savingsplan/one"


def a_plan() -> Commitment:
    return Commitment(
        id=PLAN,
        provider="AWS",
        payer_account_id=PAYER,
        owner_account_id=PAYER,
        currency="USD",
        type="ComputeSavingsPlans",
        kind=Kind.SPEND,
    )


def used(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - the record's own types
    return {
        "commitment_id": PLAN,
        "commitment_status": "Used",
        "commitment_category": "Spend",
        "pricing_category": "Committed",
        "list_cost": "48",
        "effective_cost": "24",
        **more,
    }


@pytest.mark.req("COM-30", part="days before the first bill are not days without use")
def test_days_count_from_the_payer_s_first_bill_on(
    a_record: ARecord, records_of: RecordsOf
) -> None:
    rows = [a_record(**used(hour=UNTIL - DAY * ago)) for ago in (1, 2, 3)]

    past = history(records_of(rows), UNTIL - 42 * DAY, UNTIL)

    assert [each.used for each in past.days(a_plan())] == [24, 24, 24]


@pytest.mark.req("COM-30", part="a fee that is not spread over what was used tells nothing")
def test_a_fee_that_stands_for_itself_tells_no_day(
    a_record: ARecord, records_of: RecordsOf
) -> None:
    rows = [
        a_record(**used(hour=UNTIL - DAY * ago, charge_kind="unspread_commitment_fee"))
        for ago in range(1, 40)
    ]

    past = history(records_of(rows), UNTIL - 42 * DAY, UNTIL)

    assert past.days(a_plan()) == []


def serverless(ago: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - the record's own types
    """A day of Fargate in one account, 48 vCPU hours of it under the plan."""
    fargate = {
        "service": "AmazonECS",
        "usage_type": "Fargate-vCPU-Hours:perCPU",
        "product_family": "Compute",
        "instance_type": None,
        "usage_quantity": "48",
        "usage_unit": "vCPU-Hours",
    }
    return used(hour=UNTIL - DAY * ago, **(fargate | more))


ON_DEMAND: dict[str, Any] = {
    "commitment_id": None,
    "commitment_status": None,
    "commitment_category": None,
    "pricing_category": "Standard",
}
ABROAD = ON_DEMAND | {"region": "eu-west-1"}
CHEAPER = {"list_cost": "30", "effective_cost": "15"}
OTHERS = {"commitment_id": PLAN.replace("one", "two")}


@pytest.mark.req("COM-30", part="cause: usage that is not counted in running hours")
@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ([], Cause.SHUT_DOWN),
        ([{"usage_quantity": "12", "list_cost": "12", "effective_cost": "6"}], Cause.SHUT_DOWN),
        ([ABROAD], Cause.MOVED_REGION),
        ([OTHERS], Cause.DISPLACED),
        ([CHEAPER], Cause.PRICE_CUT),
        ([{}], None),
    ],
)
def test_serverless_usage_is_shut_down_moves_and_gets_cheaper_too(
    later: list[dict[str, Any]],
    expected: Cause | None,
    a_record: ARecord,
    records_of: RecordsOf,
) -> None:
    rows = [a_record(**serverless(ago)) for ago in range(29, 43)]
    rows += [a_record(**serverless(ago, **each)) for ago in range(1, 15) for each in later]

    past = history(records_of(rows), UNTIL - 42 * DAY, UNTIL)

    assert cause(*past.places(a_plan())) is expected


@pytest.mark.req("COM-30", part="cause: another size of a family runs as much")
def test_half_as_many_instances_of_twice_the_size_are_not_a_shut_down(
    a_record: ARecord, records_of: RecordsOf
) -> None:
    bigger = {"usage_type": "BoxUsage:m5.xlarge", "usage_quantity": "24", **OTHERS}
    rows = [
        *(a_record(**used(hour=UNTIL - DAY * ago, usage_quantity="48")) for ago in range(29, 43)),
        *(a_record(**used(hour=UNTIL - DAY * ago, **bigger)) for ago in range(1, 15)),
    ]

    past = history(records_of(rows), UNTIL - 42 * DAY, UNTIL)

    assert cause(*past.places(a_plan())) is Cause.DISPLACED
