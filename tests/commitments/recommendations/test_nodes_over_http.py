"""Reservations of databases and caches in the portfolio over HTTP."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.commitments.recommendations.test_over_http import (
    HOURS,
    a_payer,
    a_rate,
    now,
    offer,
    publish,
)
from tests.commitments.recommendations.test_reservations_over_http import a_reservation
from tests.commitments.service import ATenant, Ingestion, Topics, until

NODES: tuple[dict[str, Any], ...] = (
    {
        "service": "AmazonRDS",
        "usage_type": "Multi-AZUsage:db.m5.large",
        "instance_type": "db.m5.large",
        "platform": "MySQL",
        "operation": "CreateDBInstance:0002",
        "list_cost": "0.684",
        "usage_quantity": "2",
    },
    {
        "service": "AmazonElastiCache",
        "usage_type": "NodeUsage:cache.m5.large",
        "instance_type": "cache.m5.large",
        "platform": "Redis",
        "operation": "CreateCacheCluster:0002",
        "list_cost": "0.468",
        "usage_quantity": "3",
    },
)


@pytest.mark.req("COM-40", part="databases and caches: upfront, resale, return, how many")
@pytest.mark.req("COM-41", part="databases and caches over HTTP, in whole nodes")
async def test_a_customer_with_databases_and_caches_reserves_whole_nodes(
    a_tenant: ATenant,
    topics: Topics,
    ingestion: Ingestion,
    a_record: Callable[..., Any],
    part_of: Callable[..., bytes],
) -> None:
    tenant, payer = await a_tenant(), a_payer()
    database = {"service": "AmazonRDS", "instance_type": "db.m5.large", "platform": "mysql"}
    cache = {
        "service": "AmazonElastiCache",
        "instance_type": "cache.m5.large",
        "platform": "redis",
        "payment_option": "No Upfront",
        "tenancy": None,
    }
    await offer(
        *(topics, ingestion, payer, a_rate("0.06")),
        a_reservation("1050", **database, tenancy=None),
        a_reservation("2100", **database, tenancy=None, deployment="multi_az"),
        a_reservation("0", **cache, recurring_hourly=Decimal("0.106")),
    )
    common = {"payer_account_id": payer, "account_id": payer}
    hours = [now() - timedelta(hours=at + 1) for at in range(HOURS)]
    records = [a_record(hour=hour, **common, **node) for node in NODES for hour in hours]
    await publish(topics, tenant, 1, part_of(*records))

    async def solved() -> dict[str, Any] | None:
        answer = await tenant.get("recommendations/portfolio?robust=false")
        return answer["items"][0] if answer["items"] else None

    item = await until(solved)
    alone = await tenant.get("recommendations?robust=false")

    assert item is not None
    bought = {each["service"]: each for each in item["bought"]}
    mysql, redis = bought["AmazonRDS"], bought["AmazonElastiCache"]
    assert [mysql["offer"], mysql["count"], mysql["deployment"], mysql["upfront"]] == [
        *("reserved_instance/us-east-1/db.m5.large/mysql/multi_az/1/All Upfront", 2),
        *("multi_az", "4200"),
    ]
    assert [redis["offer"], redis["count"], redis["platform"], redis["upfront"]] == [
        *("reserved_instance/us-east-1/cache.m5.large/redis/1/No Upfront", 3, "redis", "0"),
    ]
    assert [each["resellable"] for each in item["bought"]] == [False, False]
    assert [each["return_until"] for each in item["bought"]] == [None, None]
    assert [item["coverage_before_percent"], item["coverage_after_percent"]] == ["0", "100"]
    saved = Decimal("0.684") + Decimal("0.468") - Decimal("0.318") - Decimal(4200) / 8760
    assert abs(Decimal(item["monthly_savings"]) - saved * 730) < Decimal("0.00001")
    assert Decimal(item["gap_percent"]) <= Decimal("0.5")
    assert any(
        each.startswith("Reserved Instance cache.") and "buy 3." in each
        for each in item["reasons"]["what"]
    )
    # No plan covers any of it; alone, each is what it is together.
    assert {each["service"]: each["count"] for each in alone["items"]} == {
        "AmazonRDS": 2,
        "AmazonElastiCache": 3,
    }
