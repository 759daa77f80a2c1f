"""How well Google Cloud's resource commitments are used, from their fees and credited usage."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.commitments.conftest import ARecord, Record, RecordsOf
from tests.commitments.service import ATenant, Topics, until

from finops_commitments.figures.records import ALL
from finops_commitments.resource_pools.domain import ResourcePool
from finops_commitments.resource_pools.measures import resource_pools

OCTOBER = datetime(2026, 10, 1, tzinfo=UTC)
CUD = {
    "provider": "Google Cloud",
    "service": "Compute Engine",
    "region": "us-central1",
    "instance_type": None,
    "commitment_type": "Resource-based CUD",
    "commitment_category": "Usage",
    "commitment_unit": "hour",
}


def fee(what: str, bought: str, cost: str, **more: Any) -> Record:  # noqa: ANN401 - the record's own types
    """An hour's fee and its part that nothing spreads, as ingestion reads it."""
    return CUD | {
        "charge_category": "Purchase",
        "charge_kind": "unspread_commitment_fee",
        "pricing_category": None,
        "usage_type": f"Commitment v1: {what} in Americas for 1 Year",
        "commitment_id": f"{what} commitment",
        "commitment_quantity": bought,
        "billed_cost": Decimal(cost),
        "effective_cost": Decimal(0),
        **more,
    }


def spent(cost: str) -> Record:
    used = {"charge_category": "Usage", "commitment_status": "Used", "list_cost": "0"}
    money = {"effective_cost": Decimal(cost), "billed_cost": Decimal(0), "commitment_quantity": "0"}
    return fee("N2 Cpu", "0", cost, family="n2") | used | money | {"lines": 0}


def credited(what: str, quantity: str, **more: Any) -> Record:  # noqa: ANN401 - the record's own types
    return CUD | {
        "charge_kind": "credited_usage",
        "commitment_status": "Used",
        "pricing_category": "Committed",
        "usage_type": f"{what} running in Americas",
        "commitment_id": "Committed use discount",
        "commitment_quantity": quantity,
        **more,
    }


@pytest.fixture
def pools(a_record: ARecord, records_of: RecordsOf) -> Callable[..., list[ResourcePool]]:
    def build(*rows: Record) -> list[ResourcePool]:
        return resource_pools(records_of([a_record(**each) for each in rows]), ALL)

    return build


@pytest.mark.req("COM-20", part="GCP: resource commitments by family, region and resource")
def test_cores_and_memory_of_a_family_are_used_as_far_as_usage_was_credited(
    pools: Callable[..., list[ResourcePool]],
) -> None:
    memory, cores = pools(
        fee("N2 Cpu", "8", "0.8", family="n2"),
        spent("0.8"),
        fee("N2 Ram", "32", "0.2", family="n2", commitment_unit="gibibyte hour"),
        credited("N2 Instance Core", "4", family="n2"),
        credited("N2 Custom Instance Core", "2", family="n2"),
        credited("N2 Instance Ram", "32", family="n2", commitment_unit="gibibyte hour"),
    )

    assert [cores.resource, cores.bought, cores.used, cores.unused] == ["vcpu", 8, 6, 2]
    assert [cores.utilization_percent, cores.cost] == [75, Decimal("0.8")]
    assert cores.unused_cost == Decimal("0.2")
    assert [memory.resource, memory.unit, memory.used, memory.unused] == [
        *("memory", "gibibyte hour"),
        *(32, 0),
    ]


@pytest.mark.req("COM-20", part="GCP: resource commitments by family, region and resource")
def test_a_familys_use_is_never_anothers(pools: Callable[..., list[ResourcePool]]) -> None:
    found = pools(
        fee("Cpu", "4", "0.1"),
        fee("N2 Cpu", "4", "0.1", family="n2"),
        fee("N2 Cpu", "4", "0.1", family="n2", region="europe-west1"),
        fee("Compute optimized Core", "4", "0.1"),
        fee("Nvidia Tesla T4 GPU", "1", "0.2"),
        credited("N1 Predefined Instance Core", "3", family="n1"),
        credited("Nvidia Tesla T4 GPU", "1", family="n1"),
        credited("C3 Instance Core", "5", family="c3"),
    )

    assert [[each.region, each.family, each.bought, each.used] for each in found] == [
        ["europe-west1", "n2", 4, 0],
        ["us-central1", "c3", 0, 0],
        ["us-central1", "n1", 4, 3],
        ["us-central1", "n2", 4, 0],
        ["us-central1", None, 4, None],
    ]
    assert [each.utilization_percent for each in found] == [0, None, 75, 0, None]
    assert [each.unused_cost for each in found[-2:]] == [Decimal("0.1"), None]


def test_what_is_covered_from_elsewhere_is_no_use_of_ones_own(
    pools: Callable[..., list[ResourcePool]],
) -> None:
    (found,) = pools(
        fee("N2 Cpu", "4", "0.1", family="n2"), credited("N2 Instance Core", "9", family="n2")
    )

    assert [found.covered, found.used, found.utilization_percent] == [9, 4, 100]


@pytest.mark.req("COM-20", part="GCP: resource commitments over HTTP")
async def test_pools_are_answered_to_those_who_may_read_figures(
    a_tenant: ATenant, topics: Topics, a_record: ARecord, part_of: Callable[..., bytes]
) -> None:
    tenant = await a_tenant()
    hour = {"hour": OCTOBER + timedelta(hours=1)}
    part = part_of(
        a_record(**fee("N2 Cpu", "8", "0.8", family="n2"), **hour),
        a_record(**credited("N2 Instance Core", "6", family="n2"), **hour),
    )
    await topics.send(*tenant.source.revision(1, {tenant.id: [part]}))
    window = "since=2026-10-01T00:00:00Z&until=2026-10-02T00:00:00Z"

    async def there() -> Any:  # noqa: ANN401 - JSON
        return (await tenant.get(f"utilization/resource-pools?{window}"))["items"]

    assert await until(there) == [
        {
            "payer_account_id": "111111111111",
            "currency": "USD",
            "region": "us-central1",
            "family": "n2",
            "resource": "vcpu",
            "unit": "hour",
            "bought": "8",
            "covered": "6",
            "used": "6",
            "unused": "2",
            "utilization_percent": "75",
            "cost": "0.8",
            "unused_cost": "0.2",
        }
    ]
