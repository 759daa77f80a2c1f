"""ingestion's word about cloud accounts."""

from typing import Protocol
from uuid import UUID

from finops_common.contracts.ingestion_queries import (
    CloudAccountFacts,
    CloudAccountsAnswer,
    CloudAccountsQuestion,
)
from finops_common.http import ServiceClient


class CloudAccounts(Protocol):
    """Asks what cloud accounts an organization has now."""

    async def list_all(self, organization_id: UUID) -> list[CloudAccountFacts]:
        """Raises Unavailable when there is no answer."""


class RemoteCloudAccounts:
    """ingestion over its internal route."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def list_all(self, organization_id: UUID) -> list[CloudAccountFacts]:
        question = CloudAccountsQuestion(organization_id=organization_id)
        answer = await self._client.ask(
            "POST", "/internal/cloud-accounts", json=question.model_dump(mode="json")
        )
        return CloudAccountsAnswer.model_validate(answer).accounts
