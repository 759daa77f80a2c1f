"""Reservations on offer beside plans: what they cover, in which size, and how many are bought."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import product
from typing import Any
from uuid import uuid4

import numpy as np
import pytest

from finops_commitments.figures.records import HourlyRecords
from finops_commitments.offers.packing import packed
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.portfolio.limits import Limits
from finops_commitments.problems import AmountUnfit
from finops_commitments.recommendations.advice import Family
from finops_commitments.recommendations.ahead import NONE_LISTED, Ahead, ahead_of
from finops_commitments.recommendations.outcome import Bought
from finops_commitments.recommendations.portfolios import Advised, Wanted, solve
from finops_commitments.recommendations.what_if import Changes, what_if
from finops_common.contracts.ingestion_offers import ReservationOffer, SavingsPlanRate

Record = dict[str, Any]
Hours = Callable[..., list[Record]]
Market = Callable[..., Ahead]

PAYER = "111111111111"
SINCE = datetime(2026, 10, 1, tzinfo=UTC)
HOURS = 24
UNTIL = SINCE + timedelta(hours=HOURS)
LARGE = "reserved_instance/us-east-1/m5.large/linux-unix/1/No Upfront"
PRICES = {"large": Decimal("0.1"), "xlarge": Decimal("0.2"), "2xlarge": Decimal("0.4")}


def a_reservation(hourly: str = "0.06", **known: Any) -> ReservationOffer:  # noqa: ANN401 - the model's own types
    facts: dict[str, Any] = {
        "service": "AmazonEC2",
        "region": "us-east-1",
        "instance_type": "m5.large",
        "platform": "Linux/UNIX",
        "tenancy": "default",
        "term_months": 12,
        "payment_option": "No Upfront",
        "upfront": Decimal(0),
        "recurring_hourly": Decimal(hourly),
        "currency": "USD",
    }
    return ReservationOffer(**facts | known)


def a_rate(rate: str, plan_type: str = "EC2Instance", size: str = "large") -> SavingsPlanRate:
    return SavingsPlanRate(
        plan_type=plan_type,
        term_months=12,
        payment_option="No Upfront",
        region="us-east-1",
        usage_type=f"BoxUsage:m5.{size}",
        rate=Decimal(rate),
        currency="USD",
    )


@pytest.fixture
def running(a_record: Callable[..., Record]) -> Hours:
    """Instances of one size of m5: how many in each hour of a day."""

    def build(size: str, counts: Sequence[int], **known: Any) -> list[Record]:  # noqa: ANN401 - columns of a record
        return [
            a_record(
                hour=SINCE + timedelta(hours=at),
                list_cost=str(PRICES[size] * count),
                usage_quantity=str(count),
                **{"usage_type": f"BoxUsage:m5.{size}", "instance_type": f"m5.{size}"} | known,
            )
            for at, count in enumerate(counts)
            if count
        ]

    return build


@pytest.fixture
def market(records_of: Callable[[Sequence[Record]], HourlyRecords]) -> Market:
    """What a payer with this usage stands before."""

    def build(
        rows: Sequence[Record],
        reservations: Sequence[ReservationOffer],
        rates: Sequence[SavingsPlanRate] = (),
    ) -> Ahead:
        prices = StoredPrices(
            "AWS",
            PAYER,
            uuid4(),
            UNTIL,
            packed(rates),
            packed(reservations) if reservations else b"",
        )
        found = ahead_of(records_of(rows), prices, Family(PAYER, "USD"), (), SINCE, UNTIL)
        assert found is not None
        return found

    return build


def bought(advised: Advised) -> Mapping[str, Bought]:
    return {each.offer.name: each for each in advised.outcome.bought}


def counts(advised: Advised) -> Mapping[str, int | None]:
    return {name: each.count for name, each in bought(advised).items()}


@pytest.mark.req("COM-41", part="reservations are weighed beside plans, in whole units")
def test_steady_usage_of_one_family_is_reserved_in_its_smallest_size(
    running: Hours, market: Market
) -> None:
    rows = [*running("large", [10] * HOURS), *running("xlarge", [5] * HOURS)]
    reservations = [
        a_reservation("0.06"),
        a_reservation("0.12", instance_type="m5.xlarge"),
        a_reservation("0.015", instance_type="m5.medium"),
    ]
    rates = [a_rate("0.07"), a_rate("0.14", size="xlarge"), a_rate("0.08", "Compute")]

    found = solve(market(rows, reservations, rates), Wanted(90, robust=False))

    # Five of the ten larger ones count as ten: no medium one runs, so none is bought.
    assert counts(found) == {LARGE: 20}
    figures = found.outcome
    assert figures.monthly_savings == Decimal("0.04") * 20 * 730
    assert figures.monthly_on_demand_after == 0
    assert figures.gap_percent <= Decimal("0.5")
    plan = found.ahead.plans[LARGE]
    assert [plan.region, plan.family, plan.instance_type, plan.platform] == [
        *("us-east-1", "m5", "m5.large", "Linux/UNIX"),
    ]


@pytest.mark.req("COM-41", part="the size in which a family is reserved")
@pytest.mark.parametrize(
    ("large", "on_offer", "size"),
    [(4, ["large", "2xlarge"], "large"), (1, ["large", "2xlarge"], "2xlarge")],
)
def test_a_size_in_which_little_runs_is_not_the_one_that_is_bought(
    running: Hours, market: Market, large: int, on_offer: list[str], size: str
) -> None:
    rows = [*running("large", [large] * HOURS), *running("2xlarge", [5] * HOURS)]
    reservations = [
        a_reservation(str(PRICES[each] * Decimal("0.6")), instance_type=f"m5.{each}")
        for each in on_offer
    ]

    ahead = market(rows, reservations)

    assert {each.instance_type for each in ahead.plans.values()} == {f"m5.{size}"}


@pytest.mark.req("COM-41", part="what a reservation covers is what the simulator says")
@pytest.mark.parametrize(
    ("usage", "offer", "covered"),
    [
        ({}, {}, True),
        ({"zone": "us-east-1a"}, {}, True),
        ({}, {"region": "us-west-2"}, False),
        ({"platform": "Windows"}, {}, False),
        ({"platform": "Windows"}, {"platform": "Windows"}, True),
        ({"operation": "RunInstances:0002"}, {"platform": "Windows"}, True),
        # The operating system is Windows as well; the price has SQL Server in it.
        ({"platform": "Windows", "operation": "RunInstances:0006"}, {"platform": "Windows"}, False),
        ({"platform": "Windows"}, {"platform": "Windows", "instance_type": "m5.xlarge"}, False),
        ({}, {"instance_type": "m5.xlarge"}, True),
        ({}, {"instance_type": "c5.large"}, False),
        ({"tenancy": "Shared"}, {}, True),
        ({"tenancy": "Dedicated"}, {}, False),
        ({"usage_type": "DedicatedUsage:m5.large"}, {}, False),
        ({"usage_type": "APN2-BoxUsage:m5.large"}, {}, True),
        (
            {"instance_type": "g5.xlarge", "usage_type": "BoxUsage:g5.xlarge"},
            {"instance_type": "g5.2xlarge"},
            False,
        ),
    ],
)
def test_a_reservation_covers_what_the_simulator_lets_it_cover(
    running: Hours, market: Market, usage: Record, offer: Record, *, covered: bool
) -> None:
    other = running("large", [1] * HOURS, usage_type="BoxUsage:r5.large", instance_type="r5.large")
    rows = [*running("large", [3] * HOURS, **usage), *other]
    reservations = [a_reservation(**offer), a_reservation(instance_type="r5.large")]

    ahead = market(rows, reservations)

    assert (len(ahead.plans) == 2) is covered


@pytest.mark.req("COM-41", part="plans win where reservations would idle")
def test_what_changes_its_size_goes_under_a_plan(running: Hours, market: Market) -> None:
    windows = {"platform": "Windows", "operation": "RunInstances:0002"}
    day = [8] * 12 + [0] * 12
    rows = [
        *running("large", day, **windows),
        *running("xlarge", [count // 2 for count in day[::-1]], **windows),
    ]
    reservations = [
        a_reservation(
            str(PRICES[size] * Decimal("0.6")), instance_type=f"m5.{size}", platform="Windows"
        )
        for size in ("large", "xlarge")
    ]
    rates = [a_rate("0.065"), a_rate("0.13", size="xlarge")]

    found = solve(market(rows, reservations, rates), Wanted(90, robust=False))

    # A reservation of Windows keeps its size, so each would be used half of the day.
    assert counts(found) == {"ec2_instance_savings_plan/us-east-1/m5/1/No Upfront": None}
    assert found.outcome.monthly_on_demand_after == 0


@pytest.mark.req("COM-41", part="gap with reservations")
@pytest.mark.parametrize("seed", range(5))
def test_no_number_of_reservations_with_any_plan_is_much_cheaper(
    running: Hours, market: Market, seed: int
) -> None:
    random = np.random.default_rng(seed)
    large, xlarge = random.integers(0, 30, HOURS), random.integers(0, 12, HOURS)
    windows = random.integers(2, 12, HOURS)
    rows = [
        *running("large", large.tolist()),
        *running("xlarge", xlarge.tolist()),
        *running("large", windows.tolist(), operation="RunInstances:0002"),
    ]
    reservations = [a_reservation("0.06"), a_reservation("0.065", platform="Windows")]
    rates = [a_rate("0.08", "Compute"), a_rate("0.16", "Compute", "xlarge")]

    found = solve(market(rows, reservations, rates), Wanted(90, robust=False))

    linux = large + 2.0 * xlarge
    costs = []
    for first, second in product(range(50), range(13)):
        left = np.maximum(linux - first, 0) + np.maximum(windows - second, 0)
        # The best amount of a plan is what is left in one of the hours, or none.
        plans = np.append(left, 0)[:, None]
        on_demand = 0.1 * np.maximum(left - plans, 0).sum(axis=1)
        hourly = 0.06 * first + 0.065 * second + 0.08 * plans[:, 0]
        costs.append((hourly * HOURS + on_demand).min())
    assert float(found.portfolio.cost) <= min(costs) * 1.005
    assert float(found.portfolio.bound) <= min(costs) * (1 + 1e-9)
    assert all(each.count for each in found.outcome.bought if each.offer.unit)


@pytest.mark.req("COM-40", part="upfront and total commitment of reservations")
def test_what_is_paid_is_what_the_price_list_says(running: Hours, market: Market) -> None:
    reservation = a_reservation("0.03", upfront=Decimal(100), payment_option="Partial Upfront")
    ahead = market(running("large", [4] * HOURS), [reservation])

    found = solve(ahead, Wanted(90, robust=False))
    (each,) = bought(found).values()
    short = solve(ahead, Wanted(90, Limits(cash=Decimal(350)), robust=False))

    # 100 divided by the 8,760 hours of a year has no end.
    assert [each.count, each.upfront, each.total_commitment] == [
        4,
        Decimal(400),
        4 * (100 + Decimal("0.03") * 8760),
    ]
    assert abs(each.hourly_commitment - 4 * (Decimal("0.03") + Decimal(100) / 8760)) < Decimal(
        "1e-20"
    )
    assert [one.count for one in bought(short).values()] == [3]
    assert short.outcome.upfront == 300


@pytest.mark.req("COM-45", part="numbers of reservations")
def test_a_given_number_is_priced_as_it_is(running: Hours, market: Market) -> None:
    ahead = market(running("large", [10] * HOURS), [a_reservation()], [a_rate("0.08", "Compute")])
    plan = "compute_savings_plan/1/No Upfront"

    found = what_if(
        ahead, Wanted(90, robust=False), Changes(amounts={plan: Decimal("0.08")}, counts={LARGE: 4})
    )

    assert counts(found) == {LARGE: 4, plan: None}
    assert found.outcome.monthly_savings == (4 * Decimal("0.04") + Decimal("0.02")) * 730
    for unfit in (Changes(counts={plan: 4}), Changes(amounts={LARGE: Decimal("0.24")})):
        with pytest.raises(AmountUnfit):
            what_if(ahead, Wanted(90, robust=False), unfit)


def test_a_list_without_reservations_says_that_they_were_not_weighed(
    running: Hours, market: Market
) -> None:
    rows, rate = running("large", [1] * HOURS), a_rate("0.08", "Compute")

    without, beside = market(rows, [], [rate]), market(rows, [a_reservation()], [rate])

    assert NONE_LISTED in without.left_out
    assert NONE_LISTED not in beside.left_out


def test_what_has_no_price_or_another_term_is_not_on_offer(running: Hours, market: Market) -> None:
    odd = [
        a_reservation("0"),
        a_reservation(term_months=1),
        a_reservation(payment_option="Heavy Utilization"),
        a_reservation(currency="CNY"),
    ]

    ahead = market(running("large", [1] * HOURS), odd, [a_rate("0.08", "Compute")])

    assert [each.name for each in ahead.market.offers] == ["compute_savings_plan/1/No Upfront"]
