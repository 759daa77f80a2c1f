"""Where the rules of cost groups are read from: ingestion, over its internal route."""

from collections.abc import Iterable
from typing import Protocol

from finops_commitments.figures.domain import Group
from finops_common.acting import Acts
from finops_common.contracts.ingestion_queries import CostGroupRules
from finops_common.http import ServiceClient


class CostGroups(Protocol):
    """Reads rules."""

    async def rules(self, acts: Acts) -> CostGroupRules:
        """The organization's rules in force. Raises Unavailable when there is no answer."""


class RemoteCostGroups:
    """ingestion's rules; satisfies `CostGroups`."""

    def __init__(self, ingestion: ServiceClient) -> None:
        self._ingestion = ingestion

    async def rules(self, acts: Acts) -> CostGroupRules:
        """Asked each time: what people change shows in the next answer."""
        scope = acts.scope
        place = f"companies/{scope.company_id}/organizations/{scope.organization_id}"
        answer = await self._ingestion.ask("GET", f"/internal/{place}/cost-groups")
        return CostGroupRules.model_validate(answer)


async def rules_for(
    groups: CostGroups, acts: Acts, asked: Iterable[Group]
) -> CostGroupRules | None:
    """The rules a question by these groups needs; nothing is asked where it needs none."""
    return await groups.rules(acts) if Group.COST_GROUP in asked else None
