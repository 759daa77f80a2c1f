"""commitments' advice."""

from typing import Protocol
from uuid import UUID

from finops_common.contracts.commitments_queries import (
    Recommendation,
    RecommendationsAnswer,
    RecommendationsQuestion,
)
from finops_common.http import PATIENT, ServiceClient


class Advice(Protocol):
    """Asks what the payers of an organization should commit to."""

    async def list_all(self, organization_id: UUID) -> list[Recommendation]:
        """Raises Unavailable when there is no answer."""


class RemoteAdvice:
    """commitments over its internal route."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def list_all(self, organization_id: UUID) -> list[Recommendation]:
        question = RecommendationsQuestion(organization_id=organization_id)
        answer = await self._client.ask(
            "POST",
            "/internal/recommendations",
            json=question.model_dump(mode="json"),
            timeout=PATIENT,
        )
        return RecommendationsAnswer.model_validate(answer).recommendations
