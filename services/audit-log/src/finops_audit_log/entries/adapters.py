"""What audit-log asks others: who the members of an organization are."""

from typing import Protocol
from uuid import UUID

from finops_common.contracts.org_rbac import MembersAnswer, MembersQuestion
from finops_common.http import ServiceClient


class Members(Protocol):
    """Knows the members of organizations; asked on every reading, never remembered."""

    async def of(self, organization_id: UUID) -> frozenset[UUID]:
        """The users who are members now. Raises Unavailable when there is no answer."""


class RemoteMembers:
    """org-rbac over its internal route."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client

    async def of(self, organization_id: UUID) -> frozenset[UUID]:
        question = MembersQuestion(organization_id=organization_id)
        answer = await self._client.ask(
            "POST", "/internal/members", json=question.model_dump(mode="json")
        )
        return frozenset(MembersAnswer.model_validate(answer).user_ids)
