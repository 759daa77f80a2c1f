"""What commitments do on an average day, as far as bills tell."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.commitments.conftest import ARecord, Record, RecordsOf

from finops_commitments.figures.domain import EXACT
from finops_commitments.inventory.billed import daily_uses, eligible_a_day
from finops_commitments.inventory.domain import Commitment, DailyUse, use_of

OCTOBER = datetime(2026, 10, 1, tzinfo=UTC)
PLAN = "arn:aws:savingsplans::111111111111:savingsplan/csp-01"


def covered(a_record: ARecord, days: int, **fields: Any) -> list[Record]:  # noqa: ANN401 -- the record's own
    """So many days, each with 24 of usage that the plan covered for 12."""
    used = {"commitment_id": PLAN, "commitment_status": "Used", "pricing_category": "Committed"}
    costs = {"list_cost": "24", "effective_cost": "12", "contracted_cost": "24"}
    return [
        a_record(hour=OCTOBER + timedelta(days=day), **(used | costs | fields))
        for day in range(days)
    ]


@pytest.mark.req("COM-3", part="an average day of the days that are known")
def test_younger_records_are_spread_over_the_days_they_tell_of(
    a_record: ARecord, records_of: RecordsOf
) -> None:
    records = records_of(covered(a_record, 10))
    half = OCTOBER + timedelta(days=9, hours=12)

    use = daily_uses(records, OCTOBER - timedelta(days=20), OCTOBER + timedelta(days=11))
    today = daily_uses(records, OCTOBER - timedelta(days=20), half)
    eligible = eligible_a_day(records, OCTOBER - timedelta(days=20), OCTOBER + timedelta(days=11))

    assert use["USD", PLAN] == DailyUse(covered=Decimal(24), amortised=Decimal(12))
    assert today["USD", PLAN].covered == EXACT.divide(Decimal(240), Decimal("9.5"))
    assert eligible == {"USD": 24}


@pytest.mark.req("COM-3", part="an average day of the days that are known")
def test_each_payers_days_are_its_own(a_record: ARecord, records_of: RecordsOf) -> None:
    other = {"payer_account_id": "999999999999", "commitment_id": "another"}
    records = records_of([*covered(a_record, 10), *covered(a_record, 2, **other)])

    uses = daily_uses(records, OCTOBER, OCTOBER + timedelta(days=30))

    assert [uses["USD", name].covered for name in (PLAN, "another")] == [24, 24]
    assert eligible_a_day(records, OCTOBER, OCTOBER + timedelta(days=30)) == {"USD": 48}


@pytest.mark.req("COM-3", part="currencies are never mixed")
def test_a_commitment_billed_in_two_currencies_has_a_use_in_each(
    a_record: ARecord, records_of: RecordsOf
) -> None:
    won = {"currency": "KRW", "list_cost": "9000", "effective_cost": "5000"}
    records = records_of([*covered(a_record, 2), *covered(a_record, 2, **won)])
    held = [Commitment(PLAN, "AWS", currency=each) for each in ("USD", "KRW")]

    uses = daily_uses(records, OCTOBER, OCTOBER + timedelta(days=2))

    assert [use_of(each, uses) for each in held] == [
        DailyUse(Decimal(24), Decimal(12)),
        DailyUse(Decimal(9000), Decimal(5000)),
    ]
