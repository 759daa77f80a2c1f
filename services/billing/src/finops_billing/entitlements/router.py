"""HTTP of entitlements."""

from fastapi import APIRouter

from finops_billing.entitlements import schemas
from finops_common.auth.dependencies import MayReadMyself
from finops_common.contracts.billing import (
    EDITIONS,
    ENTITLEMENTS_VERSION,
    NO_SUBSCRIPTION,
    STATES,
    allows,
)
from finops_common.errors.http import problems

router = APIRouter(prefix="/entitlements", tags=["entitlements"], responses=problems())


@router.get("", summary="What each edition and state allows in every service")
async def list_entitlements(_caller: MayReadMyself) -> schemas.EntitlementTable:
    """The whole table; several subscriptions of a company add up."""
    rows = [
        schemas.EntitlementRow(edition=edition, state=state, allows=sorted(allows(edition, state)))
        for edition in EDITIONS
        for state in STATES
    ]
    return schemas.EntitlementTable(
        version=ENTITLEMENTS_VERSION, without_subscription=sorted(NO_SUBSCRIPTION), rows=rows
    )
