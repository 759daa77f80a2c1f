"""Policies on a payer's own records."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from tests.commitments.conftest import ARecord, Record, RecordsOf

from finops_commitments.backtest.own import OwnBacktest, backtest
from finops_commitments.backtest.policies import POLICIES
from finops_commitments.figures.records import HourlyRecords
from finops_commitments.offers.domain import PaymentOption, Terms
from finops_commitments.offers.packing import packed
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.recommendations.advice import Family
from finops_common.contracts.ingestion_offers import SavingsPlanRate
from finops_common.ids import new_id

START = datetime(2026, 1, 1, tzinfo=UTC)
PAYER = "111111111111"
TERMS = Terms(1, PaymentOption.NO_UPFRONT)
DAYS = 152
"""Enough for two starts."""


def usage(a_record: ARecord, days: int, cost: str = "10", **known: object) -> Iterator[Record]:
    """The same in every hour, at 0.1 a unit."""
    quantity = str(Decimal(cost) * 10)
    for hour in range(days * 24):
        at = START + timedelta(hours=hour)
        yield a_record(hour=at, list_cost=cost, usage_quantity=quantity, **known)


def prices(**rates: str) -> StoredPrices:
    """Committed rates by instance size of m5."""
    rows = [
        SavingsPlanRate(
            plan_type="Compute",
            term_months=12,
            payment_option="No Upfront",
            region="us-east-1",
            usage_type=f"BoxUsage:m5.{size}",
            operation=None,
            rate=Decimal(rate),
            currency="USD",
        )
        for size, rate in rates.items()
    ]
    return StoredPrices("AWS", PAYER, new_id(), START, packed(rows))


def backtested(records: HourlyRecords, offered: StoredPrices, days: int) -> OwnBacktest | None:
    until = START + timedelta(days=days)
    since = START - timedelta(days=100)
    return backtest(records, offered, Family(PAYER, "USD"), TERMS, since, until)


@pytest.mark.req("COM-43", part="on the organization's own history")
def test_steady_usage_saves_providers_all_and_ours_most_of_it(
    a_record: ARecord, records_of: RecordsOf
) -> None:
    records = records_of([*usage(a_record, DAYS)])

    own = backtested(records, prices(large="0.06"), DAYS)

    assert own is not None
    assert own.known_hours == DAYS * 24
    first, second = own.starts
    assert first.at == START + timedelta(days=30)
    assert second.at == first.at + timedelta(hours=730)
    assert (first.hours, second.hours) == (122 * 24, 122 * 24 - 730)
    for policy in ("provider_30_days", "provider_60_days"):
        found = own.monthly_savings(policy)
        assert [found.mean, found.p10, found.worst] == pytest.approx([2920] * 3)
        shares = own.shares(policy)
        assert shares is not None
        assert shares.worst == pytest.approx(1)
    assert own.monthly_savings("0.8_x_30_days").mean == pytest.approx(0.8 * 2920)
    assert 0.8 * 2920 < own.monthly_savings("ours").worst < 0.88 * 2920
    assert own.buys_now == pytest.approx(
        {"ours": 2.64, "provider_30_days": 6, "provider_60_days": 6, "0.8_x_30_days": 4.8}
    )


@pytest.mark.req("COM-43", part="a history that is too short says so")
@pytest.mark.parametrize(("days", "starts"), [(119, 0), (120, 1), (150, 1), (151, 2)])
def test_a_month_before_and_a_quarter_after_are_needed(
    days: int, starts: int, a_record: ARecord, records_of: RecordsOf
) -> None:
    own = backtested(records_of([*usage(a_record, days)]), prices(large="0.06"), days)

    assert own is not None
    assert (own.known_hours, len(own.starts)) == (days * 24, starts)


@pytest.mark.req("COM-43", part="on the organization's own history")
def test_only_what_is_used_uncovered_and_offered_counts(
    a_record: ARecord, records_of: RecordsOf
) -> None:
    large = usage(a_record, DAYS)
    xlarge = usage(a_record, DAYS, "20", usage_type="BoxUsage:m5.xlarge", instance_type="m5.xlarge")
    unpriced = usage(a_record, DAYS, "40", usage_type="BoxUsage:m5.metal", instance_type="m5.metal")
    others = usage(a_record, DAYS, "80", payer_account_id="222222222222")
    covered = usage(a_record, DAYS, "160", commitment_status="Used", pricing_category="Committed")
    records = records_of([*large, *xlarge, *unpriced, *others, *covered])

    own = backtested(records, prices(large="0.06", xlarge="0.09"), DAYS)

    assert own is not None
    outcome = own.starts[0].outcomes["provider_30_days"]
    assert outcome.demand == pytest.approx(30 * own.starts[0].hours)
    assert outcome.saved == pytest.approx((4 + 2) * own.starts[0].hours)


def test_a_fall_stops_ours_and_costs_who_bought_before(
    a_record: ARecord, records_of: RecordsOf
) -> None:
    fallen = DAYS - 5
    whole = usage(a_record, DAYS, "4")
    gone = usage(a_record, fallen, "6", operation="RunInstances:0002")

    own = backtested(records_of([*whole, *gone]), prices(large="0.06"), DAYS)

    assert own is not None
    assert (own.in_fall, own.in_spike) == (True, False)
    assert own.buys_now["ours"] == 0
    assert own.buys_now["provider_30_days"] == pytest.approx(6)


def test_without_an_offer_for_what_is_used_there_is_nothing_to_test(
    a_record: ARecord, records_of: RecordsOf
) -> None:
    records = records_of([*usage(a_record, 1)])

    assert backtested(records, prices(metal="0.06"), 1) is None
    assert backtested(records, prices(), 1) is None
    assert backtested(records_of([*usage(a_record, 1, "0")]), prices(large="0.06"), 1) is None
    assert len(POLICIES) == 4
