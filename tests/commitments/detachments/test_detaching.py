"""Detached accounts: their figures stay, nothing is advised or warned of, data goes when deleted."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.commitments.findings.test_findings import (
    PAYER,
    PLAN,
    a_listed,
    a_listing,
    becomes,
    found,
)
from tests.commitments.findings.test_findings import publish as import_again
from tests.commitments.service import ATenant, Source, Tenant, Topics, until

from finops_common.clock import utc_now
from finops_common.contracts.ingestion import CloudAccountDataDeleted, CloudAccountDetached
from finops_common.ids import new_id

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def a_use(a_record: Callable[..., Any], part_of: Callable[..., bytes]) -> bytes:
    """An hour of yesterday in which 4 of a plan's 10 were used."""
    plan = {
        "hour": (utc_now() - timedelta(days=1)).replace(minute=0, second=0, microsecond=0),
        "commitment_id": PLAN,
        "commitment_category": "Spend",
        "commitment_type": "ComputeSavingsPlans",
        "pricing_category": "Committed",
    }
    use = {"commitment_status": "Used", "list_cost": "4", "effective_cost": "4"}
    waste = {"commitment_status": "Unused", "effective_cost": "6", "lines": 0}
    return part_of(a_record(**plan, **use), a_record(**plan, **waste))


def facts(tenant: Tenant) -> dict[str, Any]:
    return {
        "cloud_account_id": new_id(),
        "company_id": UUID(tenant.company_id),
        "organization_id": tenant.id,
        "provider": "AWS",
        "account_id": PAYER,
        "payer_account_id": PAYER,
        "billing_source_ids": (tenant.source.id,),
    }


async def falls_silent(tenant: Tenant) -> None:
    """No finding is open any more."""

    async def there() -> bool:
        return await found(tenant) == {}

    await until(there)


async def used(tenant: Tenant) -> list[str]:
    """What the last days' coverage says was covered."""
    now = utc_now()
    since, till = (f"{each:%Y-%m-%dT%H:00:00Z}" for each in (now - timedelta(days=3), now))
    totals = (await tenant.get(f"coverage?since={since}&until={till}"))["totals"]
    return [each["covered"] for each in totals]


@pytest.mark.req("ING-5", part="alerts of a detached account end, its history stays readable")
async def test_findings_close_with_the_account_and_open_when_it_comes_back(
    a_tenant: ATenant, topics: Topics, a_use: bytes
) -> None:
    tenant = await a_tenant()
    await import_again(topics, tenant, 1, a_use)
    await topics.send(a_listing(tenant, a_listed(PLAN, utc_now() + timedelta(days=6, hours=1))))
    await becomes(tenant, "underutilized", "over_committed", "expiring")
    before = await used(tenant)

    await topics.send(CloudAccountDetached(**facts(tenant)))
    await falls_silent(tenant)
    after = await used(tenant)
    await import_again(topics, tenant, 2, a_use)

    await becomes(tenant, "underutilized", "over_committed", "expiring")
    assert before == after != []


@pytest.mark.req("ING-5", part="data of a detached account is deleted here too")
async def test_what_is_deleted_is_gone_and_stays_ended(
    a_tenant: ATenant, topics: Topics, a_use: bytes
) -> None:
    tenant = await a_tenant()
    await import_again(topics, tenant, 1, a_use)
    await topics.send(a_listing(tenant, a_listed(PLAN, utc_now() + timedelta(days=6, hours=1))))
    await becomes(tenant, "underutilized", "over_committed", "expiring")
    month = (utc_now() - timedelta(days=1)).date().replace(day=1)
    source = Source(tenant.source.company_id, tenant.source.id, month)

    await topics.send(CloudAccountDetached(**facts(tenant)))
    await topics.send(*source.revision(2, {})[1:])
    await topics.send(CloudAccountDataDeleted(**facts(tenant)))

    async def gone() -> bool:
        listed = (await tenant.get("inventory"))["items"]
        return await used(tenant) == [] and listed == []

    await until(gone)
    await falls_silent(tenant)
