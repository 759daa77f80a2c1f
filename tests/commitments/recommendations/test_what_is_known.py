"""What advice takes for owned, open, used and known; found by a fresh reader."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from tests.commitments.recommendations.test_portfolio import COMPUTE, PAYER, PLAN, a_plan, a_rate

from finops_commitments.figures.records import HourlyRecords
from finops_commitments.inventory.domain import Commitment, Kind, Scope
from finops_commitments.offers.packing import packed
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.recommendations.advice import Family
from finops_commitments.recommendations.ahead import ahead_of
from finops_commitments.recommendations.portfolios import Advised, Wanted, solve
from finops_commitments.recommendations.variants import Asked, Variant, variants
from finops_common.contracts.ingestion_offers import SavingsPlanRate

Record = dict[str, Any]
Usage = Callable[..., list[Record]]
OTHER = "222222222222"


UNTIL = datetime(2026, 10, 11, tzinfo=UTC)
HOURS = 240
SINCE = UNTIL - timedelta(hours=HOURS)


@pytest.fixture
def usage(a_record: Callable[..., Record]) -> Usage:
    """Ten days of usage at 1 an hour, 0.1 a unit, or the hours from `first` to `last` of them."""

    def build(first: int = 0, last: int = HOURS, **known: object) -> list[Record]:
        facts = {"list_cost": "1", "usage_quantity": "10"} | known
        return [
            a_record(**facts | {"hour": SINCE + timedelta(hours=at)}) for at in range(first, last)
        ]

    return build


@pytest.fixture
def covered(usage: Usage) -> Usage:
    """The same under a commitment."""

    def build(first: int = 0, last: int = HOURS, **known: object) -> list[Record]:
        facts = {
            "commitment_id": PLAN,
            "commitment_category": "Spend",
            "commitment_status": "Used",
            "pricing_category": "Committed",
            "effective_cost": "0.6",
        }
        return usage(first, last, **facts | known)

    return build


@pytest.fixture
def sized(records_of: Callable[[Sequence[Record]], HourlyRecords]) -> Callable[..., list[Variant]]:
    def build(
        rows: Sequence[Record],
        *rates: SavingsPlanRate,
        payers: Sequence[str] = (PAYER,),
        owned: Sequence[Commitment] = (),
        robust: bool = False,
    ) -> list[Variant]:
        prices = [StoredPrices("AWS", each, uuid4(), UNTIL, packed(rates)) for each in payers]
        asked = Asked(robust=robust)
        return variants(records_of(rows), prices, owned, SINCE, UNTIL, UNTIL, asked)

    return build


@pytest.fixture
def advised(
    records_of: Callable[[Sequence[Record]], HourlyRecords],
) -> Callable[..., Advised | None]:
    def build(
        rows: Sequence[Record],
        *rates: SavingsPlanRate,
        owned: Sequence[Commitment] = (),
        robust: bool = False,
    ) -> Advised | None:
        prices = StoredPrices("AWS", PAYER, uuid4(), UNTIL, packed(rates))
        found = ahead_of(records_of(rows), prices, Family(PAYER, "USD"), owned, SINCE, UNTIL)
        return None if found is None else solve(found, Wanted(90, robust=robust))

    return build


def bought(found: Advised | None) -> dict[str, Decimal]:
    if found is None:
        return {}
    return {each.offer.name: each.hourly_commitment for each in found.outcome.bought}


def test_a_plan_bought_yesterday_is_not_advised_again(
    sized: Callable[..., list[Variant]], usage: Usage, covered: Usage
) -> None:
    rows = [*usage(0, 216), *covered(216)]

    (only,) = sized(rows, a_rate("0.06"), owned=[a_plan(state=None)])

    assert only.sizing.hourly_commitment == 0


def test_variants_and_portfolio_agree_on_what_is_owned(
    sized: Callable[..., list[Variant]],
    advised: Callable[..., Advised | None],
    usage: Usage,
    covered: Usage,
) -> None:
    rows = [*usage(0, 216), *covered(216)]
    owned = a_plan(starts_at=SINCE + timedelta(hours=216), ends_at=UNTIL + timedelta(days=364))

    portfolio = bought(advised(rows, a_rate("0.06"), owned=[owned]))
    (variant,) = sized(rows, a_rate("0.06"), owned=[owned])

    assert portfolio == {}
    assert variant.sizing.hourly_commitment == 0


def test_usage_that_a_reservation_covers_since_yesterday_is_not_covered_again(
    advised: Callable[..., Advised | None], usage: Usage, covered: Usage
) -> None:
    rows = [*usage(0, 216), *covered(216, commitment_id="arn:ri", commitment_category="Usage")]
    owned = a_plan(
        id="arn:ri",
        kind=Kind.CAPACITY,
        type="EC2",
        hourly_amount=None,
        quantity=Decimal(10),
        starts_at=SINCE + timedelta(hours=216),
        ends_at=UNTIL + timedelta(days=364),
    )

    assert bought(advised(rows, a_rate("0.07"), owned=[owned])) == {}


def test_usage_that_a_queued_reservation_will_cover_is_not_covered_again(
    advised: Callable[..., Advised | None], usage: Usage
) -> None:
    queued = a_plan(
        id="arn:ri",
        kind=Kind.CAPACITY,
        type="EC2",
        state="queued",
        scope=Scope("AmazonEC2", "us-east-1", family="m5", instance_type="m5.large"),
        hourly_amount=None,
        quantity=Decimal(10),
        starts_at=UNTIL + timedelta(hours=1),
        ends_at=UNTIL + timedelta(days=365),
    )

    assert bought(advised(usage(), a_rate("0.07"), owned=[queued])) == {}


@pytest.mark.parametrize(("unit", "quantity"), [(None, "10"), ("Normalized Hours", "40")])
def test_a_reservation_holds_its_instances_however_they_are_counted(
    advised: Callable[..., Advised | None], usage: Usage, unit: str | None, quantity: str
) -> None:
    """Of 20 m5.large an hour half is reserved."""
    reserved = a_plan(
        id="arn:ri",
        kind=Kind.CAPACITY,
        type="EC2",
        scope=Scope("AmazonEC2", "us-east-1", family="m5", instance_type="m5.large"),
        hourly_amount=None,
        quantity=Decimal(quantity),
        unit=unit,
        starts_at=SINCE,
        ends_at=UNTIL + timedelta(days=365),
    )
    rows = usage(list_cost="2", usage_quantity="20")

    assert bought(advised(rows, a_rate("0.06"), owned=[reserved])) == {COMPUTE: Decimal("0.6")}


def test_a_free_day_is_no_price_and_stays_free(
    advised: Callable[..., Advised | None], usage: Usage
) -> None:
    """As the first days of a month within a free tier: a tenth of all hours, the newest."""
    rows = [*usage(0, 216), *usage(216, list_cost="0")]

    found = advised(rows, a_rate("0.06"))

    assert bought(found) == {COMPUTE: Decimal("0.6")}
    assert found is not None
    assert found.outcome.monthly_usage == Decimal("0.9") * 730


def test_a_payer_that_came_later_is_judged_by_its_own_days(
    sized: Callable[..., list[Variant]], usage: Usage
) -> None:
    rows = [*usage(), *usage(192, payer_account_id=OTHER, account_id=OTHER)]

    first, second = sized(rows, a_rate("0.06"), payers=(PAYER, OTHER))

    assert first.sizing.hourly_commitment == Decimal("0.6")
    assert second.sizing.hourly_commitment == Decimal("0.6")
    assert second.sizing.hours == 48


def test_a_plan_that_only_the_bill_knew_and_that_ended_is_not_owned(
    advised: Callable[..., Advised | None], usage: Usage, covered: Usage
) -> None:
    """The last day has no fee of it: it is over."""
    rows = [*covered(0, 120), *usage(120)]
    from_the_bill = a_plan(state=None, term_years=None, payment_option=None)

    assert bought(advised(rows, a_rate("0.06"), owned=[from_the_bill])) == {COMPUTE: Decimal("0.6")}


def test_a_reservation_of_the_bill_alone_stands_while_its_month_is_paid_for(
    advised: Callable[..., Advised | None],
    usage: Usage,
    covered: Usage,
    a_record: Callable[..., Record],
) -> None:
    """What it is for was switched off five days ago; its fee of the month is in the bill."""
    of = {"commitment_id": "arn:ri", "commitment_category": "Usage"}
    fee = a_record(
        **of,
        hour=SINCE,
        charge_category="Purchase",
        charge_span="month",
        commitment_status=None,
        list_cost=None,
        usage_quantity=None,
    )
    rows = [*covered(0, 120, **of), *usage(120)]
    facts: dict[str, Any] = {"kind": Kind.CAPACITY, "type": "EC2", "hourly_amount": None}
    owned = a_plan(id="arn:ri", state=None, quantity=Decimal(10), **facts)

    paid = advised([*rows, fee], a_rate("0.07"), owned=[owned])
    unpaid = advised(rows, a_rate("0.07"), owned=[owned])

    assert bought(paid) == {}
    assert bought(unpaid) == {COMPUTE: Decimal("0.7")}


def test_usage_under_a_commitment_long_over_is_open(
    advised: Callable[..., Advised | None], usage: Usage, covered: Usage
) -> None:
    """A bill-only plan that ended more than 62 days before `until` is in no inventory."""
    rows = [*covered(0, 120), *usage(120)]

    assert bought(advised(rows, a_rate("0.06"))) == {COMPUTE: Decimal("0.6")}


def test_a_class_whose_corrections_exceed_its_usage_is_left_out_of_variants(
    sized: Callable[..., list[Variant]], usage: Usage
) -> None:
    corrected = usage(usage_type="BoxUsage:c5.large", instance_type="c5.large", list_cost="-0.5")
    rates = a_rate("0.06"), a_rate("0.06", usage_type="BoxUsage:c5.large")

    (only,) = sized([*usage(), *corrected], *rates)

    assert only.sizing.hourly_commitment == Decimal("0.6")


def test_a_class_whose_corrections_exceed_its_usage_is_left_out_of_portfolios(
    advised: Callable[..., Advised | None], usage: Usage
) -> None:
    corrected = usage(usage_type="BoxUsage:c5.large", instance_type="c5.large", list_cost="-0.5")
    rates = a_rate("0.06"), a_rate("0.06", usage_type="BoxUsage:c5.large")

    assert bought(advised([*usage(), *corrected], *rates)) == {COMPUTE: Decimal("0.6")}


def test_a_rate_of_zero_is_no_failure(sized: Callable[..., list[Variant]], usage: Usage) -> None:
    free = usage(usage_type="BoxUsage:c5.large", instance_type="c5.large")
    rates = a_rate("0.06"), a_rate("0", usage_type="BoxUsage:c5.large")

    assert len(sized([*usage(), *free], *rates)) == 1


def test_on_demand_is_not_rounded_down(
    sized: Callable[..., list[Variant]], advised: Callable[..., Advised | None], usage: Usage
) -> None:
    """Sizing says: savings are rounded down and costs up."""
    rows = usage(list_cost="0.000000012345", usage_quantity="1")
    rows += usage(list_cost="1")

    (variant,) = sized(rows, a_rate("0.06"))
    portfolio = advised(rows, a_rate("0.06"))

    assert portfolio is not None
    assert variant.sizing.monthly_on_demand_before == portfolio.outcome.monthly_on_demand_before


def test_a_reservation_that_was_renewed_is_not_replaced_by_a_plan(
    advised: Callable[..., Advised | None], covered: Usage
) -> None:
    old = {"commitment_id": "arn:old", "commitment_category": "Usage"}
    rows = [*covered(0, 160, **old), *covered(160, **old | {"commitment_id": "arn:new"})]
    renewed = SINCE + timedelta(hours=160)
    facts: dict[str, Any] = {
        "kind": Kind.CAPACITY,
        "type": "EC2",
        "hourly_amount": None,
        "quantity": Decimal(10),
    }
    owned = [
        a_plan(id="arn:old", state="retired", ends_at=renewed, **facts),
        a_plan(id="arn:new", starts_at=renewed, ends_at=UNTIL + timedelta(days=358), **facts),
    ]

    assert bought(advised(rows, a_rate("0.06"), owned=owned)) == {}


def test_variants_and_portfolio_agree_on_what_has_ended(
    sized: Callable[..., list[Variant]],
    advised: Callable[..., Advised | None],
    usage: Usage,
    covered: Usage,
) -> None:
    rows = [*covered(0, 160), *usage(160)]
    over = a_plan(state="retired", ends_at=SINCE + timedelta(hours=160))

    portfolio = bought(advised(rows, a_rate("0.06"), owned=[over]))
    (variant,) = sized(rows, a_rate("0.06"))

    assert list(portfolio.values()) == [variant.sizing.hourly_commitment]


def test_usage_that_stopped_is_not_committed_to(
    sized: Callable[..., list[Variant]], advised: Callable[..., Advised | None], usage: Usage
) -> None:
    """Three days of ten, or the last 27 of 90, without any usage."""
    rows = usage(0, 170)

    amounts = [each.sizing.hourly_commitment for each in sized(rows, a_rate("0.06"), robust=True)]

    assert [*amounts, *bought(advised(rows, a_rate("0.06"), robust=True)).values()] == [0]


def test_one_line_without_a_price_does_not_hide_a_payer(
    advised: Callable[..., Advised | None], usage: Usage
) -> None:
    first, *rest = usage(lines=1000)

    assert bought(advised([first | {"lines_without_list_cost": 1}, *rest], a_rate("0.06")))


def test_a_price_cut_in_the_look_back_commits_to_no_more_than_is_used(
    sized: Callable[..., list[Variant]], advised: Callable[..., Advised | None], usage: Usage
) -> None:
    """Ten units an hour at 0.06 are 0.6, whatever they cost on demand before."""
    rows = [*usage(0, 120, list_cost="2"), *usage(120)]

    amounts = [each.sizing.hourly_commitment for each in sized(rows, a_rate("0.06"))]

    assert {*amounts, *bought(advised(rows, a_rate("0.06"))).values()} == {Decimal("0.6")}


def test_the_coverage_of_compute_is_of_compute(
    sized: Callable[..., list[Variant]], usage: Usage, covered: Usage
) -> None:
    sagemaker = {
        "service": "AmazonSageMaker",
        "usage_type": "Host:ml.m5.large",
        "instance_type": "ml.m5.large",
        "commitment_id": "arn:sagemaker",
        "commitment_type": "SageMakerSavingsPlans",
        "list_cost": "9",
    }

    (variant,) = sized([*usage(), *covered(**sagemaker)], a_rate("0.06"))

    assert variant.sizing.coverage_before_percent == 0


def test_coverage_after_counts_what_has_no_offer(
    sized: Callable[..., list[Variant]], usage: Usage
) -> None:
    rows = [*usage(), *usage(usage_type="BoxUsage:x9.large", list_cost="99")]

    (variant,) = sized(rows, a_rate("0.06"))

    assert variant.sizing.coverage_after_percent == 1


def test_a_running_plan_that_holds_nothing_here_covers_nothing_here(
    advised: Callable[..., Advised | None], usage: Usage
) -> None:
    """Its hours are used by other organizations, so no record of it is ours."""
    owned = a_plan(starts_at=SINCE - timedelta(days=30), ends_at=UNTIL + timedelta(days=300))

    assert bought(advised(usage(), a_rate("0.06"), owned=[owned])) == {COMPUTE: Decimal("0.6")}
