"""The inventory as people see it: the provider's snapshots merged with the bill."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from tests.commitments.service import ATenant, Tenant, Topics, until

from finops_common.contracts.ingestion import InventoryListed, ListedCommitment
from finops_common.ids import new_id

LISTED_AT = datetime(2026, 10, 2, tzinfo=UTC)
PAYER = "111111111111"
AT = "at=2026-10-03T00:00:00Z"


def a_plan(name: str, **known: Any) -> ListedCommitment:  # noqa: ANN401 - the model's own types
    facts: dict[str, Any] = {
        "id": f"arn:aws:savingsplans::{PAYER}:savingsplan/{name}",
        "kind": "savings_plan",
        "type": "ComputeSavingsPlans",
        "owner_account_id": PAYER,
        "hourly_commitment": Decimal("0.5"),
        "currency": "USD",
        "term_months": 12,
        "payment_option": "No Upfront",
        "upfront": Decimal(0),
        "recurring_hourly": Decimal("0.5"),
        "starts_at": datetime(2026, 1, 1, tzinfo=UTC),
        "ends_at": datetime(2027, 1, 1, tzinfo=UTC),
        "state": "active",
    }
    return ListedCommitment(**facts | known)


def a_reservation(name: str, **known: Any) -> ListedCommitment:  # noqa: ANN401 - the model's own types
    facts: dict[str, Any] = {
        "id": f"arn:aws:ec2:eu-west-1:{PAYER}:reserved-instances/{name}",
        "kind": "reservation",
        "type": "EC2 Reserved Instance",
        "region": "eu-west-1",
        "instance_type": "m5.large",
        "family": "m5",
        "platform": "Linux/UNIX",
        "tenancy": "default",
        "quantity": Decimal(3),
        "hourly_commitment": None,
        "offering_class": "standard",
    }
    return a_plan(name, **facts | known)


def a_snapshot(
    tenant: Tenant, *parts: list[ListedCommitment], listed_at: datetime = LISTED_AT
) -> list[InventoryListed]:
    """What ingestion publishes of one listing."""
    snapshot = new_id()
    return [
        InventoryListed(
            billing_source_id=tenant.source.id,
            company_id=UUID(tenant.company_id),
            organization_id=tenant.id,
            payer_account_id=PAYER,
            snapshot=snapshot,
            listed_at=listed_at,
            part=at,
            parts=len(parts),
            commitments=tuple(commitments),
        )
        for at, commitments in enumerate(parts)
    ]


async def names(tenant: Tenant, query: str = "") -> list[str]:
    found = await tenant.get(f"inventory?{AT}&{query}")
    return [item["id"].rpartition("/")[2] for item in found["items"]]


async def becomes(tenant: Tenant, *expected: str) -> None:
    async def there() -> bool:
        return await names(tenant) == list(expected)

    await until(there)


@pytest.mark.req("COM-1", part="AWS, as the provider's APIs list it")
@pytest.mark.req("COM-2", part="the provider's word first, the bill fills gaps, sources shown")
async def test_what_the_provider_lists_is_filled_up_from_the_bill(
    a_tenant: ATenant,
    topics: Topics,
    a_record: Callable[..., Any],
    part_of: Callable[..., bytes],
) -> None:
    tenant = await a_tenant()
    plan = a_plan("listed", currency="USD")
    in_bill = {
        "pricing_category": "Committed",
        "commitment_type": "ComputeSavingsPlans",
        "commitment_category": "Spend",
        "commitment_status": "Used",
        "list_cost": "30",
        "effective_cost": "12",
    }
    bill = part_of(
        a_record(commitment_id=plan.id, **in_bill),
        a_record(commitment_id=plan.id.replace("listed", "unlisted"), **in_bill),
    )

    await topics.send(*tenant.source.revision(1, {tenant.id: [bill]}))
    await topics.send(*a_snapshot(tenant, [plan, a_reservation("reserved")]))
    await becomes(tenant, "reserved", "listed", "unlisted")

    found = await tenant.get(f"inventory?{AT}")
    reserved, listed, unlisted = found["items"]
    assert listed["hourly_amount"] == "0.5"
    assert listed["sources"]["ends_at"] == "provider"
    assert unlisted["sources"]["type"] == "bill"
    assert "ends_at" not in unlisted["sources"]
    assert reserved["scope"]["instance_type"] == "m5.large"
    assert [reserved["quantity"], reserved["kind"]] == ["3", "capacity"]
    assert [reserved["offering_class"], reserved["state"]] == ["standard", "active"]
    assert listed["use"] == {"covered": "30", "amortised": "12", "extra_cost": "18"}
    assert found["listed_at"] == "2026-10-02T00:00:00Z"


@pytest.mark.req("COM-2", part="a snapshot counts once whole, an older one never replaces a newer")
async def test_a_snapshot_replaces_the_one_before_once_all_its_parts_are_there(
    a_tenant: ATenant, topics: Topics
) -> None:
    tenant = await a_tenant()
    await topics.send(*a_snapshot(tenant, [a_plan("first")]))
    await becomes(tenant, "first")
    later = LISTED_AT + timedelta(hours=6)
    one, two = a_snapshot(tenant, [a_plan("second")], [a_plan("third")], listed_at=later)

    await topics.send(two)
    await topics.send(
        *a_snapshot(tenant, [a_plan("old")], listed_at=LISTED_AT - timedelta(hours=6))
    )
    assert await names(tenant) == ["first"]
    await topics.send(one)

    await becomes(tenant, "second", "third")


@pytest.mark.req("COM-3", part="filters, sorts, paging, totals, expiry")
async def test_commitments_are_filtered_sorted_paged_and_summed(
    a_tenant: ATenant, topics: Topics
) -> None:
    tenant = await a_tenant()
    soon, later = datetime(2026, 10, 8, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    await topics.send(
        *a_snapshot(
            tenant,
            [
                a_plan("a", hourly_commitment=Decimal("0.1"), ends_at=soon),
                a_plan("b", hourly_commitment=Decimal("0.3"), ends_at=later),
                a_plan("c", hourly_commitment=Decimal("0.2"), ends_at=LISTED_AT),
                a_reservation("r"),
            ],
        )
    )
    await becomes(tenant, "r", "a", "b", "c")

    assert await names(tenant, "kind=spend&sort=-hourly_amount") == ["b", "c", "a"]
    assert await names(tenant, "sort=hourly_amount") == ["a", "c", "b", "r"]
    assert await names(tenant, "instance_type=M5.large") == ["r"]
    assert await names(tenant, "activity=inactive") == ["c"]
    assert await names(tenant, "expires_within_days=30") == ["a"]
    page = await tenant.get(f"inventory?{AT}&kind=spend&limit=2&offset=1")
    assert [page["count"], len(page["items"]), page["next_offset"]] == [3, 2, None]
    assert page["totals"][0]["hourly_amount"] == "0.6"
    (ending,) = (await tenant.get(f"inventory?{AT}&expires_within_days=30"))["items"]
    assert [ending["expires_in_days"], ending["severity"]] == [5, "critical"]


@pytest.mark.req("COM-3", part="every column filters and sorts")
@pytest.mark.parametrize(
    "sort", ["id", "-ends_at", "type", "-quantity", "region", "expires_in_days", "-state"]
)
async def test_every_sort_gives_all_commitments(
    a_tenant: ATenant, topics: Topics, sort: str
) -> None:
    tenant = await a_tenant()
    await topics.send(*a_snapshot(tenant, [a_plan("a"), a_reservation("r")]))
    await becomes(tenant, "r", "a")

    assert sorted(await names(tenant, f"sort={sort}")) == ["a", "r"]
