"""Advice over HTTP for bills and requests that are not as they should be."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.commitments.recommendations.test_over_http import (
    HOURS,
    a_payer,
    a_rate,
    advised,
    now,
    offer,
    publish,
    usage,
)
from tests.commitments.service import ATenant, Ingestion, Source, Tenant, Topics

__all__ = ["usage"]

Usage = Callable[..., bytes]
Advised = Callable[[], Awaitable[tuple[Tenant, str]]]


@pytest.fixture
def a_customer(a_tenant: ATenant, topics: Topics, ingestion: Ingestion, usage: Usage) -> Advised:
    """Somebody with advice, and its payer."""

    async def make() -> tuple[Tenant, str]:
        tenant, payer = await a_tenant(), a_payer()
        rates = a_rate("0.06"), a_rate("0.06", usage_type="BoxUsage:c5.large")
        await offer(topics, ingestion, payer, *rates)
        await publish(topics, tenant, 1, usage(payer))
        await advised(tenant, "0.528")
        return tenant, payer

    return make


@pytest.fixture
def part(a_record: Callable[..., Any], part_of: Callable[..., bytes]) -> Usage:
    """Two days, or the hours before `until`, of a payer, as named."""

    def build(payer: str, **known: object) -> bytes:
        end = known.pop("until", now())
        facts = {
            "payer_account_id": payer,
            "account_id": payer,
            "list_cost": "1",
            "usage_quantity": "10",
        } | known
        hours = (end - timedelta(hours=at + 1) for at in range(HOURS))  # type: ignore[operator] # a time
        return part_of(*(a_record(**facts | {"hour": hour}) for hour in hours))

    return build


async def statuses(tenant: Tenant, path: str) -> set[int]:
    """Of asking until the newest import has long been taken in."""
    found = set()
    for _ in range(20):
        found.add((await tenant.owner.ask("GET", tenant.path(path))).status_code)
        await asyncio.sleep(0.25)
    return found


@pytest.mark.parametrize(
    "path", ["recommendations", "recommendations/portfolio", "coverage/hot-spots"]
)
async def test_corrections_beyond_the_usage_fail_no_request(
    a_customer: Advised, topics: Topics, usage: Usage, part: Usage, path: str
) -> None:
    tenant, payer = await a_customer()
    c5 = {"usage_type": "BoxUsage:c5.large", "instance_type": "c5.large", "list_cost": "-0.5"}

    await publish(topics, tenant, 2, usage(payer), part(payer, **c5))

    assert await statuses(tenant, path) == {200}


async def test_usage_factors_that_multiply_beyond_numbers_are_refused(a_customer: Advised) -> None:
    tenant, _ = await a_customer()
    path = tenant.path("recommendations/portfolio/what-if")

    answer = await tenant.owner.ask("POST", path, {"usage": [{"factor": "100"}] * 12})

    assert answer.status_code == 422


async def test_a_payer_in_a_currency_without_prices_is_named(
    a_customer: Advised, topics: Topics, part: Usage
) -> None:
    tenant, payer = await a_customer()
    won = part(payer, currency="KRW", list_cost="1300")
    ours = Source(tenant.source.company_id, period=now().date().replace(day=1))
    await topics.send(*ours.revision(1, {tenant.id: (won,)}, as_of=now()))
    told = set()
    for _ in range(20):
        answer = await tenant.get("recommendations/portfolio")
        told |= {each["currency"] for each in answer["items"]} | set(answer["without_prices"])
        await asyncio.sleep(0.25)

    assert told & {"KRW", payer}


async def test_a_source_that_is_silent_for_two_months_ends_no_advice(
    a_customer: Advised, topics: Topics, part: Usage
) -> None:
    tenant, payer = await a_customer()
    then = now() - timedelta(days=60)
    silent = Source(tenant.source.company_id, period=then.date().replace(day=1))

    revision = silent.revision(1, {tenant.id: (part(a_payer(), until=then),)}, as_of=then)
    await topics.send(*revision)
    answers = []
    for _ in range(20):
        answers.append(await tenant.get("recommendations"))
        await asyncio.sleep(0.25)

    assert {item["payer_account_id"] for item in answers[-1]["items"]} == {payer}


async def test_two_amounts_of_one_offer_are_refused(a_customer: Advised) -> None:
    tenant, _ = await a_customer()
    path = tenant.path("recommendations/portfolio/what-if")
    amounts = [
        {"offer": "compute_savings_plan/1/No Upfront", "hourly_commitment": amount}
        for amount in ("0.3", "0.6")
    ]

    answer = await tenant.owner.ask("POST", path, {"bought": amounts})

    assert answer.status_code == 422
