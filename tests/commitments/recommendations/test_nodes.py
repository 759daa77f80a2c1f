"""Reservations of databases, caches, search and warehouses: what they cover, beside plans."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import numpy as np
import pytest
from tests.commitments.recommendations.test_reservations import (
    HOURS,
    SINCE,
    a_reservation,
    counts,
    market,
)

from finops_commitments.recommendations.portfolios import Wanted, solve
from finops_common.contracts.ingestion_offers import ReservationOffer, SavingsPlanRate

__all__ = ["market"]
Record = dict[str, Any]
Market = Callable[..., Any]
Nodes = Callable[..., list[Record]]

SERVICES = {
    "AmazonRDS": ("InstanceUsage", "db."),
    "AmazonElastiCache": ("NodeUsage", "cache."),
    "AmazonMemoryDB": ("NodeUsage", "db."),
    "AmazonES": ("ESInstance", ""),
    "AmazonRedshift": ("Node", ""),
}
PLAIN = Wanted(90, robust=False)


@pytest.fixture
def nodes(a_record: Callable[..., Record]) -> Nodes:
    """Nodes of one type: how many in each hour of a day, at `rate` an hour each."""

    def build(
        service: str,
        node: str,
        numbers: Sequence[int],
        rate: str = "0.2",
        engine: str | None = None,
        **known: Any,  # noqa: ANN401 - columns of a record
    ) -> list[Record]:
        meter, prefix = SERVICES[service]
        facts = {
            "service": service,
            "usage_type": f"{meter}:{prefix}{node}",
            "platform": engine,
            **{"instance_type": f"{prefix}{node}"} | known,
        }
        return [
            a_record(
                hour=SINCE + timedelta(hours=at),
                list_cost=str(Decimal(rate) * number),
                usage_quantity=str(number),
                **facts,
            )
            for at, number in enumerate(numbers)
            if number
        ]

    return build


def a_node(
    service: str,
    node: str,
    hourly: str = "0.12",
    engine: str = "",
    **known: Any,  # noqa: ANN401 - the model's own types
) -> ReservationOffer:
    prefix = SERVICES[service][1]
    facts = {"service": service, "instance_type": f"{prefix}{node}", "platform": engine}
    return a_reservation(hourly, **facts | {"tenancy": None} | known)


def a_database_rate(rate: str, usage_type: str) -> SavingsPlanRate:
    return SavingsPlanRate(
        plan_type="Database",
        term_months=12,
        payment_option="No Upfront",
        region="us-east-1",
        usage_type=usage_type,
        rate=Decimal(rate),
        currency="USD",
    )


RDS, CACHE, MEMORY = "AmazonRDS", "AmazonElastiCache", "AmazonMemoryDB"
SEARCH, WAREHOUSE = "AmazonES", "AmazonRedshift"


@pytest.mark.req(
    "COM-41", part="what reservations of other services cover is what the simulator says"
)
@pytest.mark.parametrize(
    ("service", "usage", "offer", "covered"),
    [
        (RDS, ("m5.large", "MySQL"), ("m5.large", "mysql"), True),
        (RDS, ("m5.xlarge", "MySQL"), ("m5.large", "mysql"), True),
        (RDS, ("m5.large", "PostgreSQL"), ("m5.large", "mysql"), False),
        (RDS, ("m5.large", "Aurora PostgreSQL"), ("m5.large", "aurora-postgresql"), True),
        (RDS, ("m5.large", "MySQL"), ("r5.large", "mysql"), False),
        (RDS, ("m5.large", "SQL Server"), ("m5.large", "sqlserver-se(li)"), False),
        (CACHE, ("m5.xlarge", "Redis"), ("m5.large", "redis"), True),
        (CACHE, ("m5.large", "Valkey"), ("m5.large", "redis"), True),
        (CACHE, ("m5.large", "Redis"), ("m5.large", "valkey"), False),
        (CACHE, ("m5.large", "Memcached"), ("m5.large", "redis"), False),
        (MEMORY, ("r6g.xlarge", "Redis"), ("r6g.large", ""), True),
        (MEMORY, ("r6g.large", "Valkey"), ("r6g.large", ""), True),
        (MEMORY, ("r6g.large", None), ("r6g.large", ""), True),
        (SEARCH, ("m5.large.search", None), ("m5.large.search", ""), True),
        (SEARCH, ("m5.large.elasticsearch", None), ("m5.large.search", ""), True),
        (SEARCH, ("m5.xlarge.search", None), ("m5.large.search", ""), False),
        (WAREHOUSE, ("ra3.xlplus", None), ("ra3.xlplus", ""), True),
        (WAREHOUSE, ("ra3.16xlarge", None), ("ra3.4xlarge", ""), False),
    ],
)
def test_a_reservation_covers_what_the_simulator_lets_it_cover(
    nodes: Nodes,
    market: Market,
    service: str,
    usage: tuple[str, str | None],
    offer: tuple[str, str],
    *,
    covered: bool,
) -> None:
    other = nodes(CACHE, "t3.medium", [1] * HOURS, engine="Redis")
    rows = [*nodes(service, usage[0], [3] * HOURS, engine=usage[1]), *other]
    always = a_node(CACHE, "t3.medium", engine="redis")

    ahead = market(rows, [a_node(service, offer[0], engine=offer[1]), always])

    assert (len(ahead.plans) == 2) is covered
    assert any(each.startswith(service) for each in ahead.left_out) is not covered


@pytest.mark.req("COM-41", part="databases are told apart by licence, edition and deployment")
@pytest.mark.parametrize(
    ("usage", "offer", "covered"),
    [
        ({"operation": "CreateDBInstance:0012"}, {"platform": "sqlserver-se(li)"}, True),
        ({"operation": "CreateDBInstance:0015"}, {"platform": "sqlserver-se(li)"}, False),
        ({"operation": "CreateDBInstance:0005"}, {"platform": "oracle-ee(byol)"}, True),
        ({"operation": "CreateDBInstance:0020"}, {"platform": "oracle-se2(byol)"}, False),
        ({"operation": "CreateDBInstance:0019"}, {"platform": "oracle-se2 (byol)"}, True),
        (
            {"operation": "CreateDBInstance:0012", "usage_type": "Multi-AZUsage:db.m5.large"},
            {"platform": "sqlserver-se(li)"},
            False,
        ),
        (
            {"operation": "CreateDBInstance:0012", "usage_type": "Multi-AZUsage:db.m5.large"},
            {"platform": "sqlserver-se(li)", "deployment": "multi_az"},
            True,
        ),
    ],
)
def test_a_licence_and_a_deployment_are_part_of_what_is_reserved(
    nodes: Nodes, market: Market, usage: Record, offer: Record, *, covered: bool
) -> None:
    other = nodes(CACHE, "t3.medium", [1] * HOURS, engine="Redis")
    rows = [*nodes(RDS, "m5.large", [3] * HOURS, engine="Oracle", **usage), *other]
    always = a_node(CACHE, "t3.medium", engine="redis")

    ahead = market(rows, [a_node(RDS, "m5.large", **offer), always])

    assert (len(ahead.plans) == 2) is covered


@pytest.mark.req("COM-41", part="a deployment in two zones counts as two instances")
def test_two_zones_take_twice_as_much_of_a_reservation(nodes: Nodes, market: Market) -> None:
    rows = [
        *nodes(RDS, "m5.large", [4] * HOURS, engine="MySQL"),
        *nodes(
            *(RDS, "m5.large", [3] * HOURS, "0.4", "MySQL"), usage_type="Multi-AZUsage:db.m5.large"
        ),
    ]
    single, both = (
        a_node(RDS, "m5.large", "0.12", "mysql"),
        a_node(RDS, "m5.large", "0.24", "mysql", deployment="multi_az"),
    )

    found = solve(market(rows, [single, both]), PLAIN)
    xlarge = a_node(RDS, "m5.xlarge", "0.24", "mysql")
    other = solve(market(rows[HOURS:], [xlarge, single, both]), PLAIN)

    assert counts(found) == {"reserved_instance/us-east-1/db.m5.large/mysql/1/No Upfront": 10}
    assert found.outcome.monthly_savings == Decimal("0.08") * 10 * 730
    name = "reserved_instance/us-east-1/db.m5.large/mysql/multi_az/1/No Upfront"
    assert counts(other) == {name: 3}


@pytest.mark.req("COM-41", part="storage without a charge for reads counts 1.3 instances")
def test_an_aurora_instance_without_charge_for_reads_takes_more(
    nodes: Nodes, market: Market
) -> None:
    rows = nodes(
        *(RDS, "r6g.large", [10] * HOURS, "0.26", "Aurora PostgreSQL"),
        usage_type="InstanceUsageIOOptimized:db.r6g.large",
    )

    found = solve(market(rows, [a_node(RDS, "r6g.large", "0.12", "aurora-postgresql")]), PLAIN)

    assert list(counts(found).values()) == [13]
    assert found.outcome.monthly_on_demand_after == 0


@pytest.mark.req(
    "COM-41", part="a Database plan competes with reservations; nothing is counted twice"
)
@pytest.mark.parametrize(
    ("reserved", "bought"),
    [
        ("0.10", {"reserved_instance/us-east-1/cache.r7g.large/valkey/1/No Upfront": 10}),
        ("0.13", {"database_savings_plan/1/No Upfront": None}),
    ],
)
def test_the_cheaper_of_a_plan_and_a_reservation_covers_a_new_node_of_valkey(
    nodes: Nodes, market: Market, reserved: str, bought: dict[str, int | None]
) -> None:
    rows = nodes(CACHE, "r7g.large", [10] * HOURS, "0.16", "Valkey")
    rate = a_database_rate("0.12", "NodeUsage:cache.r7g.large")

    found = solve(market(rows, [a_node(CACHE, "r7g.large", reserved, "valkey")], [rate]), PLAIN)

    assert counts(found) == bought
    assert found.outcome.monthly_usage == Decimal("1.6") * 730
    assert found.outcome.monthly_on_demand_after == 0


@pytest.mark.req(
    "COM-41", part="gap with reservations of databases and caches beside a Database plan"
)
@pytest.mark.parametrize("seed", range(5))
def test_no_number_of_nodes_with_any_plan_is_much_cheaper(
    nodes: Nodes, market: Market, seed: int
) -> None:
    random = np.random.default_rng(seed)
    large, xlarge = random.integers(0, 12, HOURS), random.integers(0, 6, HOURS)
    valkey, search = random.integers(3, 20, HOURS), random.integers(4, 10, HOURS)
    rows = [
        *nodes(RDS, "m5.large", large.tolist(), "0.2", "MySQL"),
        *nodes(RDS, "m5.xlarge", xlarge.tolist(), "0.4", "MySQL"),
        *nodes(CACHE, "r7g.large", valkey.tolist(), "0.16", "Valkey"),
        *nodes(SEARCH, "m5.large.search", search.tolist(), "0.14"),
    ]
    reservations = [
        a_node(RDS, "m5.large", "0.13", "mysql"),
        a_node(CACHE, "r7g.large", "0.1", "valkey"),
        a_node(SEARCH, "m5.large.search", "0.09"),
    ]
    rates = [a_database_rate("0.13", "NodeUsage:cache.r7g.large")]

    found = solve(market(rows, reservations, rates), PLAIN)

    def alone(usage: Any, rate: float, reserved: float) -> float:  # noqa: ANN401 - numpy
        return min(
            reserved * count * HOURS + rate * float(np.maximum(usage - count, 0).sum())
            for count in range(int(usage.max()) + 1)
        )

    cheapest = alone(large + 2 * xlarge, 0.2, 0.13) + alone(search, 0.14, 0.09)
    # The best amount of the plan is what is left in one of the hours, or none.
    beside = [
        (0.1 * count + 0.13 * planned) * HOURS
        + 0.16 * np.maximum(valkey - count - planned, 0).sum()
        for count, planned in product(range(21), range(21))
    ]
    cheapest += min(beside)
    assert float(found.portfolio.cost) <= cheapest * 1.005
    assert float(found.portfolio.bound) <= cheapest * (1 + 1e-9)


@pytest.mark.req("COM-41", part="a node of Valkey takes less of a reservation of Redis")
def test_redis_reservations_cover_more_nodes_of_valkey(nodes: Nodes, market: Market) -> None:
    rows = [
        *nodes(CACHE, "m5.large", [2] * HOURS, "0.2", "Redis"),
        *nodes(CACHE, "m5.large", [10] * HOURS, "0.16", "Valkey", operation="Valkey"),
    ]

    found = solve(market(rows, [a_node(CACHE, "m5.large", "0.12", "redis")]), PLAIN)

    assert list(counts(found).values()) == [10]
    assert found.outcome.monthly_on_demand_after == 0


@pytest.mark.req("COM-41", part="a reservation of Valkey covers no Redis")
def test_reservations_of_valkey_are_for_valkey_alone(nodes: Nodes, market: Market) -> None:
    rows = [
        *nodes(CACHE, "m5.large", [2] * HOURS, "0.2", "Redis"),
        *nodes(CACHE, "m5.large", [10] * HOURS, "0.16", "Valkey", operation="Valkey"),
    ]
    valkey = a_node(CACHE, "m5.large", "0.08", "valkey")

    alone = solve(market(rows, [valkey]), PLAIN)
    both = solve(market(rows, [valkey, a_node(CACHE, "m5.large", "0.12", "redis")]), PLAIN)

    name = "reserved_instance/us-east-1/cache.m5.large/{}/1/No Upfront"
    assert counts(alone) == {name.format("valkey"): 10}
    assert counts(both) == {name.format("valkey"): 10, name.format("redis"): 2}


def test_of_what_is_listed_twice_the_cheaper_is_on_offer(nodes: Nodes, market: Market) -> None:
    offered = [a_node(WAREHOUSE, "ra3.xlplus", hourly) for hourly in ("0.15", "0.12", "0.13")]

    found = solve(market(nodes(WAREHOUSE, "ra3.xlplus", [4] * HOURS), offered), PLAIN)

    assert counts(found) == {"reserved_instance/us-east-1/ra3.xlplus/1/No Upfront": 4}
    assert found.outcome.monthly_savings == Decimal("0.08") * 4 * 730
