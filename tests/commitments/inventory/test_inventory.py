"""The inventory as a bill shows it, merged with what the provider lists."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from finops_commitments.figures.records import HourlyRecords
from finops_commitments.inventory.billed import commitments_in_bill, daily_uses
from finops_commitments.inventory.domain import (
    Commitment,
    DailyUse,
    Kind,
    MissingInBill,
    MissingInInventory,
    Severity,
    Source,
    differences,
    expiring,
    marked,
    merged,
)
from finops_commitments.inventory.listing import items

OCTOBER, NOVEMBER = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
PLAN = "arn:aws:savingsplans::111111111111:savingsplan/csp-01"


@pytest.fixture
def golden(
    records_of: Callable[[Sequence[dict[str, Any]]], HourlyRecords],
    golden_rows: list[dict[str, Any]],
) -> HourlyRecords:
    return records_of(golden_rows)


def a_commitment(id: str = PLAN, **known: Any) -> Commitment:  # noqa: A002, ANN401 -- the model's own names and types
    return marked(Commitment(id=id, provider="AWS", **known), Source.PROVIDER)


@pytest.mark.req("COM-1", part="AWS, as a bill shows it")
def test_a_savings_plan_is_read_from_its_fees(golden: HourlyRecords) -> None:
    (plan,) = (each for each in commitments_in_bill(golden) if each.id == PLAN)

    assert plan.kind is Kind.SPEND
    assert plan.type == "ComputeSavingsPlans"
    assert plan.owner_account_id == "111111111111"
    assert [plan.hourly_amount, plan.recurring_hourly, plan.upfront] == [50, 25, 219000]
    assert [plan.quantity, plan.term_years, plan.ends_at] == [None, None, None]
    assert plan.sources["hourly_amount"] is Source.BILL
    assert "ends_at" not in plan.sources


@pytest.mark.req("COM-1", part="AWS, as a bill shows it")
def test_a_reservation_is_counted_from_its_month_fee(golden: HourlyRecords) -> None:
    (reservation,) = (e for e in commitments_in_bill(golden) if e.kind is Kind.CAPACITY)

    assert reservation.scope is not None
    assert reservation.scope.instance_type == "r5.4xlarge"
    assert [reservation.quantity, reservation.unit] == [2, "Hours"]
    assert reservation.recurring_hourly == Decimal("1.24")
    assert reservation.upfront is None


@pytest.mark.req("COM-2", part="the source of each field is shown")
def test_the_providers_word_wins_and_the_bill_fills_the_gaps(golden: HourlyRecords) -> None:
    billed = commitments_in_bill(golden)[1]
    listed = a_commitment(term_years=1, hourly_amount=Decimal(51))

    whole = merged(listed, billed)

    assert [whole.hourly_amount, whole.upfront, whole.term_years] == [51, 219000, 1]
    assert whole.sources["hourly_amount"] is Source.PROVIDER
    assert whole.sources["upfront"] is Source.BILL
    assert "starts_at" not in whole.sources
    with pytest.raises(ValueError, match="is not"):
        merged(a_commitment("other"), billed)


@pytest.mark.req("COM-2", part="missing on either side is a finding")
def test_what_only_one_side_knows_is_found(golden: HourlyRecords) -> None:
    billed = commitments_in_bill(golden)
    known = [a_commitment(each.id) for each in billed[1:]]
    ended = a_commitment("ended", ends_at=OCTOBER)
    later = a_commitment("later", starts_at=NOVEMBER)
    silent = a_commitment("silent", starts_at=OCTOBER, ends_at=NOVEMBER)

    found = differences([*known, ended, later, silent], billed, OCTOBER, NOVEMBER)

    assert found == [MissingInInventory(billed[0].id), MissingInBill("silent")]


@pytest.mark.req("COM-3", part="expiring within 30 days, with severity and cost")
@pytest.mark.parametrize(
    ("left", "severity", "days"),
    [
        (timedelta(hours=1), Severity.CRITICAL, 0),
        (timedelta(days=7), Severity.CRITICAL, 7),
        (timedelta(days=14), Severity.HIGH, 14),
        (timedelta(days=30), Severity.MEDIUM, 30),
        (timedelta(days=30, seconds=1), None, None),
        (timedelta(0), None, None),
        (timedelta(days=-1), None, None),
    ],
)
def test_a_commitment_is_flagged_in_its_last_thirty_days(
    left: timedelta, severity: Severity | None, days: int | None
) -> None:
    use = DailyUse(covered=Decimal(10), amortised=Decimal(6))

    found = expiring(
        [a_commitment(currency="USD", ends_at=OCTOBER + left)], OCTOBER, {("USD", PLAN): use}
    )

    assert [(each.severity, each.expires_in_days) for each in found] == (
        [] if severity is None else [(severity, days)]
    )
    assert all(each.use is not None and each.use.extra_cost == 4 for each in found)


def test_a_commitment_without_an_end_is_not_said_to_expire() -> None:
    assert expiring([a_commitment()], OCTOBER, {}) == []


def test_daily_use_is_what_the_one_day_that_is_known_covered(golden: HourlyRecords) -> None:
    uses = daily_uses(golden, OCTOBER, OCTOBER + timedelta(days=2))

    assert uses["USD", PLAN].covered == Decimal("59.1")
    assert uses["USD", PLAN].amortised == 50
    assert uses["USD", PLAN].extra_cost == Decimal("9.1")


@pytest.mark.req("COM-3", part="what was returned runs no more, whatever its end")
@pytest.mark.parametrize(
    ("state", "runs"),
    [(None, True), ("active", True), ("returned", False), ("payment-failed", False)],
)
def test_what_was_returned_is_not_active(state: str | None, runs: bool) -> None:
    at = datetime(2026, 10, 1, tzinfo=UTC)
    (item,) = items([a_commitment(state=state, ends_at=at + timedelta(days=9))], {}, at)

    assert item.active is runs
