"""Reservations in the portfolio over HTTP."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.commitments.recommendations.test_over_http import (
    a_payer,
    a_rate,
    advised,
    offer,
    publish,
    usage,
)
from tests.commitments.service import ATenant, Ingestion, Topics

from finops_common.clock import utc_now
from finops_common.contracts.ingestion_offers import ReservationOffer

__all__ = ["usage"]


def a_reservation(upfront: str, **known: Any) -> ReservationOffer:  # noqa: ANN401 - the model's own types
    facts: dict[str, Any] = {
        "service": "AmazonEC2",
        "region": "us-east-1",
        "instance_type": "m5.large",
        "platform": "Linux/UNIX",
        "tenancy": "default",
        "term_months": 12,
        "payment_option": "All Upfront",
        "upfront": Decimal(upfront),
        "recurring_hourly": Decimal(0),
        "currency": "USD",
    }
    return ReservationOffer(**facts | known)


@pytest.mark.req("COM-41", part="reservations over HTTP, in whole units")
@pytest.mark.req("COM-40", part="resale and return of reservations")
async def test_steady_usage_is_reserved_and_the_answer_says_how_many(
    a_tenant: ATenant, topics: Topics, ingestion: Ingestion, usage: Callable[..., bytes]
) -> None:
    tenant, payer = await a_tenant(), a_payer()
    await offer(
        *(topics, ingestion, payer, a_rate("0.06"), a_rate("0.05", "EC2Instance")),
        *(a_reservation("400"), a_reservation("600", term_months=36)),
    )
    await publish(topics, tenant, 1, usage(payer))
    await advised(tenant, "0.528")
    name = "reserved_instance/us-east-1/m5.large/linux-unix/1/All Upfront"

    best = await tenant.get("recommendations/portfolio?robust=false")
    poor = await tenant.get("recommendations/portfolio?robust=false&cash=2000")
    long = await tenant.get("recommendations/portfolio?robust=false&longest_term_years=3")
    without = await tenant.get("recommendations/portfolio?robust=false&reserved_instance_share=0")
    path = tenant.path("recommendations/portfolio/what-if")
    some = await tenant.owner.post(
        path, {"bought": [{"offer": name, "count": 4}], "portfolio": {"robust": False}}, expect=200
    )
    by_money = {"offer": name, "hourly_commitment": "0.2"}
    unfit = await tenant.owner.ask("POST", path, {"bought": [by_money]})
    neither = await tenant.owner.ask("POST", path, {"bought": [{"offer": name}]})

    (first,), (limited,) = best["items"], poor["items"]
    (reserved,) = first["bought"]
    assert [reserved["offer"], reserved["commitment_type"]] == [name, "reserved_instance"]
    assert [reserved["count"], reserved["instance_type"], reserved["platform"]] == [
        *(10, "m5.large", "Linux/UNIX"),
    ]
    assert [reserved["upfront"], reserved["total_commitment"]] == ["4000", "4000"]
    assert [reserved["resellable"], reserved["return_until"]] == [True, None]
    assert reserved["buy_at_cause"] == "not_covered"
    assert Decimal(first["gap_percent"]) <= Decimal("0.5")
    assert first["reasons"]["what"][0].startswith(
        "Reserved Instance m5.large Linux/UNIX us-east-1 (1 year, all upfront): buy 10. 4,000.00 USD"
    )
    bought = {each["commitment_type"]: each["count"] for each in limited["bought"]}
    assert bought == {"reserved_instance": 5, "ec2_instance_savings_plan": None}
    assert [each["term_years"] for each in long["items"][0]["bought"]] == [3]
    assert [each["commitment_type"] for each in without["items"][0]["bought"]] == [
        "ec2_instance_savings_plan"
    ]
    assert [each["count"] for each in some["items"][0]["changed"]["bought"]] == [4]
    assert [unfit.status_code, unfit.json()["code"]] == [422, "amount-unfit"]
    assert neither.status_code == 422


@pytest.mark.req("COM-46", part="old prices of reservations are marked")
async def test_old_reservations_are_marked_too(
    a_tenant: ATenant, topics: Topics, ingestion: Ingestion, usage: Callable[..., bytes]
) -> None:
    tenant, payer = await a_tenant(), a_payer()
    old = utc_now() - timedelta(days=8)
    await offer(topics, ingestion, payer, a_rate("0.06"), a_reservation("400"), listed_at=old)
    await publish(topics, tenant, 1, usage(payer))
    await advised(tenant, "0.528")

    (item,) = (await tenant.get("recommendations/portfolio?robust=false"))["items"]

    assert [each["count"] for each in item["bought"]] == [10]
    assert item["stale_offers"] is True
