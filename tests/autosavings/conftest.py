"""autosavings, running beside billing, with answers for what it asks ingestion and commitments."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from tests.autosavings.builders import advice, an_account
from tests.autosavings.responders import Commitments, Ingestion, answering
from tests.billing.conftest import Customer
from tests.billing.reading import said

from finops_autosavings.main import SERVICE
from finops_autosavings.plans.service import PlanService
from finops_autosavings.plans.weekly import KIND, WeeklyPlanner
from finops_billing.main import SERVICE as BILLING
from finops_common.acting import Origin
from finops_common.auth.caller import Caller
from finops_common.contracts.ingestion_queries import CloudAccountFacts
from finops_common.db.transaction import Database
from finops_common.events.contract import Event
from finops_common.events.envelope import Envelope
from finops_common.jobs import JobRunner
from finops_common.testing.services import House, Running
from finops_sandbox.stack import Stack
from finops_sandbox.visitor import Visitor

Said = Callable[..., Awaitable[list[Envelope[Any]]]]
Week = Callable[[datetime], "Weeks"]


@pytest.fixture(scope="session")
async def ingestion(keys: dict[str, str]) -> AsyncIterator[Ingestion]:
    responder = Ingestion()
    async with answering("ingestion", responder, keys) as responder.url:
        yield responder


@pytest.fixture(scope="session")
async def commitments(keys: dict[str, str]) -> AsyncIterator[Commitments]:
    responder = Commitments()
    async with answering("commitments", responder, keys) as responder.url:
        yield responder


@pytest.fixture(scope="session")
async def autosavings(people: House, ingestion: Ingestion, commitments: Commitments) -> Running:
    await people.start(BILLING)
    # The house's own ingestion and commitments are for other tests.
    return await people.start(
        SERVICE,
        plans_every_s="3600",
        ingestion_url=ingestion.url,
        commitments_url=commitments.url,
    )


@dataclass
class Saver(Customer):
    """An organization with one cloud account and advice for it, and the Owner who acts."""

    organization_id: UUID
    account: CloudAccountFacts
    ingestion: Ingestion
    commitments: Commitments

    async def ask(
        self,
        method: str,
        path: str,
        json: object = None,
        *,
        by: Visitor | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Call a route of the organization, as its Owner or `by` another."""
        base = f"/autosavings/v1/organizations/{self.organization_id}"
        sent: dict[str, Any] = dict(headers or {})
        return await (by or self.owner).ask(method, base + path, json, **sent)

    async def activate(self) -> None:
        """Begin to work for the account; waits until billing's word has arrived."""
        body = {"cloud_account_id": str(self.account.id)}
        for _ in range(100):
            answer = await self.ask("POST", "/activations", body)
            if answer.status_code != httpx.codes.PAYMENT_REQUIRED:
                break
            await asyncio.sleep(0.1)
        assert answer.status_code == httpx.codes.CREATED, answer.text

    async def plan(self, headers: dict[str, str] | None = None) -> dict[str, Any]:
        answer = await self.ask("POST", "/plans", headers=headers)
        assert answer.status_code == httpx.codes.CREATED, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def now_is(self, **facts: Any) -> None:  # noqa: ANN401 - fields of CloudAccountFacts
        """Let ingestion say something else of the account."""
        self.account = self.account.model_copy(update=facts)
        self.ingestion.accounts[self.organization_id] = [self.account]

    def caller(self, authenticated_at: datetime) -> Caller:
        """The Owner, as a use case sees them."""
        return Caller(
            user_id=UUID(self.owner.user_id),
            session_id=uuid4(),
            authenticated_at=authenticated_at,
            methods=("pwd",),
            email_verified=True,
            origin=Origin("test"),
            company_id=UUID(self.company_id),
            organization_id=self.organization_id,
        )


@pytest.fixture
async def newcomer(
    autosavings: Running,
    ingestion: Ingestion,
    commitments: Commitments,
    arrive: Callable[..., Awaitable[Visitor]],
) -> Saver:
    """Somebody whose company subscribes to nothing yet."""
    ada = await arrive()
    company_id = await ada.found_company()
    organization_id = UUID(await ada.open_organization(company_id))
    account = an_account()
    ingestion.accounts[organization_id] = [account]
    commitments.advice[organization_id] = [advice()]
    return Saver(ada, company_id, organization_id, account, ingestion, commitments)


@pytest.fixture
async def saver(newcomer: Saver) -> Saver:
    """Somebody with a trial and an active account."""
    await newcomer.subscribe("trial")
    await newcomer.activate()
    return newcomer


@pytest.fixture
def events(stack: Stack, topic_prefix: str) -> Said:
    """What autosavings has said of a kind about an organization, in order."""

    async def read(kind: type[Event], saver: Saver, least: int = 0) -> list[Envelope[Any]]:
        brokers = stack.kafka_brokers or ""
        return await said(brokers, topic_prefix, kind, saver.organization_id, least=least)

    return read


@dataclass(frozen=True)
class Weeks:
    """The weekly planner and its jobs at another time."""

    planner: WeeklyPlanner
    runner: JobRunner

    async def pass_by(self) -> None:
        """Queue what is due and run it all."""
        await self.planner.queue_due()
        while await self.runner.run_one():
            pass


@pytest.fixture
def week(autosavings: Running, ingestion: Ingestion, commitments: Commitments) -> Week:
    """autosavings' worker as it would be at another time."""

    def make(now: datetime) -> Weeks:
        database = Database(autosavings.database.engine, "autosavings", lambda: now)
        planner = WeeklyPlanner(database, PlanService(database, ingestion, commitments))
        return Weeks(planner, JobRunner(database, {KIND: planner.make}))

    return make
