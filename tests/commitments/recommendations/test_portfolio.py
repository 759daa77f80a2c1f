"""From hourly records, what is owned and a price list to a portfolio."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from finops_commitments.figures.records import HourlyRecords
from finops_commitments.inventory.domain import Commitment, Kind, Scope
from finops_commitments.offers.domain import Kind as PlanKind
from finops_commitments.offers.domain import PaymentOption
from finops_commitments.offers.packing import packed
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.portfolio.limits import Limits
from finops_commitments.problems import CurrencyNeeded
from finops_commitments.recommendations.advice import Family
from finops_commitments.recommendations.ahead import ahead_of
from finops_commitments.recommendations.portfolios import Advised, Wanted, solve
from finops_common.contracts.ingestion_offers import SavingsPlanRate

Record = dict[str, Any]
ARecord = Callable[..., Record]
Advise = Callable[..., Advised | None]

PAYER = "111111111111"
SINCE = datetime(2026, 10, 1, tzinfo=UTC)
HOURS = 10
UNTIL = SINCE + timedelta(hours=HOURS)
COMPUTE, EC2 = (
    "compute_savings_plan/1/No Upfront",
    "ec2_instance_savings_plan/us-east-1/m5/1/No Upfront",
)
PLAN = "arn:aws:savingsplans::111111111111:savingsplan/one"


def a_rate(rate: str, plan_type: str = "Compute", **known: Any) -> SavingsPlanRate:  # noqa: ANN401 - the model's own types
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


def a_plan(**known: Any) -> Commitment:  # noqa: ANN401 - the model's own types
    facts: dict[str, Any] = {
        "id": PLAN,
        "provider": "AWS",
        "kind": Kind.SPEND,
        "type": "Compute",
        "payer_account_id": PAYER,
        "hourly_amount": Decimal("0.6"),
        "currency": "USD",
        "term_years": 1,
        "payment_option": "No Upfront",
        "state": "active",
    }
    return Commitment(**facts | known)


@pytest.fixture
def usage(a_record: ARecord) -> Callable[..., list[Record]]:
    """Ten hours of usage at 1 an hour, 0.1 a unit; by name what else is known of it."""

    def build(cost: str = "1", quantity: str = "10", **known: object) -> list[Record]:
        return [
            a_record(
                hour=SINCE + timedelta(hours=at), list_cost=cost, usage_quantity=quantity, **known
            )
            for at in range(HOURS)
        ]

    return build


@pytest.fixture
def covered(usage: Callable[..., list[Record]]) -> Callable[..., list[Record]]:
    """The same under a commitment."""

    def build(commitment_id: str = PLAN, category: str = "Spend", **known: object) -> list[Record]:
        facts = {
            "commitment_id": commitment_id,
            "commitment_category": category,
            "commitment_status": "Used",
            "pricing_category": "Committed",
            "effective_cost": "0.6",
        }
        return usage(**facts | known)

    return build


@pytest.fixture
def advised(records_of: Callable[[Sequence[Record]], HourlyRecords]) -> Advise:
    """The portfolio for records, rates and what is owned."""

    def build(
        rows: Sequence[Record],
        rates: Sequence[SavingsPlanRate],
        owned: Sequence[Commitment] = (),
        wanted: Wanted | None = None,
    ) -> Advised | None:
        prices = StoredPrices("AWS", PAYER, uuid4(), UNTIL, packed(rates))
        family = Family(PAYER, "USD")
        found = ahead_of(records_of(rows), prices, family, owned, SINCE, UNTIL)
        return None if found is None else solve(found, wanted or Wanted(90, robust=False))

    return build


def amounts(advised: Advised | None) -> dict[str, Decimal]:
    assert advised is not None
    return {each.offer.name: each.hourly_commitment for each in advised.outcome.bought}


@pytest.mark.req("COM-41", part="plan types are weighed together, and nothing is covered twice")
def test_each_usage_is_covered_by_the_plan_that_suits_it(
    advised: Advise, usage: Callable[..., list[Record]]
) -> None:
    rows = [*usage(), *usage(usage_type="BoxUsage:c5.large", instance_type="c5.large")]
    rates = [
        a_rate("0.07"),
        a_rate("0.07", usage_type="BoxUsage:c5.large"),
        a_rate("0.06", "EC2Instance"),
    ]

    found = advised(rows, rates)

    assert amounts(found) == {COMPUTE: Decimal("0.7"), EC2: Decimal("0.6")}
    assert found is not None
    figures = found.outcome
    assert [figures.monthly_on_demand_before, figures.monthly_on_demand_after] == [1460, 0]
    assert figures.monthly_savings == Decimal("0.7") * 730
    assert figures.monthly_savings <= figures.monthly_savings_bound
    assert figures.gap_percent <= Decimal("0.1")
    assert [figures.coverage_before_percent, figures.coverage_after_percent] == [0, 100]
    assert figures.utilization_percent == 100
    assert figures.total_commitment == Decimal("1.3") * 8760
    assert figures.lock_in == Decimal("1.3") * 730 * 12
    # At 80 % the bought 1.3 still covers all of the 1.6 an hour that is left.
    assert figures.monthly_savings_if_usage_falls[20] == Decimal("0.3") * 730


@pytest.mark.req("COM-41", part="what is owned counts until it ends")
def test_what_an_owned_plan_covers_is_not_bought_again_while_it_runs(
    advised: Advise, covered: Callable[..., list[Record]]
) -> None:
    def beside(ends: datetime | None) -> dict[str, Decimal]:
        return amounts(advised(covered(), [a_rate("0.06")], [a_plan(ends_at=ends)]))

    assert beside(None) == {}
    assert beside(UNTIL + timedelta(hours=9)) == {}
    # Nine of the ten hours ahead are without it: worth buying from the first.
    assert beside(UNTIL + timedelta(hours=1)) == {COMPUTE: Decimal("0.6")}


@pytest.mark.req("COM-41", part="what is owned counts until it ends")
def test_usage_of_a_reservation_is_open_once_it_ends(
    advised: Advise, covered: Callable[..., list[Record]]
) -> None:
    rows = covered("arn:ri", "Usage")
    reservation = a_plan(id="arn:ri", kind=Kind.CAPACITY, type="Reserved Instance")

    runs_on = advised(rows, [a_rate("0.06")], [reservation])
    ends = a_plan(id="arn:ri", kind=Kind.CAPACITY, type="EC2", ends_at=UNTIL + timedelta(hours=1))

    assert runs_on is None
    assert amounts(advised(rows, [a_rate("0.06")], [ends])) == {COMPUTE: Decimal("0.6")}


def test_a_plan_that_was_returned_covers_nothing_ahead(
    advised: Advise, covered: Callable[..., list[Record]]
) -> None:
    returned = a_plan(state="returned", ends_at=UNTIL + timedelta(days=300))

    assert amounts(advised(covered(), [a_rate("0.06")], [returned])) == {COMPUTE: Decimal("0.6")}


def test_a_plan_that_is_queued_is_counted_from_its_start(
    advised: Advise, usage: Callable[..., list[Record]]
) -> None:
    queued = a_plan(state="queued", starts_at=UNTIL + timedelta(hours=1))

    found = advised(usage(), [a_rate("0.06")], [queued])

    assert found is not None
    assert amounts(found) == {}
    assert found.outcome.coverage_before_percent == 90


def test_a_family_plan_is_bought_though_an_owned_plan_covers_the_family_now(
    advised: Advise, usage: Callable[..., list[Record]], covered: Callable[..., list[Record]]
) -> None:
    other = {"usage_type": "BoxUsage:c5.large", "instance_type": "c5.large"}
    rows = [*covered(), *usage(**other)]
    rates = [
        a_rate("0.06"),
        a_rate("0.06", usage_type="BoxUsage:c5.large"),
        a_rate("0.05", "EC2Instance"),
    ]

    found = advised(rows, rates, [a_plan()])

    # The family's plan frees the owned one for the other usage.
    assert amounts(found) == {EC2: Decimal("0.5")}
    assert found is not None
    assert found.outcome.monthly_on_demand_after == 0


@pytest.mark.req("COM-41", part="limits the customer sets hold")
def test_terms_and_limits_are_kept(advised: Advise, usage: Callable[..., list[Record]]) -> None:
    rates = [
        a_rate("0.06"),
        a_rate("0.05", payment_option="All Upfront"),
        a_rate("0.03", term_months=36),
    ]

    def bought(**known: Any) -> dict[str, Decimal]:  # noqa: ANN401 - the query's own types
        return amounts(advised(usage(), rates, (), Wanted(90, robust=False, **known)))

    assert set(bought()) == {"compute_savings_plan/1/All Upfront"}
    assert set(bought(longest_term_years=3)) == {"compute_savings_plan/3/No Upfront"}
    assert set(bought(limits=Limits(cash=Decimal(0)))) == {COMPUTE}
    assert set(bought(payment_options=frozenset({PaymentOption.NO_UPFRONT}))) == {COMPUTE}
    locked = bought(limits=Limits(lock_in=Decimal(876)), longest_term_years=3)
    assert sum(
        amount * int(name.split("/")[1]) * 12 * 730 for name, amount in locked.items()
    ) <= Decimal(876)
    none = Limits(shares={PlanKind.COMPUTE_SAVINGS_PLAN: Decimal(0)})
    assert bought(limits=none) == {}


def test_usage_without_an_offer_or_price_is_named(
    advised: Advise, usage: Callable[..., list[Record]]
) -> None:
    rows = [*usage(), *usage(usage_type="BoxUsage:c5.large")]

    found = advised(rows, [a_rate("0.06")])

    assert found is not None
    assert "AmazonEC2 BoxUsage:c5.large: no offer row (10 in the look-back)" in found.left_out
    assert advised(rows, []) is None


def test_a_plan_of_another_payer_or_scope_is_not_counted(
    advised: Advise, usage: Callable[..., list[Record]]
) -> None:
    others = [
        a_plan(payer_account_id="222222222222"),
        a_plan(id="two", type="EC2Instance", scope=Scope(region="eu-west-1", family="m5")),
    ]

    assert amounts(advised(usage(), [a_rate("0.06")], others)) == {COMPUTE: Decimal("0.6")}


def test_a_limit_in_money_needs_one_currency() -> None:
    families = [Family(PAYER, "KRW"), Family(PAYER, "USD")]
    cash = Limits(cash=Decimal(1))

    assert Wanted(90).chosen(families) == families
    assert Wanted(90, cash, currency="KRW").chosen(families) == families[:1]
    with pytest.raises(CurrencyNeeded):
        Wanted(90, cash).chosen(families)


@pytest.mark.req("COM-40", part="when to buy, with its cause")
def test_what_replaces_an_owned_plan_is_bought_when_that_ends(
    advised: Advise, usage: Callable[..., list[Record]], covered: Callable[..., list[Record]]
) -> None:
    ends = a_plan(ends_at=UNTIL + timedelta(hours=2))

    later = advised(covered(), [a_rate("0.06")], [ends])
    at_once = advised(usage(), [a_rate("0.06")], [a_plan(id="other", type="SageMaker")])

    assert later is not None
    assert at_once is not None
    assert [(each.hour, each.commitment_id) for each in later.moments.values()] == [(2, PLAN)]
    assert [(each.hour, each.commitment_id) for each in at_once.moments.values()] == [(0, None)]
