"""billing, running, and owners of companies who use it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import pytest
from tests.billing.reading import said

from finops_billing.main import SERVICE
from finops_billing.price_lists.adapters import shipped_price_lists
from finops_billing.subscriptions.service import SubscriptionService
from finops_common.contracts.billing import SubscriptionChanged
from finops_common.db.transaction import Database
from finops_common.events.envelope import Envelope
from finops_common.testing.services import House, Running
from finops_sandbox.stack import Stack
from finops_sandbox.visitor import Visitor

Changes = Callable[..., Awaitable[list[Envelope[SubscriptionChanged]]]]
At = Callable[[datetime], SubscriptionService]


@dataclass
class Customer:
    """A company and its Owner."""

    owner: Visitor
    company_id: str

    async def subscribe(self, edition: str, *accounts: str, **headers: str) -> httpx.Response:
        """Ask for an edition; waits while billing has not heard of the company."""
        path = f"/billing/v1/companies/{self.company_id}/subscriptions"
        sent: dict[str, Any] = dict(headers)
        body = {"edition": edition, "cloud_account_ids": list(accounts)}
        for _ in range(100):
            answer = await self.owner.ask("POST", path, body, **sent)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                break
            await asyncio.sleep(0.1)
        return answer

    async def cancel(self, subscription_id: str) -> httpx.Response:
        path = f"/billing/v1/companies/{self.company_id}/subscriptions/{subscription_id}"
        return await self.owner.ask("POST", f"{path}/cancellation")

    async def overview(self) -> dict[str, Any]:
        seen: dict[str, Any] = await self.owner.get(
            f"/billing/v1/companies/{self.company_id}/overview"
        )
        return seen


@pytest.fixture(scope="session")
async def billing(people: House) -> Running:
    return await people.start(SERVICE)


@pytest.fixture
async def customer(billing: Running, arrive: Callable[..., Awaitable[Visitor]]) -> Customer:
    """Somebody who has just founded a company."""
    ada = await arrive()
    return Customer(ada, await ada.found_company())


@pytest.fixture
def at(billing: Running) -> At:
    """The use cases of subscriptions as they would be at another time."""

    def make(now: datetime) -> SubscriptionService:
        database = Database(billing.database.engine, "billing", lambda: now)
        return SubscriptionService(database, shipped_price_lists())

    return make


@pytest.fixture
def changes(stack: Stack, topic_prefix: str) -> Changes:
    """What billing has said about a company's subscriptions, in order."""

    async def read(company_id: str, least: int = 0) -> list[Envelope[SubscriptionChanged]]:
        return await said(
            stack.kafka_brokers or "", topic_prefix, SubscriptionChanged, company_id, least=least
        )

    return read
