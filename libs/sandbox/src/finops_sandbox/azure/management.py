"""The resource manager: billing accounts, their subscriptions and exports, page by page."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from finops_sandbox.azure.errors import AzureError
from finops_sandbox.azure.state import BILLING_READER, COST_READER, App, BillingAccount, State

router = APIRouter(prefix="/providers/Microsoft.Billing/billingAccounts/{billing_id}")
PAGE = 2


@router.get("")
async def read_account(billing_id: str, request: Request) -> JSONResponse:
    account = _account(request, billing_id, {BILLING_READER})
    named = {"displayName": "Hanbit", "agreementType": "EnterpriseAgreement"}
    return JSONResponse({"name": account.id, "properties": named})


@router.get("/billingSubscriptions")
async def list_subscriptions(billing_id: str, request: Request, skip: int = 0) -> JSONResponse:
    account = _account(request, billing_id, {BILLING_READER})
    listed = [
        {"properties": {"subscriptionId": each, "displayName": name, "status": "Active"}}
        for each, name in account.subscriptions.items()
    ]
    return page(request, listed, skip)


@router.get("/providers/Microsoft.CostManagement/exports")
async def list_exports(billing_id: str, request: Request, skip: int = 0) -> JSONResponse:
    account = _account(request, billing_id, {COST_READER})
    listed = [
        {
            "name": export.name,
            "properties": {
                "deliveryInfo": {
                    "destination": {
                        "resourceId": f"/subscriptions/0/storageAccounts/{export.storage_account}",
                        "container": export.container,
                        "rootFolderPath": export.directory,
                    }
                }
            },
        }
        for export in account.exports
    ]
    return page(request, listed, skip)


def page(request: Request, listed: list[dict[str, Any]], skip: int) -> JSONResponse:
    """A few of the items, and where the next are."""
    page: dict[str, Any] = {"value": listed[skip : skip + PAGE]}
    if skip + PAGE < len(listed):
        page["nextLink"] = str(request.url.include_query_params(skip=skip + PAGE))
    return JSONResponse(page)


def _account(request: Request, billing_id: str, roles: set[str]) -> BillingAccount:
    state: State = request.app.state.azure
    app = caller(state, request)
    if "api-version" not in request.query_params:
        raise AzureError(400, "MissingApiVersionParameter")
    account = state.billing.get(billing_id)
    if account is None:
        raise AzureError(404, "BillingAccountNotFound")
    if not any((role, billing_id) in app.roles for role in roles):
        raise AzureError(403, "AuthorizationFailed")
    return account


def caller(state: State, request: Request) -> App:
    """Whose token it is. Raises AzureError."""
    if state.busy > 0:
        state.busy -= 1
        raise AzureError(429, "TooManyRequests")
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    app = state.holder(token, "management")
    if app is None:
        raise AzureError(401, "InvalidAuthenticationToken")
    return app
