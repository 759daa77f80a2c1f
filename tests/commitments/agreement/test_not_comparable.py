"""Bills of other clouds: what they do not tell is said, not passed over."""

from datetime import UTC, datetime

import pytest
from tests.commitments.conftest import ARecord, Record, RecordsOf

from finops_commitments.agreement.domain import NotComparable, Reason, agreements, not_comparable
from finops_commitments.agreement.rebuilt import Payer

OCTOBER = datetime(2026, 10, 1, tzinfo=UTC)
COVERED = {"pricing_category": "Committed", "commitment_status": "Used"}
RESERVATION: Record = COVERED | {
    "provider": "Microsoft",
    "charge_span": "day",
    "commitment_id": "/providers/Microsoft.Capacity/reservationOrders/1/reservations/2",
    "commitment_category": "Usage",
}
CREDITED: Record = COVERED | {
    "provider": "Google Cloud",
    "payer_account_id": "0X-1",
    "commitment_id": "Committed use discount",
    "commitment_category": "Usage",
}
PLAN: Record = COVERED | {
    "payer_account_id": "999999999999",
    "commitment_id": "arn:aws:savingsplans::999999999999:savingsplan/one",
    "commitment_type": "ComputeSavingsPlans",
    "commitment_category": "Spend",
    "usage_quantity": "10",
    "list_cost": "1",
    "effective_cost": "0.6",
    "commitment_quantity": "0.6",
}


@pytest.mark.req("COM-12", part="Azure and GCP: not comparable, with the reason")
def test_bills_that_do_not_tell_enough_are_named_with_the_reason(
    a_record: ARecord, records_of: RecordsOf
) -> None:
    on_demand = {"provider": "Microsoft", "charge_span": "day", "payer_account_id": "free"}
    rows = [a_record(**each) for each in (RESERVATION, CREDITED, PLAN, on_demand)]

    records = records_of(rows)

    assert not_comparable(records, OCTOBER) == [
        NotComparable(Payer("0X-1", "USD"), "Google Cloud", Reason.COMMITMENT_NOT_NAMED),
        NotComparable(Payer("111111111111", "USD"), "Microsoft", Reason.DAILY_LINES),
    ]
    assert list(agreements(records, OCTOBER)) == [Payer("999999999999", "USD")]
    assert not_comparable(records, OCTOBER.replace(month=9)) == []
