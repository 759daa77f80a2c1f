"""The loop against the cases AWS documents (figures of its guides, restated)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finops_sandbox.world.apply import Draw, Fill, Usage, apply_hour
from finops_sandbox.world.model import Commitment, Curve, ReservedInstance, SavingsPlan, Workload
from finops_sandbox.world.skus import Pool, Sku

HOUR = datetime(2026, 10, 1, 1, tzinfo=UTC)
OWNER, OTHER = "111111111111", "011111111112"
NUMBERS = count()


@dataclass(frozen=True)
class TablePlan(SavingsPlan):
    """A plan whose rates are written in the test."""

    rates: Mapping[str, Decimal] = field(default_factory=dict)

    def rate(self, sku: Sku) -> Decimal | None:
        return self.rates.get(sku.usage_type)


@dataclass(frozen=True)
class PricelessReservation(ReservedInstance):
    """A reservation whose rate does not matter."""

    @property
    def rate(self) -> Decimal:
        return Decimal("0.8")


def a_usage(
    name: str,
    quantity: str,
    rate: str = "1",
    account: str = OWNER,
    zone: str | None = None,
    pool: Pool = "ec2",
) -> Usage:
    is_instance = "." in name
    sku = Sku(
        *("AmazonEC2", "EC2", "Compute Instance", name, "RunInstances", "us-east-1", "Hrs"),
        *(Decimal(rate), Decimal(rate), pool, name if is_instance else None),
        "Linux" if is_instance else None,
    )
    workload = Workload(f"{name}-{account}-{zone}", account, sku, Curve(0), zone)
    return Usage(workload, HOUR, HOUR + timedelta(hours=1), Decimal(quantity))


def a_plan(
    hourly: str,
    rates: Mapping[str, str],
    account: str = OWNER,
    plan_type: str = "ComputeSavingsPlans",
) -> SavingsPlan:
    table = {name: Decimal(rate) for name, rate in rates.items()}
    start = HOUR - timedelta(days=30)
    name = f"plan-{next(NUMBERS)}"
    if plan_type == "ComputeSavingsPlans":
        return TablePlan(
            *(name, account, "ComputeSavingsPlans", Decimal(hourly), start, "1yr", "No Upfront"),
            rates=table,
        )
    return TablePlan(
        *(name, account, "EC2InstanceSavingsPlans", Decimal(hourly), start, "1yr", "No Upfront"),
        rates=table,
    )


def a_reservation(
    instance_type: str, number: int = 1, account: str = OWNER, zone: str | None = None
) -> ReservedInstance:
    return PricelessReservation(
        *(f"ri-{next(NUMBERS)}", account, instance_type, "us-east-1", "Linux", number),
        *(HOUR - timedelta(days=30), "1yr", "No Upfront", "standard", zone),
    )


def covered(fills: list[Fill], account: str | None = None) -> dict[str, Decimal]:
    result: dict[str, Decimal] = {}
    for fill in fills:
        if fill.commitment and account in {None, fill.usage.workload.account}:
            name = fill.usage.sku.usage_type
            result[name] = result.get(name, Decimal(0)) + fill.quantity
    return result


def on_demand(fills: list[Fill]) -> Decimal:
    return sum((fill.cost for fill in fills if fill.commitment is None), Decimal(0))


def settled(
    usages: list[Usage], held: list[Commitment], apart: frozenset[str] = frozenset()
) -> tuple[list[Fill], list[Draw]]:
    return apply_hour(usages, held, apart)


GUIDE_RATES = {
    "r5.4xlarge": "0.7",
    "m5.24xlarge": "8.2",
    "fargate-vcpu": "0.03",
    "fargate-gb": "0.003",
    "lambda-seconds": "0.00001275",
    "lambda-requests": "0.2",
}


def the_guides_usage() -> list[Usage]:
    return [
        a_usage("r5.4xlarge", "4", "1.0"),
        a_usage("m5.24xlarge", "1", "10.0"),
        a_usage("fargate-vcpu", "400", "0.04", pool="fargate"),
        a_usage("fargate-gb", "1600", "0.004", pool="fargate"),
        a_usage("lambda-seconds", "1500000", "0.000015", pool="lambda-duration"),
        a_usage("lambda-requests", "1", "0.2", pool="lambda-requests"),
    ]


@pytest.mark.parametrize(
    ("hourly", "used", "left_on_demand"),
    [("50", "47.125", "0"), ("2", "2", "56.2428571429"), ("19.6", "19.6", "32.7")],
)
def test_a_compute_plan_covers_the_guides_usage_by_saving(
    hourly: str, used: str, left_on_demand: str
) -> None:
    plan = a_plan(hourly, GUIDE_RATES)

    fills, draws = settled(the_guides_usage(), [plan])

    assert draws[0].cost == Decimal(used)
    assert on_demand(fills) == Decimal(left_on_demand)


def test_reserved_instances_go_before_savings_plans() -> None:
    held: list[Commitment] = [a_reservation("r5.4xlarge", 2), a_plan("18.2", GUIDE_RATES)]

    fills, draws = settled(the_guides_usage(), held)

    assert {draw.commitment.id: draw.cost for draw in draws}[held[1].id] == Decimal("18.2")
    assert on_demand(fills) == Decimal("32.7")


def test_a_tie_of_savings_goes_to_the_lower_rate_and_the_last_one_is_filled_in_part() -> None:
    usages = [
        a_usage("c5.9xlarge", "1", "4"),
        a_usage("c5.24xlarge", "1", "10"),
        a_usage("vcpu", "10", "1.5", pool="fargate"),
        a_usage("gb", "5", "2", pool="fargate"),
    ]
    plan = a_plan("10", {"c5.9xlarge": "2", "c5.24xlarge": "8", "vcpu": "1", "gb": "1"})

    fills, _ = settled(usages, [plan])

    assert covered(fills) == {"gb": 5, "c5.9xlarge": 1, "vcpu": 3}
    assert on_demand(fills) == Decimal("20.5")


def test_instance_plans_go_before_compute_plans() -> None:
    usages = [a_usage("m5.large", "3", "0.1")]
    family = a_plan("0.12", {"m5.large": "0.06"}, plan_type="EC2InstanceSavingsPlans")
    compute = a_plan("1", {"m5.large": "0.07"})

    _, draws = settled(usages, [compute, family])

    assert {draw.commitment.id: draw.cost for draw in draws} == {
        family.id: Decimal("0.12"),
        compute.id: Decimal("0.07"),
    }


def test_zonal_first_then_regional_by_normalised_units() -> None:
    usages = [
        a_usage("m3.large", "4", zone="us-east-1a"),
        a_usage("m4.xlarge", "2", zone="us-east-1b"),
        a_usage("c4.xlarge", "1", zone="us-east-1c"),
    ]
    held = [
        a_reservation("m3.large", 4, zone="us-east-1a"),
        a_reservation("m4.large", 4),
        a_reservation("c4.large", 1),
    ]

    fills, _ = settled(usages, list(held))

    assert covered(fills) == {"m3.large": 4, "m4.xlarge": 2, "c4.xlarge": Decimal("0.5")}


def test_the_smallest_size_is_covered_first() -> None:
    usages = [a_usage("m3.xlarge", "2"), a_usage("m3.large", "2")]

    fills, _ = settled(usages, [a_reservation("m3.2xlarge")])

    assert covered(fills) == {"m3.large": 2, "m3.xlarge": 1}


def test_the_owners_usage_goes_before_other_accounts() -> None:
    usages = [
        a_usage("m4.xlarge", "2", account=OTHER),
        a_usage("m4.xlarge", "2"),
        a_usage("m4.2xlarge", "1"),
    ]

    fills, _ = settled(usages, [a_reservation("m4.xlarge", 4)])

    assert covered(fills, OWNER) == {"m4.xlarge": 2, "m4.2xlarge": 1}
    assert covered(fills, OTHER) == {}


def test_a_zonal_reservation_of_another_account_goes_before_an_own_regional_one() -> None:
    zonal = a_reservation("m5.large", account=OTHER, zone="us-east-1a")
    regional = a_reservation("m5.large")

    fills, _ = settled([a_usage("m5.large", "1", zone="us-east-1a")], [regional, zonal])

    assert [fill.commitment for fill in fills] == [zonal]


def test_accounts_that_do_not_share_keep_their_commitments_to_themselves() -> None:
    usages = [a_usage("m5.large", "1", account=OTHER)]
    held: list[Commitment] = [a_reservation("m5.large"), a_plan("1", {"m5.large": "0.6"})]

    for apart in (OWNER, OTHER):
        fills, draws = settled(usages, held, frozenset({apart}))

        assert covered(fills) == {}
        assert [draw.cost for draw in draws] == [0, 0]


def test_families_and_windows_without_size_flexibility_match_their_size_alone() -> None:
    usages = [a_usage("g4dn.xlarge", "2"), a_usage("g4dn.2xlarge", "1")]

    fills, _ = settled(usages, [a_reservation("g4dn.2xlarge", 2)])

    assert covered(fills) == {"g4dn.2xlarge": 1}


@given(
    quantities=st.lists(st.decimals("0", "30", places=2), min_size=3, max_size=3),
    hourly=st.decimals("0.001", "20", places=5),
    number=st.integers(1, 4),
)
def test_parts_of_a_usage_sum_to_it_and_nothing_is_drawn_twice(
    quantities: list[Decimal], hourly: Decimal, number: int
) -> None:
    usages = [
        a_usage("m5.large", str(quantities[0]), "0.096"),
        a_usage("m5.2xlarge", str(quantities[1]), "0.384", account=OTHER),
        a_usage("c5.large", str(quantities[2]), "0.085"),
    ]
    plan = a_plan(str(hourly), {"m5.large": "0.071", "m5.2xlarge": "0.283", "c5.large": "0.062"})
    held: list[Commitment] = [plan, a_reservation("m5.xlarge", number)]

    fills, draws = settled(usages, held)

    for usage in usages:
        parts = [fill for fill in fills if fill.usage is usage]
        assert sum(part.quantity for part in parts) == usage.quantity
        assert sum(part.on_demand for part in parts) == usage.quantity * usage.sku.on_demand
    for draw in draws:
        paid = [fill.cost for fill in fills if fill.commitment is draw.commitment]
        assert sum(paid) == draw.cost
        assert 0 <= draw.cost <= draw.commitment.hourly_cost
    scales = [-int(fill.cost.normalize().as_tuple().exponent) for fill in fills]
    assert max(scales, default=0) <= 10
