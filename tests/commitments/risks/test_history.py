"""What records tell of a commitment's days."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.commitments.conftest import ARecord, RecordsOf

from finops_commitments.inventory.domain import Commitment, Kind
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
