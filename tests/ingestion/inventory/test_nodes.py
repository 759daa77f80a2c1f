"""Reservations of databases and caches, as each service lists what an account owns."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.ingestion.conftest import Customer
from tests.ingestion.reading import Told

from finops_common.contracts.ingestion import INVENTORY
from finops_common.testing.services import Running
from finops_sandbox.world import World
from finops_sandbox.world.model import ReservedNode

BEGAN = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
YEAR = timedelta(days=365)


def reserved(
    customer: Customer,
    service: str,
    instance_type: str,
    engine: str,
    **values: Any,  # noqa: ANN401 - fields
) -> ReservedNode:
    usual: dict[str, Any] = {"region": "us-east-1", "count": 3, "starts_at": BEGAN}
    usual |= {"term": "1yr", "payment": "Partial Upfront", "service": service}
    usual |= {"instance_type": instance_type, "engine": engine}
    return ReservedNode(id=f"ours-{service}", account=customer.payer, **usual | values)


@pytest.fixture
def own(worlds: list[World], customer: Customer) -> Callable[..., None]:
    """Lets the customer own these."""

    def buy(*nodes: ReservedNode) -> None:
        worlds[worlds.index(customer.world)] = replace(customer.world, nodes=nodes)

    return buy


async def listed(customer: Customer, ingestion: Running, told: Told) -> dict[str, Any]:
    while await ingestion.server.config.app.state.wiring.inventory.list_next():
        pass
    sources = f"/ingestion/v1/organizations/{customer.organization}/billing-sources"
    (source,) = (await customer.owner.get(sources))["items"]
    (message,) = await told(INVENTORY, source["id"], 1)
    return {each.id: each for each in message.data.commitments}


@pytest.mark.req("COM-1", part="RDS, ElastiCache and MemoryDB, as their APIs list reservations")
async def test_reserved_nodes_are_listed_with_amounts_of_all_of_them(
    customer, own, ingestion: Running, told
) -> None:
    database = reserved(customer, "rds", "db.m5.large", "postgresql", multi_az=True)
    cache = reserved(customer, "elasticache", "cache.r6g.large", "redis", region="eu-west-1")
    memory = reserved(customer, "memorydb", "db.r6g.large", "", starts_at=BEGAN - YEAR)
    own(database, cache, memory, reserved(customer, "opensearch", "m5.large.search", ""))
    await customer.registered()

    found = await listed(customer, ingestion, told)

    held = found[database.arn]
    assert (held.kind, held.instance_type, held.family) == ("reservation", "db.m5.large", "m5")
    assert (held.platform, held.region, held.quantity) == ("postgresql", "us-east-1", 3)
    assert [held.deployment, found[cache.arn].deployment] == ["multi_az", None]
    assert (held.starts_at, held.ends_at) == (BEGAN, BEGAN + YEAR)
    assert (held.term_months, held.payment_option, held.state) == (12, "Partial Upfront", "active")
    # 33 % off twice 0.171 an hour, half of it at the start.
    assert held.recurring_hourly == Decimal("0.11457") * 3
    assert held.upfront == Decimal("1003.63") * 3
    assert found[cache.arn].platform == "redis"
    assert found[cache.arn].currency == "USD"
    assert found[memory.arn].state == "retired"
    assert not [name for name in found if ":es:" in name or ":opensearch:" in name]


@pytest.mark.req("COM-2", part="where the provider's lists may not be read, nothing is missing")
async def test_a_service_that_may_not_be_asked_hides_no_other(
    customer, own, ingestion: Running, told
) -> None:
    database = reserved(customer, "rds", "db.m5.large", "mysql")
    cache = reserved(customer, "elasticache", "cache.r6g.large", "redis")
    own(database, cache)
    template = await customer.template()
    await customer.run(template.replace('rds:DescribeReservedDBInstances"', 'rds:Nothing"'))
    await customer.register()

    found = await listed(customer, ingestion, told)

    assert cache.arn in found
    assert database.arn not in found
