"""HTTP of alerts."""

from typing import Annotated

from fastapi import Depends
from fastapi.responses import JSONResponse

from finops_commitments.access import MayRead
from finops_commitments.alerts import schemas
from finops_commitments.alerts.domain import Raised
from finops_commitments.dependencies import Alerts
from finops_common.auth.dependencies import organization_router
from finops_common.pagination import Listing, PageRequest, listing, page_request

router = organization_router("/alerts", "alerts")


@router.get("", summary="Alerts that were sent", response_model=Listing[schemas.AlertView])
async def list_alerts(
    caller: MayRead, alerts: Alerts, paging: Annotated[PageRequest, Depends(page_request)]
) -> Listing[schemas.AlertView] | JSONResponse:
    """Reminders of ends, low use and over-commitment; newest first. Sort by raised_at."""
    page = await alerts.page(caller, paging)
    return listing(page, paging, schemas.AlertView, _view)


def _view(alert: Raised) -> schemas.AlertView:
    return schemas.AlertView.model_validate(alert, from_attributes=True)
