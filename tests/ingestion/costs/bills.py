"""A FOCUS bill of some days, written as a customer would upload it."""

import asyncio
import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from tests.ingestion.conftest import Customer

ENDED = {"done", "partial", "failed", "cancelled"}
COSTS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")


def a_day(day: date, cost: str = "1", **facts: Any) -> dict[str, str]:  # noqa: ANN401 - FOCUS columns
    """A line of one day's use; `Tags` and `x_CostCategories` are dictionaries."""
    month = day.replace(day=1)
    told: Mapping[str, Any] = {
        "BillingPeriodStart": _instant(month),
        "BillingPeriodEnd": _instant((month + timedelta(days=31)).replace(day=1)),
        "ChargePeriodStart": _instant(day),
        "ChargePeriodEnd": _instant(day + timedelta(days=1)),
        "BillingAccountId": "100000000000",
        "SubAccountId": "111111111111",
        "BillingCurrency": "USD",
        "ChargeCategory": "Usage",
        "PricingCategory": "Standard",
        "ProviderName": "AWS",
        "PublisherName": "AWS",
        "InvoiceIssuerName": "AWS",
        "ServiceName": "AmazonEC2",
        "RegionId": "us-east-1",
        "ResourceId": "i-1",
        "SkuId": "ABC",
        "Tags": {},
        "x_CostCategories": {},
        **dict.fromkeys(COSTS, cost),
        **facts,
    }
    return {k: json.dumps(v) if isinstance(v, dict) else str(v) for k, v in told.items()}


def a_bill(lines: Iterable[dict[str, str]]) -> bytes:
    """The lines as CSV."""
    text = io.StringIO()
    rows = list(lines)
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


async def upload(customer: Customer, lines: Iterable[dict[str, str]]) -> None:
    """Upload them as a bill, and wait for the end of its import."""
    await upload_file(customer, a_bill(lines))


async def upload_file(customer: Customer, content: bytes) -> None:
    """Upload CSV, and wait for the end of its import."""
    owner = customer.owner
    root = f"/ingestion/v1/organizations/{customer.organization}"
    headers = owner.headers | {"Authorization": f"Bearer {owner.token}"}
    url = f"{owner.base('ingestion')}{root}/uploads/bill.csv"
    sent = await owner.http.put(url, content=content, headers=headers)
    assert sent.status_code == 202, sent.text
    for _ in range(900):
        found = await owner.get(f"{root}/imports/{sent.json()['id']}")
        if found["state"] in ENDED:
            assert found["state"] == "done", found
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the import did not end")


def _instant(day: date) -> str:
    return f"{day}T00:00:00Z"
