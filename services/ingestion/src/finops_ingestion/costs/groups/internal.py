"""What other services ask about cost groups."""

from uuid import UUID

from fastapi import APIRouter

from finops_common.acting import Acting
from finops_common.contracts.ingestion_queries import CostGroupRules
from finops_common.db import scopes
from finops_ingestion.costs.groups.views import rules_view
from finops_ingestion.dependencies import CostGroups

router = APIRouter(tags=["cost groups"])


@router.get(
    "/companies/{company_id}/organizations/{organization_id}/cost-groups",
    summary="Rules of an organization's cost groups",
)
async def read_cost_group_rules(
    company_id: UUID, organization_id: UUID, groups: CostGroups
) -> CostGroupRules:
    """Those in force, over columns of hourly records; none before anybody made any."""
    acts = Acting(scopes.organization(company_id, organization_id))
    return rules_view(await groups.get(acts))
