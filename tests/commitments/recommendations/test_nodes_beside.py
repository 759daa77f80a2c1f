"""Reservations of databases and caches beside what is owned, in a fall, and beside plans of compute."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.commitments.recommendations.test_nodes import CACHE, RDS, a_node
from tests.commitments.recommendations.test_portfolio import PAYER, a_plan
from tests.commitments.recommendations.test_reservations import a_rate, counts
from tests.commitments.recommendations.test_what_is_known import SINCE, UNTIL, usage

from finops_commitments.figures.records import HourlyRecords
from finops_commitments.inventory.domain import Commitment, Kind, Scope
from finops_commitments.offers.packing import packed
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.planned_changes.domain import PlannedChange, Where
from finops_commitments.recommendations.advice import Family
from finops_commitments.recommendations.ahead import Ahead, ahead_of
from finops_commitments.recommendations.portfolios import Wanted, solve
from finops_commitments.recommendations.variants import Asked, Variant, variants
from finops_common.contracts.ingestion_offers import ReservationOffer, SavingsPlanRate

__all__ = ["usage"]
Record = dict[str, Any]
Usage = Callable[..., list[Record]]
Market = Callable[..., Ahead]

DATABASE = {
    "service": RDS,
    "usage_type": "InstanceUsage:db.m5.large",
    "instance_type": "db.m5.large",
    "platform": "MySQL",
}
MYSQL = "reserved_instance/us-east-1/db.m5.large/mysql/1/No Upfront"
OFFER = a_node(RDS, "m5.large", "0.06", "mysql")
PLAIN = Wanted(90, robust=False)


@pytest.fixture
def market(records_of: Callable[[Sequence[Record]], HourlyRecords]) -> Market:
    """What a payer with this usage stands before; RDS nodes are on offer."""

    def build(
        rows: Sequence[Record],
        *rates: SavingsPlanRate,
        owned: Sequence[Commitment] = (),
        offered: Sequence[ReservationOffer] = (OFFER,),
        changes: Sequence[PlannedChange] = (),
    ) -> Ahead:
        listed = packed(offered) if offered else b""
        prices = StoredPrices("AWS", PAYER, uuid4(), UNTIL, packed(rates), listed)
        family = Family(PAYER, "USD")
        found = ahead_of(records_of(rows), prices, family, owned, SINCE, UNTIL, changes)
        assert found is not None
        return found

    return build


def a_reserved(quantity: str, unit: str | None = None, **known: Any) -> Commitment:  # noqa: ANN401 - the model's own types
    return a_plan(
        **{
            "id": "arn:ri",
            "kind": Kind.CAPACITY,
            "type": "RDS",
            "scope": Scope(RDS, "us-east-1", instance_type="db.m5.large", platform="MySQL"),
            "hourly_amount": None,
            "quantity": Decimal(quantity),
            "unit": unit,
            "starts_at": SINCE,
            "ends_at": UNTIL + timedelta(days=365),
        }
        | known
    )


def covered(rows: Sequence[Record]) -> list[Record]:
    """The same under the reservation."""
    facts = {
        "commitment_id": "arn:ri",
        "commitment_category": "Usage",
        "commitment_status": "Used",
        "pricing_category": "Committed",
        "effective_cost": Decimal("0.6"),
    }
    return [each | facts for each in rows]


@pytest.mark.req("COM-41", part="owned reservations of other services, and when they end")
def test_what_is_reserved_is_not_reserved_again_until_it_ends(market: Market, usage: Usage) -> None:
    rows = usage(**DATABASE, list_cost="2", usage_quantity="20")
    half = a_reserved("10")

    found = solve(market(rows, owned=[half]), PLAIN)
    over = solve(market(rows, owned=[a_reserved("10", ends_at=UNTIL)]), PLAIN)

    assert counts(found) == {MYSQL: 10}
    assert found.outcome.coverage_before_percent == 50
    assert found.outcome.coverage_after_percent == 100
    assert counts(over) == {MYSQL: 20}


@pytest.mark.req("COM-41", part="owned reservations, counted in units, of deployments in two zones")
@pytest.mark.parametrize("operation", ["CreateDBInstance:0002", "CreateDBInstance:0012"])
def test_units_of_a_deployment_in_two_zones_are_of_two_instances(
    market: Market, usage: Usage, operation: str
) -> None:
    """Of ten deployments five are reserved: 40 units, in a bill that names neither licence nor zones."""
    both = {"usage_type": "Multi-AZUsage:db.m5.large", "operation": operation}
    platform = "sqlserver-se(li)" if operation.endswith("12") else "mysql"
    half = usage(**DATABASE | both, usage_quantity="5")
    offer = a_node(RDS, "m5.large", "0.12", platform, deployment="multi_az")

    ahead = market(
        [*half, *covered(half)], owned=[a_reserved("40", "Normalized Hours")], offered=[offer]
    )

    assert list(counts(solve(ahead, PLAIN)).values()) == [5]


@pytest.mark.req("COM-41", part="listed reservations of RDS, of one zone or of two")
@pytest.mark.parametrize(
    ("deployment", "in_zones", "left"),
    [("multi_az", 1, 4), ("multi_az", 2, 4), ("single_az", 1, 12), ("single_az", 2, 12)],
)
@pytest.mark.parametrize("billed", [True, False])
def test_a_listed_reservation_holds_the_instances_of_its_own_deployment(
    market: Market, usage: Usage, deployment: str, in_zones: int, left: int, *, billed: bool
) -> None:
    """Twenty instances run, of one zone each or ten of two; eight deployments are reserved."""
    word = {1: "InstanceUsage", 2: "Multi-AZUsage"}[in_zones]
    runs = {"usage_type": f"{word}:db.m5.large", "usage_quantity": str(20 / in_zones)}
    rows = usage(**DATABASE | runs, list_cost="2")
    scope = Scope(
        *(None, "us-east-1", None, "m5", "db.m5.large", "mysql", None, deployment),
    )
    arn = "arn:aws:rds:us-east-1:1:ri:ours"
    held = a_reserved("8", "instances", id=arn, scope=scope)
    known = [each | {"commitment_id": arn} for each in covered(rows)] if billed else rows

    found = solve(market(known, owned=[held]), PLAIN)

    assert counts(found) == {MYSQL: left}


@pytest.mark.req("COM-41", part="owned reservations under storage without a charge for reads")
def test_thirteen_reservations_hold_ten_instances_without_charge_for_reads(
    market: Market, usage: Usage
) -> None:
    aurora = {
        "service": RDS,
        "usage_type": "InstanceUsageIOOptimized:db.r6g.large",
        "instance_type": "db.r6g.large",
        "platform": "Aurora MySQL",
        "list_cost": "2.6",
    }
    scope = Scope(RDS, "us-east-1", instance_type="db.r6g.large", platform="Aurora MySQL")
    rows = [*usage(**aurora), *covered(usage(**aurora))]
    offer = a_node(RDS, "r6g.large", "0.12", "aurora-mysql")

    ahead = market(rows, owned=[a_reserved("13", scope=scope)], offered=[offer])

    assert list(counts(solve(ahead, PLAIN)).values()) == [13]


@pytest.mark.req("COM-42", part="a fall of what reservations alone cover")
def test_nothing_is_reserved_while_its_usage_falls(market: Market, usage: Usage) -> None:
    """Compute is steady, and ten times as much: it must not hide what the databases do."""
    steady = usage(list_cost="10", usage_quantity="100")
    falling = [
        *usage(0, 100, **DATABASE),
        *usage(100, **DATABASE, list_cost="0.1", usage_quantity="1"),
    ]
    compute = a_rate("0.06", "Compute")

    beside = solve(market([*steady, *falling], compute), Wanted(90))
    without = solve(market([*steady, *falling], compute, offered=()), Wanted(90))

    assert beside.outcome.bought == ()
    assert [each.guard for each in beside.guards] == ["baseline", "fall"]
    # Where no database can be reserved, what these do is no matter.
    assert [each.guard for each in without.guards] == ["baseline"]
    assert len(without.outcome.bought) == 1


@pytest.mark.req("COM-40", part="coverage by plans is of what plans could cover")
def test_databases_on_offer_leave_plans_of_compute_as_they_are(
    records_of: Callable[[Sequence[Record]], HourlyRecords], usage: Usage
) -> None:
    falling = [
        *usage(0, 100, **DATABASE),
        *usage(100, **DATABASE, list_cost="0.1", usage_quantity="1"),
    ]
    other = usage(usage_type="BoxUsage:x9.large", list_cost="3")
    rates = packed([a_rate("0.06", "Compute")])

    def sized(rows: Sequence[Record], offered: Sequence[ReservationOffer]) -> Variant:
        listed = packed(offered) if offered else b""
        prices = [StoredPrices("AWS", PAYER, uuid4(), UNTIL, rates, listed)]
        (only,) = variants(records_of(rows), prices, [], SINCE, UNTIL, UNTIL, Asked())
        return only

    alone = sized([*usage(), *other], [])
    beside = sized([*usage(), *other, *falling], [OFFER])

    names = [
        *("hourly_commitment", "coverage_before_percent", "coverage_after_percent"),
        *("monthly_savings", "monthly_on_demand_before"),
    ]
    assert [getattr(beside.sizing, each) for each in names] == [
        getattr(alone.sizing, each) for each in names
    ]
    assert beside.sizing.hourly_commitment > 0
    assert beside.sized.guards == alone.sized.guards


@pytest.mark.req("COM-33", part="changes of what reservations alone cover")
def test_a_database_that_goes_is_not_reserved(market: Market, usage: Usage) -> None:
    cache = {"service": CACHE, "usage_type": "NodeUsage:cache.m5.large"}
    rows = [*usage(**DATABASE), *usage(**cache, instance_type="cache.m5.large", platform="Redis")]
    gone = PlannedChange(
        id=UUID(int=1),
        name="gone",
        scope=Where(service=RDS),
        starts_on=date(2026, 10, 11),
        share_percent=Decimal(-100),
        confidence_percent=Decimal(100),
    )
    offered = [OFFER, a_node(CACHE, "m5.large", "0.06", "redis")]

    found = solve(market(rows, offered=offered, changes=[gone]), PLAIN)

    redis = "reserved_instance/us-east-1/cache.m5.large/redis/1/No Upfront"
    assert counts(found) == {redis: 10}


@pytest.mark.req("COM-41", part="names of services as FOCUS writes them")
def test_a_bill_that_spells_services_out_is_reserved_for_as_well(
    market: Market, usage: Usage
) -> None:
    rows = usage(**DATABASE | {"service": "Amazon Relational Database Service"})

    assert counts(solve(market(rows), PLAIN)) == {MYSQL: 10}
