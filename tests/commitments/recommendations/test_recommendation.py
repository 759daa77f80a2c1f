"""From hourly records and offers to a recommended plan."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from finops_commitments.figures.domain import Group
from finops_commitments.figures.records import Filters, HourlyRecords
from finops_commitments.offers.domain import OfferRow, PaymentOption, Terms, UsageClass
from finops_commitments.recommendations.demand import residual_demand
from finops_commitments.recommendations.recommend import (
    recommend_compute_savings_plan,
)

Record = dict[str, Any]
RecordsOf = Callable[[Sequence[Record]], HourlyRecords]

TERMS = Terms(1, PaymentOption.NO_UPFRONT)
SINCE, UNTIL = datetime(2026, 10, 1, 0, tzinfo=UTC), datetime(2026, 10, 1, 4, tzinfo=UTC)
NEXT_DAY = date(2026, 10, 2)


def an_offer(service: str, usage_type: str, rate: str, dated: date = NEXT_DAY) -> OfferRow:
    return OfferRow(UsageClass(service, usage_type), Decimal(rate), TERMS, dated)


@pytest.mark.req("COM-40", part="existing plans are left as they are")
def test_the_golden_payers_uncovered_hour_is_sized_beside_its_plan(
    records_of: RecordsOf, golden_rows: list[Record]
) -> None:
    second = Filters(groups=((Group.PAYER, "222222222222"),))
    hour = datetime(2026, 10, 1, 2, tzinfo=UTC), datetime(2026, 10, 1, 3, tzinfo=UTC)
    offers = [
        an_offer("AmazonEC2", "BoxUsage:r5.4xlarge", "0.7"),
        an_offer("AmazonEC2", "DedicatedUsage:m5.24xlarge", "8.2"),
        an_offer("AmazonECS", "USW1-Fargate-vCPU-Hours:perCPU", "0.03"),
        an_offer("AmazonECS", "USW1-Fargate-GB-Hours", "0.003"),
        an_offer("AWSLambda", "USE2-Lambda-GB-Second", "0.00001275"),
    ]

    sizing = recommend_compute_savings_plan(records_of(golden_rows), offers, TERMS, *hour, second)

    assert sizing is not None
    # The first scenario's 46.925 that saves, less the 2.00 that is committed already.
    assert sizing.hourly_commitment == Decimal("44.925")
    assert sizing.coverage_before_percent is not None
    assert abs(sizing.coverage_before_percent - Decimal("4.85")) < Decimal("0.01")
    assert sizing.coverage_after_percent is not None
    assert abs(sizing.coverage_after_percent - 100) < Decimal("1e-9")
    assert any("AWSLambda USE2-Request: no offer row (0.2 " in each for each in sizing.left_out)


def test_hours_without_usage_are_hours_with_no_demand(
    records_of: RecordsOf, a_record: Callable[..., Record]
) -> None:
    records = records_of([a_record(list_cost="2", usage_quantity="4")])

    demand = residual_demand(records, SINCE, UNTIL)

    assert demand.cost.tolist() == [[0, 2, 0, 0]]
    assert demand.rates == (Decimal("0.5"),)


def test_usage_without_a_price_is_named_and_not_weighed(
    records_of: RecordsOf, a_record: Callable[..., Record]
) -> None:
    records = records_of(
        [
            a_record(list_cost=None, usage_quantity="1"),
            a_record(usage_type="BoxUsage:c5.large", list_cost="1", usage_quantity="1"),
        ]
    )
    offers = [
        an_offer("AmazonEC2", "BoxUsage:m5.large", "0.1"),
        an_offer("AmazonEC2", "BoxUsage:c5.large", "0.5", date(2026, 9, 1)),
    ]

    sizing = recommend_compute_savings_plan(records, offers, TERMS, SINCE, UNTIL)

    assert sizing is not None
    left_out = sizing.left_out
    assert "AmazonEC2 BoxUsage:m5.large: no public price (0 in the look-back)" in left_out
    assert "prices as old as 2026-09-01: too old to feed a purchase" in left_out


def test_without_any_offer_there_is_no_recommendation(
    records_of: RecordsOf, a_record: Callable[..., Record]
) -> None:
    records = records_of([a_record(list_cost="1", usage_quantity="1")])

    assert recommend_compute_savings_plan(records, [], TERMS, SINCE, UNTIL) is None


def test_two_currencies_are_refused(records_of: RecordsOf, a_record: Callable[..., Record]) -> None:
    priced = {"list_cost": "1", "usage_quantity": "1"}
    records = records_of([a_record(**priced), a_record(**priced, currency="KRW")])
    offers = [an_offer("AmazonEC2", "BoxUsage:m5.large", "0.5")]

    with pytest.raises(ValueError, match="one currency"):
        recommend_compute_savings_plan(records, offers, TERMS, SINCE, UNTIL)
