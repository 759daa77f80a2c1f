"""What is left, from the provider's list and the bill."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.commitments.inventory.test_over_http import AT, PAYER, a_plan, a_snapshot, becomes
from tests.commitments.service import ATenant, Topics, until

FIRST = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.mark.req("COM-20", part="remaining money and days, forecast, consumption over time, online")
@pytest.mark.req("COM-23", part="the days a forecast rests on, down to hours")
async def test_what_is_left_is_told_with_a_forecast_and_what_was_consumed(
    a_tenant: ATenant,
    topics: Topics,
    a_record: Callable[..., Any],
    part_of: Callable[..., bytes],
) -> None:
    tenant = await a_tenant()
    plan, ended = a_plan("runs"), a_plan("ended", ends_at=FIRST)
    status = {"commitment_id": plan.id, "commitment_category": "Spend"}
    used = {"commitment_status": "Used", "pricing_category": "Committed", "list_cost": "1"}
    idle = {"commitment_status": "Unused", "pricing_category": "Committed"}
    hours = [FIRST + timedelta(hours=at) for at in range(48)]
    rows = [
        a_record(hour=each, **status, **used, effective_cost="0.375", commitment_quantity="0.375")
        for each in hours
    ]
    rows += [
        a_record(hour=each, **status, **idle, effective_cost="0.125", commitment_quantity="0.125")
        for each in hours
    ]
    await topics.send(*tenant.source.revision(1, {tenant.id: [part_of(*rows)]}))
    await topics.send(*a_snapshot(tenant, [plan, ended]))
    await becomes(tenant, "ended", "runs")

    async def seen() -> Any:  # noqa: ANN401 - JSON
        found = await tenant.get(f"utilization/remaining?{AT}&by=day")
        return found if found["items"] and found["items"][0]["days_seen"] else None

    found = await until(seen)

    (left,) = found["items"]
    assert [left["id"], left["days_left"], left["days_seen"]] == [plan.id, 90, 2]
    assert [left["remaining"], left["remaining_to_pay"]] == ["1080", "1080"]
    assert left["utilization_percent"] == left["forecast_utilization_percent"] == "75"
    assert [left["forecast_used"], left["forecast_unused"]] == ["810", "270"]
    assert left["consumption"] == [
        {
            "period_start": f"2026-10-0{day}T00:00:00Z",
            "used": "9",
            "unused": "3",
            "used_units": "9",
            "utilization_percent": "75",
        }
        for day in (1, 2)
    ]
    days = f"since={left['seen_since']}&until={left['seen_until']}&commitment={plan.id}"
    explained = await tenant.get(f"explain?{days}&figure=used")
    # 75 % of two days at half a dollar an hour.
    assert [explained["value"], len(explained["contributions"])] == ["18", 48]
    assert found["formulas"]["remaining"] == "hourly_amortised x hours left"
    hourly = await tenant.get(f"utilization/remaining?{AT}&by=hour&payer_account_id={PAYER}")
    assert len(hourly["items"][0]["consumption"]) == 48
    nobody = await tenant.get(f"utilization/remaining?{AT}&payer_account_id=999999999999")
    assert nobody["items"] == []
