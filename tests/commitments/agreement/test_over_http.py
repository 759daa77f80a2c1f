"""The comparison over HTTP: closed months alone."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.commitments.service import ATenant, Source, Topics, until

MONTH = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.mark.req("COM-12", part="published per month, once it is closed")
async def test_a_month_is_compared_once_its_bill_is_closed(
    a_tenant: ATenant,
    topics: Topics,
    a_record: Callable[..., Any],
    part_of: Callable[..., bytes],
) -> None:
    tenant = await a_tenant()
    payer = str(tenant.source.id.int)[-12:]
    owned = {
        "commitment_id": f"arn:aws:savingsplans::{payer}:savingsplan/one",
        "commitment_type": "ComputeSavingsPlans",
        "commitment_category": "Spend",
        "commitment_unit": "USD",
        "commitment_status": "Used",
        "pricing_category": "Committed",
        "commitment_quantity": "0.6",
        "effective_cost": Decimal("0.6"),
    }
    common = {"payer_account_id": payer, "account_id": payer, "billing_period": MONTH.date()}
    usage = {"usage_quantity": "10", "list_cost": "1"}
    records = part_of(
        a_record(hour=MONTH, **common, **usage, **owned),
        a_record(hour=MONTH + timedelta(hours=1), **common, **usage),
        a_record(
            hour=MONTH,
            provider="Microsoft",
            charge_span="day",
            payer_account_id="enrollment",
            billing_period=MONTH.date(),
            commitment_id="/providers/Microsoft.Capacity/reservationOrders/1/reservations/2",
            commitment_status="Used",
        ),
    )
    source = Source(tenant.source.company_id, tenant.source.id, MONTH.date())
    as_of = MONTH + timedelta(days=35)

    async def shown(finality: str) -> dict[str, Any]:
        async def there() -> dict[str, Any] | None:
            answer: dict[str, Any] = await tenant.get("agreement?month=2026-09")
            return answer if answer["as_of"] and answer["finality"] == finality else None

        answer = await until(there)
        assert answer is not None
        return answer

    await topics.send(*source.revision(1, {tenant.id: (records,)}, as_of=as_of))
    still_open = await shown("open")
    await topics.send(*source.revision(2, {tenant.id: (records,)}, as_of=as_of, finality="closed"))
    closed = await shown("closed")

    assert [still_open["month"], still_open["items"]] == ["2026-09-01", []]
    assert still_open["not_comparable"] == []
    assert closed["not_comparable"] == [
        {"payer_account_id": "enrollment", "currency": "USD", "provider": "Microsoft"}
        | {"reason": "daily_lines"}
    ]
    (item,) = closed["items"]
    assert item["payer_account_id"] == payer
    assert item["agrees"] is True
    assert item["used_commitment"] == {
        "billed": "0.6",
        "simulated": "0.6",
        "difference": "0",
        "difference_percent": "0",
    }
    assert item["on_demand"]["billed"] == "1"
    assert item["causes"] == []
