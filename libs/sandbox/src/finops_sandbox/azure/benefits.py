"""Reservations and savings plans of a directory: each application sees what it has a role on."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from finops_sandbox.azure.errors import AzureError
from finops_sandbox.azure.management import caller, page
from finops_sandbox.azure.state import RESERVATIONS_READER, SAVINGS_PLAN_READER, App, Benefit, State

router = APIRouter(prefix="/providers")


@router.get("/Microsoft.Capacity/reservations")
async def list_reservations(request: Request, skip: int = 0) -> JSONResponse:
    state: State = request.app.state.azure
    return page(request, _seen(request, state.reservations, RESERVATIONS_READER), skip)


@router.get("/Microsoft.BillingBenefits/savingsPlans")
async def list_savings_plans(request: Request, skip: int = 0) -> JSONResponse:
    state: State = request.app.state.azure
    return page(request, _seen(request, state.savings_plans, SAVINGS_PLAN_READER), skip)


def _seen(request: Request, benefits: list[Benefit], role: str) -> list[dict[str, Any]]:
    app: App = caller(request.app.state.azure, request)
    if "api-version" not in request.query_params:
        raise AzureError(400, "MissingApiVersionParameter")
    # Who has no role is told of none; nobody is refused.
    if (role, app.tenant_id) not in app.roles:
        return []
    return [each.document for each in benefits if each.tenant_id == app.tenant_id]
