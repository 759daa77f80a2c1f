"""HTTP of alerts."""

from typing import Annotated

from fastapi import Depends, Response
from fastapi.responses import JSONResponse

from finops_commitments.access import MayChange, MayRead
from finops_commitments.alerts import schemas
from finops_commitments.alerts.domain import Raised
from finops_commitments.alerts.recipients import (
    DEFAULT,
    KINDS,
    AlertKind,
    AlertRecipients,
    Recipients,
    id_of,
)
from finops_commitments.dependencies import Alerts, ChosenRecipients
from finops_commitments.entered.domain import Entered
from finops_common.auth.dependencies import organization_router
from finops_common.errors.http import problems
from finops_common.errors.problem import PreconditionFailed
from finops_common.etag import IfMatch, set_etag
from finops_common.pagination import Listing, PageRequest, listing, page_request

router = organization_router("/alerts", "alerts")


@router.get("", summary="Alerts that were sent", response_model=Listing[schemas.AlertView])
async def list_alerts(
    caller: MayRead, alerts: Alerts, paging: Annotated[PageRequest, Depends(page_request)]
) -> Listing[schemas.AlertView] | JSONResponse:
    """Reminders of ends, low use and over-commitment; newest first. Sort by raised_at."""
    page = await alerts.page(caller, paging)
    return listing(page, paging, schemas.AlertView, _view)


@router.get("/recipients", summary="Who is told of alerts")
async def list_alert_recipients(
    caller: MayRead, recipients: ChosenRecipients
) -> schemas.AllRecipients:
    """Every kind: whom the organization chose, or everybody who may see commitments."""
    chosen = {each.body.kind: each for each in await recipients.list_all(caller)}
    return schemas.AllRecipients(items=[_chosen(kind, chosen.get(kind)) for kind in KINDS])


@router.put(
    "/recipients/{kind}",
    summary="Choose who is told of a kind of alert",
    responses=problems(PreconditionFailed),
)
async def choose_alert_recipients(
    kind: AlertKind,
    body: Recipients,
    caller: MayChange,
    recipients: ChosenRecipients,
    if_version: IfMatch,
    response: Response,
) -> schemas.RecipientsView:
    """Holds for what is sent from now on. Persons are told while they reach the organization."""
    kept = AlertRecipients(kind=kind, **dict(body))
    after = await recipients.put(caller, id_of(caller.organization_id, kind), kept, if_version)
    set_etag(response, after.version)
    return _chosen(kind, after)


def _chosen(kind: AlertKind, chosen: Entered[AlertRecipients] | None) -> schemas.RecipientsView:
    return schemas.RecipientsView(
        kind=kind,
        recipients=chosen.body.chosen if chosen else DEFAULT,
        version=chosen.version if chosen else 0,
        changed_by=chosen and chosen.changed_by,
        changed_at=chosen and chosen.changed_at,
    )


def _view(alert: Raised) -> schemas.AlertView:
    return schemas.AlertView.model_validate(alert, from_attributes=True)
