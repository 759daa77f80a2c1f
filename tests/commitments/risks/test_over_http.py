"""Risks as people see them, from what a provider lists and a bill shows."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.commitments.inventory.test_over_http import PAYER, a_plan, a_snapshot
from tests.commitments.service import ATenant, Source, Topics, until

AT = datetime(2026, 10, 31, tzinfo=UTC)


@pytest.mark.req("COM-30", part="over HTTP, with a cause the records show")
async def test_a_plan_whose_usage_moved_away_is_told_with_its_cause(
    a_tenant: ATenant,
    topics: Topics,
    a_record: Callable[..., Any],
    part_of: Callable[..., bytes],
) -> None:
    tenant = await a_tenant()
    plan = a_plan("fading", type="EC2InstanceSavingsPlans", family="m5", region="us-east-1")
    rows = []
    for day in range(42):
        used = max(0, 36 - day) * Decimal("0.25")
        hour = AT - timedelta(days=42 - day)
        home = {"hour": hour, "account_id": PAYER, "region": "us-east-1", "family": "m5"}
        price = used * 2
        rows.append(
            a_record(
                **home,
                commitment_id=plan.id,
                commitment_type="EC2InstanceSavingsPlans",
                commitment_category="Spend",
                commitment_status="Used",
                pricing_category="Committed",
                list_cost=price,
                effective_cost=used,
                usage_quantity=price,
            )
        )
        if price < 18:
            away = home | {"family": "m7g", "instance_type": "m7g.large"}
            moved = 18 - price
            rows.append(
                a_record(**away, list_cost=moved, effective_cost=moved, usage_quantity=moved)
            )
    first = Source(tenant.source.company_id, tenant.source.id)
    await topics.send(*first.revision(1, {tenant.id: [part_of(*rows)]}, as_of=AT))
    await topics.send(*a_snapshot(tenant, [plan]))

    async def there() -> Any:  # noqa: ANN401 - JSON
        found = await tenant.get("risks?at=2026-10-31T00:00:00Z")
        items = found["items"]
        return items and items[0]["state"] != "unknown" and items[0]["allowed"] and items

    (found,) = await until(there)

    assert found["state"] == "underutilized"
    assert found["cause"] == "moved_family"
    assert [found["action"], found["days"]] == ["move_to_autosavings", 62]
    assert 99 < Decimal(found["probability_percent"]) <= 100
    assert Decimal(found["utilization_percent"]) < 50
    # Nothing of 62 days at 12 a day is expected to be used.
    assert found["money_at_risk"] == "744"
