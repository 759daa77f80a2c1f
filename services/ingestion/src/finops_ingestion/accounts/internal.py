"""What other services ask about cloud accounts."""

from fastapi import APIRouter

from finops_common.contracts.ingestion_queries import CloudAccountsAnswer, CloudAccountsQuestion
from finops_ingestion.dependencies import Accounts

router = APIRouter(tags=["cloud accounts"])


@router.post("/cloud-accounts", summary="Cloud accounts of an organization")
async def list_account_facts(
    body: CloudAccountsQuestion, accounts: Accounts
) -> CloudAccountsAnswer:
    """Those whose ownership is proven, as they are connected now."""
    return CloudAccountsAnswer(accounts=await accounts.facts(body.organization_id))
