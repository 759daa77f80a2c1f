"""ingestion and commitments as autosavings meets them, until the real ones serve these routes.

Stateful, over real HTTP, on the ports the house keeps for them; they take only a token
that autosavings signed for them, as the real ones do.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException, Request

from finops_common.auth.tokens import ServiceTokens
from finops_common.clock import utc_now
from finops_common.contracts.commitments_queries import (
    Recommendation,
    RecommendationsAnswer,
    RecommendationsQuestion,
)
from finops_common.contracts.ingestion_queries import (
    CloudAccountFacts,
    CloudAccountsAnswer,
    CloudAccountsQuestion,
)
from finops_common.errors.problem import Unauthenticated
from finops_common.testing.services import reserved_socket, serving


@dataclass
class Ingestion:
    """Cloud accounts per organization; `down` answers nothing but 503."""

    url: str = ""
    accounts: dict[UUID, list[CloudAccountFacts]] = field(default_factory=dict)
    down: bool = False
    asked: int = 0

    async def list_all(self, organization_id: UUID) -> list[CloudAccountFacts]:
        self.asked += 1
        if self.down:
            raise HTTPException(503)
        return self.accounts.get(organization_id, [])

    def app(self, tokens: ServiceTokens) -> FastAPI:
        app = FastAPI(dependencies=[Depends(_from_autosavings(tokens))])

        @app.post("/internal/cloud-accounts")
        async def cloud_accounts(question: CloudAccountsQuestion) -> CloudAccountsAnswer:
            return CloudAccountsAnswer(accounts=await self.list_all(question.organization_id))

        return app


@dataclass
class Commitments:
    """Recommendations per organization."""

    url: str = ""
    advice: dict[UUID, list[Recommendation]] = field(default_factory=dict)

    async def list_all(self, organization_id: UUID) -> list[Recommendation]:
        return self.advice.get(organization_id, [])

    def app(self, tokens: ServiceTokens) -> FastAPI:
        app = FastAPI(dependencies=[Depends(_from_autosavings(tokens))])

        @app.post("/internal/recommendations")
        async def recommendations(question: RecommendationsQuestion) -> RecommendationsAnswer:
            found = await self.list_all(question.organization_id)
            return RecommendationsAnswer(recommendations=found)

        return app


@asynccontextmanager
async def answering(
    name: str, responder: Ingestion | Commitments, keys: Mapping[str, str]
) -> AsyncIterator[str]:
    """Serve the responder as the service `name`; its URL, which is not the real one's."""
    private = keys[f"{name.upper()}_SERVICE_KEY"]
    tokens = ServiceTokens(name, private, keys["FINOPS_SERVICE_JWKS"], utc_now)
    async with serving(responder.app(tokens), reserved_socket()) as url:
        yield url


def _from_autosavings(tokens: ServiceTokens) -> Callable[[Request], Awaitable[None]]:
    async def check(request: Request) -> None:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            caller = tokens.caller(bearer)
        except Unauthenticated:
            raise HTTPException(401) from None
        if caller != "autosavings":
            raise HTTPException(403)

    return check
