"""The expiry cliff as people see it, from what a provider lists and a bill shows."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.commitments.inventory.test_over_http import a_plan, a_snapshot
from tests.commitments.service import ATenant, Topics, until
from tests.common.pictures.drawn import Drawn

AT = datetime(2026, 10, 3, tzinfo=UTC)


@pytest.mark.req("COM-32", part="over HTTP")
@pytest.mark.req("COM-51", part="expiry cliff over HTTP")
async def test_the_cliff_is_made_of_lists_and_bills(
    a_tenant: ATenant,
    topics: Topics,
    a_record: Callable[..., Any],
    part_of: Callable[..., bytes],
) -> None:
    tenant = await a_tenant()
    plan = a_plan("soon", ends_at=AT + timedelta(days=40))
    used = {"commitment_status": "Used", "list_cost": "30", "effective_cost": "12"}
    bill = part_of(
        a_record(
            commitment_id=plan.id,
            commitment_type="ComputeSavingsPlans",
            commitment_category="Spend",
            pricing_category="Committed",
            **used,
        ),
        a_record(list_cost="30", effective_cost="30"),
    )
    won = a_plan("won", currency="KRW", recurring_hourly=Decimal(700))
    await topics.send(*tenant.source.revision(1, {tenant.id: [bill]}))
    await topics.send(*a_snapshot(tenant, [plan, won]))

    async def there() -> Any:  # noqa: ANN401 - JSON
        found = await tenant.get("expiries?at=2026-10-03T00:00:00Z&windows=2")
        known = len(found["currencies"]) == 2 and found["as_of"]
        return known and found["currencies"]

    korean, american = await until(there)

    first, second = american["windows"]
    assert [first["covered_a_day"], first["ending"]] == ["0", []]
    assert [second["covered_a_day"], second["saved_a_day"]] == ["30", "18"]
    assert second["coverage_points"] == "50"
    assert [each["commitment_id"] for each in second["ending"]] == [plan.id]
    # 29 days of October at 0.50 an hour.
    assert american["liabilities"][0]["amount"] == "348"
    assert [korean["currency"], korean["windows"][1]["ending"]] == ["KRW", []]
    await tenant.owner.ask("GET", tenant.path("expiries?windows=0"), expect=422)

    drawing = "charts/expiries?at=2026-10-03T00:00:00Z&windows=2&currency="
    chart = Drawn((await tenant.owner.ask("GET", tenant.path(drawing + "USD"), expect=200)).content)
    # Thirty days of 30 a day at on-demand price, of which 18 are saved.
    assert "540.00 USD" in chart.told
    assert "360.00 USD" in chart.told
    both = await tenant.owner.ask("GET", tenant.path(drawing[:-10]), expect=422)
    assert both.json()["code"] == "currency-needed"
