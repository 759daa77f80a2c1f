"""Cloud Billing: an account and its projects, to who may view it."""

from typing import Any

from fastapi import APIRouter, Request

from finops_sandbox.gcp.access import caller, need_api, need_role, state_of
from finops_sandbox.gcp.state import BILLING, BILLING_VIEWER, BillingAccount

router = APIRouter(prefix="/v1/billingAccounts/{billing_id}")
PAGE = 2


@router.get("")
async def read_account(billing_id: str, request: Request) -> dict[str, Any]:
    account = _account(request, billing_id)
    name = f"billingAccounts/{account.id}"
    money = {"currencyCode": account.currency}
    return {"name": name, "open": True, "displayName": "Hanbit", **money}


@router.get("/projects")
async def list_projects(billing_id: str, request: Request, pageToken: int = 0) -> dict[str, Any]:  # noqa: N803 - Google's name
    account = _account(request, billing_id)
    end = pageToken + PAGE
    listed = [
        {"projectId": project, "billingEnabled": True}
        for project in account.projects[pageToken:end]
    ]
    following = {"nextPageToken": str(end)} if end < len(account.projects) else {}
    return {"projectBillingInfo": listed, **following}


def _account(request: Request, billing_id: str) -> BillingAccount:
    state, who = state_of(request), caller(request)
    need_api(state, who.project, BILLING)
    need_role(who, BILLING_VIEWER, billing_id, "The caller does not have permission")
    return state.billing[billing_id]
