"""Findings open when something is wrong, close when it is mended, and say so once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from tests.commitments.service import ATenant, Source, Tenant, Topics, until

from finops_common.clock import utc_now
from finops_common.contracts.commitments import FindingClosed, FindingOpened, ThresholdsChanged
from finops_common.contracts.ingestion import InventoryListed, ListedCommitment
from finops_common.ids import new_id

PAYER = "111111111111"
PLAN = f"arn:aws:savingsplans::{PAYER}:savingsplan/ours"


def yesterday() -> datetime:
    """An hour whose day is over."""
    return (utc_now() - timedelta(days=1)).replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def a_use(a_record: Callable[..., Any], part_of: Callable[..., bytes]) -> Callable[..., bytes]:
    """One hour of a plan: what was used of it and what was not."""

    def build(used: str, unused: str, plan: str = PLAN) -> bytes:
        common = {
            "hour": yesterday(),
            "commitment_id": plan,
            "commitment_category": "Spend",
            "commitment_type": "ComputeSavingsPlans",
            "pricing_category": "Committed",
        }
        use = {"commitment_status": "Used", "list_cost": used, "effective_cost": used}
        waste = {"commitment_status": "Unused", "effective_cost": unused, "lines": 0}
        return part_of(a_record(**common, **use), a_record(**common, **waste))

    return build


async def publish(topics: Topics, tenant: Tenant, number: int, *parts: bytes) -> None:
    source = Source(tenant.source.company_id, tenant.source.id, yesterday().date().replace(day=1))
    await topics.send(*source.revision(number, {tenant.id: parts}, as_of=utc_now()))


def a_listing(tenant: Tenant, *commitments: ListedCommitment) -> InventoryListed:
    return InventoryListed(
        billing_source_id=tenant.source.id,
        company_id=UUID(tenant.company_id),
        organization_id=tenant.id,
        payer_account_id=PAYER,
        snapshot=new_id(),
        listed_at=utc_now(),
        part=0,
        parts=1,
        commitments=commitments,
    )


def a_listed(identity: str, ends_at: datetime) -> ListedCommitment:
    return ListedCommitment(
        id=identity,
        kind="savings_plan",
        type="ComputeSavingsPlans",
        owner_account_id=PAYER,
        hourly_commitment=Decimal(1),
        currency="USD",
        term_months=12,
        payment_option="No Upfront",
        upfront=Decimal(0),
        recurring_hourly=Decimal(1),
        starts_at=datetime(2020, 1, 1, tzinfo=UTC),
        ends_at=ends_at,
        state="active",
    )


async def found(tenant: Tenant, query: str = "state=open") -> dict[str, Any]:
    items = (await tenant.get(f"findings?{query}"))["items"]
    return {item["kind"]: item for item in items}


async def becomes(tenant: Tenant, *kinds: str, query: str = "state=open") -> dict[str, Any]:
    async def there() -> dict[str, Any] | None:
        shown = await found(tenant, query)
        return shown if sorted(shown) == sorted(kinds) else None

    shown = await until(there)
    assert shown is not None
    return shown


@pytest.mark.req("COM-20", part="below the threshold raises a finding")
async def test_a_plan_used_less_than_half_is_a_finding_until_it_is_used(
    a_tenant: ATenant, topics: Topics, a_use: Callable[..., bytes]
) -> None:
    tenant = await a_tenant()

    await publish(topics, tenant, 1, a_use(used="4", unused="6"))
    opened = await becomes(tenant, "underutilized", "over_committed")
    await publish(topics, tenant, 2, a_use(used="10", unused="0"))
    closed = await becomes(tenant, "underutilized", "over_committed", query="state=closed")

    assert opened["underutilized"]["facts"]["utilization_percent"] == "40"
    assert opened["underutilized"]["commitment_id"] == PLAN
    assert closed["underutilized"]["id"] == opened["underutilized"]["id"]
    said = await topics.said(FindingOpened, tenant.organization_id, least=2)
    gone = await topics.said(FindingClosed, tenant.organization_id, least=2)
    assert {event.finding_id for event in said} == {event.finding_id for event in gone}
    assert len(said) == len(gone) == 2


@pytest.mark.req("COM-20", part="the threshold is the organization's own")
async def test_the_threshold_of_an_organization_decides(
    a_tenant: ATenant, topics: Topics, a_use: Callable[..., bytes]
) -> None:
    tenant = await a_tenant()
    await publish(topics, tenant, 1, a_use(used="4", unused="6"))
    await becomes(tenant, "underutilized", "over_committed")

    body = {"utilization_percent": "30"}
    await tenant.owner.ask("PUT", tenant.path("thresholds"), body, expect=204)

    await becomes(tenant, "over_committed")
    assert await tenant.get("thresholds") == body | {"coverage_drop_points": "10"}


@pytest.mark.req("AUD-1", part="who set from where on figures are findings")
async def test_a_change_of_thresholds_is_told_once(a_tenant: ATenant, topics: Topics) -> None:
    tenant = await a_tenant()
    path, body = tenant.path("thresholds"), {"utilization_percent": "30"}
    for _ in range(2):
        await tenant.owner.ask("PUT", path, body, expect=204)
    await tenant.owner.ask("PUT", path, {"utilization_percent": "45"}, expect=204)

    told = await topics.said(ThresholdsChanged, tenant.organization_id, least=2)

    percents = [(e.before, e.after) for e in told if e.before and e.after]
    assert [(b["utilization_percent"], a["utilization_percent"]) for b, a in percents] == [
        ("50", "30"),
        ("30", "45"),
    ]


@pytest.mark.req("COM-2", part="in the bill and not listed, or the reverse, is a finding")
@pytest.mark.req("COM-3", part="expiry as a finding, with the cost of a day")
async def test_what_only_one_of_bill_and_provider_shows_is_a_finding(
    a_tenant: ATenant, topics: Topics, a_use: Callable[..., bytes]
) -> None:
    tenant = await a_tenant()
    ends_at = utc_now() + timedelta(days=6, hours=1)

    await publish(topics, tenant, 1, a_use(used="10", unused="0"))
    other = PLAN.replace("ours", "other")
    await topics.send(a_listing(tenant, a_listed(other, ends_at)))

    shown = await becomes(tenant, "unlisted", "unbilled", "expiring")
    assert shown["unlisted"]["commitment_id"] == PLAN
    assert shown["unbilled"]["commitment_id"] == other
    assert shown["expiring"]["facts"]["expires_in_days"] == "6"
    assert shown["expiring"]["severity"] == "critical"


@pytest.mark.req("COM-2", part="where the provider's lists may not be read, nothing is missing")
async def test_without_a_listing_nothing_is_missing_from_it(
    a_tenant: ATenant, topics: Topics, a_use: Callable[..., bytes]
) -> None:
    tenant = await a_tenant()

    await publish(topics, tenant, 1, a_use(used="4", unused="6"))
    await becomes(tenant, "underutilized", "over_committed")

    assert "unlisted" not in await found(tenant, "")


async def test_only_who_may_edit_sets_the_threshold(a_tenant: ATenant) -> None:
    tenant, guest = await a_tenant(), await a_tenant()
    roles = [{"organization_id": tenant.organization_id, "role": "member"}]
    await tenant.owner.invite(tenant.company_id, guest.owner, roles=roles)

    read = await guest.owner.ask("GET", tenant.path("thresholds"))
    changed = await guest.owner.ask("PUT", tenant.path("thresholds"), {"utilization_percent": "30"})

    assert [read.status_code, changed.status_code] == [200, 403]
