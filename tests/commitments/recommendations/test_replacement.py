"""What to buy when a commitment ends."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.commitments.conftest import ARecord, RecordsOf
from tests.commitments.recommendations.test_over_http import a_rate

from finops_commitments.inventory.domain import Commitment
from finops_commitments.offers.packing import Usage, compute_offers, packed
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.recommendations.recommend import recommend_compute_savings_plan
from finops_commitments.recommendations.replacement import Replacement, replacement
from finops_common.contracts.ingestion_offers import SavingsPlanRate
from finops_common.ids import new_id

PAYER = "111111111111"
PLAN = f"arn:aws:savingsplans::{PAYER}:savingsplan/ours"
UNTIL = datetime(2026, 10, 15, tzinfo=UTC)
Sized = Callable[..., Replacement]


def prices(*rates: SavingsPlanRate) -> StoredPrices:
    return StoredPrices("AWS", PAYER, new_id(), UNTIL, packed(rates))


def a_commitment(payment_option: str = "No Upfront") -> Commitment:
    return Commitment(
        PLAN, "AWS", payer_account_id=PAYER, currency="USD", payment_option=payment_option
    )


@pytest.fixture
def replaced(records_of: RecordsOf, a_record: ARecord) -> Sized:
    """Of a plan that covers these costs an hour, beside as much on demand and under others."""

    def of(
        *covered: str,
        rates: Sequence[SavingsPlanRate] | None = (),
        ended_ago: timedelta = timedelta(0),
        **commitment: Any,  # noqa: ANN401 - the commitment's own
    ) -> Replacement:
        rows = []
        for ago, cost in enumerate(covered, 1):
            usage = {"hour": UNTIL - ended_ago - timedelta(hours=ago), "usage_quantity": 10}
            plan = usage | {"pricing_category": "Committed", "commitment_status": "Used"}
            plan |= {"list_cost": cost, "effective_cost": "0.1", "commitment_category": "Spend"}
            rows += [
                a_record(**plan, commitment_id=PLAN),
                a_record(**plan, commitment_id=PLAN.replace("ours", "other")),
                a_record(**usage, list_cost="7"),
            ]
        known = None if rates is None else prices(*rates)
        return replacement(records_of(rows), known, a_commitment(**commitment), UNTIL)

    return of


@pytest.mark.req("COM-31", part="expiry with a sized replacement")
def test_the_plan_is_sized_for_what_the_commitment_covered_alone(replaced: Sized) -> None:
    found = replaced(*["1"] * 48, rates=[a_rate("0.06")])

    # Ten an hour at 0.06 in place of 0.1.
    assert found.facts == {
        "replacement": "plan",
        "replacement_offer": "Compute Savings Plan 1y No Upfront",
        "replacement_hourly": "0.6",
        "replacement_saves_a_month": "292",
    }


@pytest.mark.req("COM-31", part="expiry with a sized replacement")
def test_the_sizing_is_that_of_the_same_usage_on_demand(
    replaced: Sized, records_of: RecordsOf, a_record: ARecord
) -> None:
    costs = ["1", "3", "2", "0.5", "4", "1", "1", "2"]
    rows = [
        a_record(hour=UNTIL - timedelta(hours=ago), list_cost=cost, usage_quantity=10)
        for ago, cost in enumerate(costs, 1)
    ]
    rate = a_rate("0.06")

    found = replaced(*costs, rates=[rate]).sizing
    assert found is not None
    offers = compute_offers(
        packed([rate]), "USD", [Usage("AmazonEC2", "BoxUsage:m5.large")], UNTIL.date()
    )
    bought = recommend_compute_savings_plan(
        records_of(rows), offers, found.terms, UNTIL - timedelta(hours=8), UNTIL
    )

    assert bought is not None
    assert found.hourly_commitment == bought.hourly_commitment > 0
    assert found.monthly_savings == bought.monthly_savings


@pytest.mark.req("COM-31", part="expiry with a sized replacement: on its own terms")
def test_its_own_payment_option_is_taken_where_it_is_on_offer(replaced: Sized) -> None:
    rates = [
        a_rate("0.05", payment_option="All Upfront"),
        a_rate("0.06"),
        a_rate("0.04", term_months=36),
    ]

    def option(own: str) -> str:
        found = replaced(*["1"] * 24, rates=rates, payment_option=own)
        return found.facts["replacement_offer"]

    assert option("All Upfront") == "Compute Savings Plan 1y All Upfront"
    assert option("Partial Upfront") == "Compute Savings Plan 1y No Upfront"


@pytest.mark.req("COM-31", part="expiry with a sized replacement: none where its usage is gone")
def test_where_nothing_is_to_be_bought_it_says_why(replaced: Sized) -> None:
    rates = [a_rate("0.06")]
    week, six_days = timedelta(days=7), timedelta(days=6)

    verdicts = [
        replaced(*["1"] * 48, rates=rates, ended_ago=week),
        replaced(*["1"] * 48, rates=[a_rate("0.01")], ended_ago=six_days),
        replaced(rates=rates),
        replaced(*["1"] * 48, rates=None),
        replaced(*["1"] * 48, rates=[a_rate("0.06", usage_type="BoxUsage:c5.large")]),
        replaced(*["1"] * 48, rates=[a_rate("0.11")]),
    ]

    assert [each.facts["replacement"] for each in verdicts] == [
        "usage_gone",
        "plan",
        "usage_gone",
        "no_offer",
        "no_offer",
        "not_worth_it",
    ]
    assert Decimal(verdicts[1].facts["replacement_hourly"]) > 0
