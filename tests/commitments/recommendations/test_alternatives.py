"""Variants of plans that reach less than Compute ones."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from finops_commitments.figures.records import HourlyRecords
from finops_commitments.offers.domain import Kind
from finops_commitments.offers.packing import Plan, packed
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.recommendations.variants import Asked, Variant, preferred, variants
from finops_common.contracts.ingestion_offers import SavingsPlanRate

Record = dict[str, Any]
PAYER = "111111111111"
SINCE = datetime(2026, 10, 1, tzinfo=UTC)
HOURS = 10
UNTIL = SINCE + timedelta(hours=HOURS)
M5 = Plan(Kind.EC2_INSTANCE_SAVINGS_PLAN, "us-east-1", "m5")
DATABASE = Plan(Kind.DATABASE_SAVINGS_PLAN)
SAGEMAKER = Plan(Kind.SAGEMAKER_SAVINGS_PLAN)


def a_rate(rate: str, plan_type: str = "EC2Instance", **known: Any) -> SavingsPlanRate:  # noqa: ANN401 - the model's own types
    facts: dict[str, Any] = {
        "plan_type": plan_type,
        "term_months": 12,
        "payment_option": "No Upfront",
        "region": "us-east-1",
        "usage_type": "BoxUsage:m5.large",
        "rate": Decimal(rate),
        "currency": "USD",
    }
    return SavingsPlanRate(**facts | known)


@pytest.fixture
def usage(a_record: Callable[..., Record]) -> Callable[..., list[Record]]:
    """Ten hours of usage at 1 an hour, 0.1 a unit."""

    def build(**known: object) -> list[Record]:
        facts = {"list_cost": "1", "usage_quantity": "10"} | known
        return [a_record(hour=SINCE + timedelta(hours=at), **facts) for at in range(HOURS)]

    return build


@pytest.fixture
def sized(
    records_of: Callable[[Sequence[Record]], HourlyRecords],
) -> Callable[..., list[Variant]]:
    def build(
        rows: Sequence[Record], rates: Sequence[SavingsPlanRate], age: timedelta = timedelta()
    ) -> list[Variant]:
        prices = StoredPrices("AWS", PAYER, uuid4(), UNTIL - age, packed(rates))
        asked = Asked(robust=False)
        found = variants(records_of(rows), [prices], [], SINCE, UNTIL, UNTIL, asked)
        return [each for each in found if each.plan.kind is not Kind.COMPUTE_SAVINGS_PLAN]

    return build


def plans(found: Sequence[Variant]) -> dict[tuple[Plan, int, str], Decimal]:
    return {
        (each.plan, each.sizing.terms.years, each.sizing.terms.payment_option.value): (
            each.sizing.hourly_commitment
        )
        for each in found
    }


@pytest.mark.req("COM-40", part="variants of every plan, term and payment option on offer")
def test_each_plan_and_each_of_its_terms_is_a_variant(
    usage: Callable[..., list[Record]], sized: Callable[..., list[Variant]]
) -> None:
    serverless, notebook = "Aurora:ServerlessV2Usage", "Notebk:ml.t3.medium"
    rows = [
        *usage(),
        *usage(usage_type="BoxUsage:c5.large", instance_type="c5.large"),
        *usage(usage_type="USW2-BoxUsage:m5.large", region="us-west-2"),
        *usage(service="AmazonRDS", usage_type=serverless, instance_type=None),
        *usage(service="AmazonSageMaker", usage_type=notebook, instance_type="ml.t3.medium"),
    ]
    rates = [
        a_rate("0.06"),
        a_rate("0.04", term_months=36),
        a_rate("0.055", payment_option="All Upfront"),
        a_rate("0.07", usage_type="USW2-BoxUsage:m5.large", region="us-west-2"),
        a_rate("0.065", "Database", usage_type=serverless),
        a_rate("0.064", "SageMaker", usage_type=notebook),
        a_rate("0.08", "Compute"),
        # Dearer than on demand: not a variant.
        a_rate("0.11", usage_type="BoxUsage:c5.large"),
    ]

    found = sized(rows, rates)

    west = Plan(Kind.EC2_INSTANCE_SAVINGS_PLAN, "us-west-2", "m5")
    assert plans(found) == {
        (M5, 1, "No Upfront"): Decimal("0.6"),
        (M5, 1, "All Upfront"): Decimal("0.55"),
        (M5, 3, "No Upfront"): Decimal("0.4"),
        (west, 1, "No Upfront"): Decimal("0.7"),
        (DATABASE, 1, "No Upfront"): Decimal("0.65"),
        (SAGEMAKER, 1, "No Upfront"): Decimal("0.64"),
    }
    first = found[0].sizing
    # Of the family's own usage, 1 an hour, all is covered.
    assert [first.monthly_on_demand_before, first.coverage_after_percent] == [730, 100]
    assert first.monthly_savings == Decimal("0.4") * 730
    assert len({each.id for each in found}) == len(found)


@pytest.mark.req("COM-46", part="prices over 7 days old are marked")
def test_old_prices_are_marked(
    usage: Callable[..., list[Record]], sized: Callable[..., list[Variant]]
) -> None:
    (variant,) = sized(usage(), [a_rate("0.06")], timedelta(days=8))

    assert variant.stale
    assert any("too old" in each for each in variant.sizing.left_out)


@pytest.mark.req("COM-40", part="who buys gets Compute plans")
def test_none_of_them_is_what_autosavings_gets(
    usage: Callable[..., list[Record]], records_of: Callable[[Sequence[Record]], HourlyRecords]
) -> None:
    rates = packed([a_rate("0.06"), a_rate("0.08", "Compute")])
    prices = StoredPrices("AWS", PAYER, uuid4(), UNTIL, rates)

    found = variants(records_of(usage()), [prices], [], SINCE, UNTIL, UNTIL, Asked())

    assert [each.plan.kind for each in preferred(found)] == [Kind.COMPUTE_SAVINGS_PLAN]
