"""HTTP of deliveries to customers' own buckets."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response
from fastapi.responses import JSONResponse

from finops_common.auth.dependencies import organization_router
from finops_common.errors.http import problems
from finops_common.errors.problem import PreconditionFailed
from finops_common.etag import IfMatch, set_etag
from finops_common.once import Once
from finops_common.pagination import Listing, PageRequest, listing, page_request
from finops_ingestion.connections.router import MayRead, MayRegister
from finops_ingestion.costs.deliveries import schemas
from finops_ingestion.costs.deliveries.domain import Draft
from finops_ingestion.costs.deliveries.problems import MayNotSeeCosts, TooManyDeliveries
from finops_ingestion.costs.deliveries.views import delivery_view, run_view
from finops_ingestion.dependencies import Deliveries, SpeaksLanguage

router = organization_router("/deliveries", "deliveries")
Paging = Annotated[PageRequest, Depends(page_request)]


@router.get("", summary="Deliveries", response_model=Listing[schemas.DeliveryView])
async def list_deliveries(
    caller: MayRead, deliveries: Deliveries, language: SpeaksLanguage, paging: Paging
) -> Listing[schemas.DeliveryView] | JSONResponse:
    """What is delivered where, and how that goes. Sort by name, created_at, changed_at."""
    page = await deliveries.page(caller, paging)
    return listing(page, paging, schemas.DeliveryView, lambda each: delivery_view(each, language))


@router.post(
    "",
    status_code=201,
    summary="Have FOCUS files delivered to a bucket",
    responses=problems(TooManyDeliveries, MayNotSeeCosts),
)
async def add_delivery(
    body: schemas.DeliveryDraft,
    caller: MayRegister,
    deliveries: Deliveries,
    language: SpeaksLanguage,
    once: Once,
    response: Response,
) -> schemas.DeliveryView:
    """Then run its template in the bucket's account, and have it checked: the schedule begins with that."""
    draft = Draft(body.name, body.enabled, body.terms())
    made = await once(caller, lambda new_id: deliveries.add(caller, new_id, draft))
    set_etag(response, made.version)
    return delivery_view(made, language)


@router.get("/{delivery_id}", summary="A delivery")
async def read_delivery(
    delivery_id: UUID,
    caller: MayRead,
    deliveries: Deliveries,
    language: SpeaksLanguage,
    response: Response,
) -> schemas.DeliveryView:
    """The ETag serves `If-Match`."""
    found = await deliveries.get(caller, delivery_id)
    set_etag(response, found.version)
    return delivery_view(found, language)


@router.patch(
    "/{delivery_id}",
    summary="Change a delivery",
    responses=problems(PreconditionFailed, MayNotSeeCosts),
)
async def change_delivery(
    delivery_id: UUID,
    body: schemas.DeliveryChange,
    caller: MayRegister,
    deliveries: Deliveries,
    language: SpeaksLanguage,
    if_match: IfMatch,
    response: Response,
) -> schemas.DeliveryView:
    """Another destination has to be checked again; files of the former stay where they are."""
    terms = body.terms.terms() if body.terms else None
    changes = {"name": body.name, "enabled": body.enabled, "terms": terms}
    told = {name: value for name, value in changes.items() if value is not None}
    changed = await deliveries.change(caller, delivery_id, told, if_match)
    set_etag(response, changed.version)
    return delivery_view(changed, language)


@router.delete(
    "/{delivery_id}",
    status_code=204,
    summary="Delete a delivery",
    responses=problems(PreconditionFailed),
)
async def delete_delivery(
    delivery_id: UUID, caller: MayRegister, deliveries: Deliveries, if_match: IfMatch
) -> None:
    """With its runs; files stay in the bucket. Its stack can be deleted then."""
    await deliveries.remove(caller, delivery_id, if_match)


@router.post("/{delivery_id}/checks", summary="Check a delivery now")
async def check_delivery(
    delivery_id: UUID, caller: MayRegister, deliveries: Deliveries, language: SpeaksLanguage
) -> schemas.DeliveryView:
    """Writes an object into its folder and removes it; `cause` and `advice` say what is wrong."""
    return delivery_view(await deliveries.check(caller, delivery_id), language)


@router.get(
    "/{delivery_id}/template",
    summary="CloudFormation template of a delivery",
    response_class=Response,
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}}},
)
async def download_delivery_template(
    delivery_id: UUID, caller: MayRegister, deliveries: Deliveries
) -> Response:
    """A role that may write below the delivery's folder and nothing else, with the ExternalId filled in."""
    stack = await deliveries.stack(caller, delivery_id)
    headers = {"Content-Disposition": 'attachment; filename="finops-deliver.json"'}
    return Response(stack.template, media_type="application/json", headers=headers)


@router.get("/{delivery_id}/stack", summary="What a delivery's stack is run with")
async def read_delivery_stack(
    delivery_id: UUID, caller: MayRegister, deliveries: Deliveries
) -> schemas.DeliveryStackView:
    """The ExternalId and the role's name."""
    stack = await deliveries.stack(caller, delivery_id)
    return schemas.DeliveryStackView.model_validate(stack, from_attributes=True)


@router.get(
    "/{delivery_id}/runs",
    summary="Runs of a delivery",
    response_model=Listing[schemas.DeliveryRunView],
)
async def list_delivery_runs(
    delivery_id: UUID,
    caller: MayRead,
    deliveries: Deliveries,
    language: SpeaksLanguage,
    paging: Paging,
) -> Listing[schemas.DeliveryRunView] | JSONResponse:
    """Newest first. Sort by created_at."""
    page = await deliveries.runs(caller, delivery_id, paging)
    return listing(page, paging, schemas.DeliveryRunView, lambda each: run_view(each, language))


@router.post(
    "/{delivery_id}/runs",
    status_code=202,
    summary="Run a delivery now",
    responses=problems(MayNotSeeCosts),
)
async def run_delivery(
    delivery_id: UUID,
    body: schemas.RunOrder,
    caller: MayRegister,
    deliveries: Deliveries,
    language: SpeaksLanguage,
    once: Once,
) -> schemas.DeliveryRunView:
    """Writes what its folder lacks, also while its schedule rests; answers the run that is under way, if one is."""
    run = await once(
        caller, lambda new_id: deliveries.run(caller, new_id, delivery_id, anew=body.anew)
    )
    return run_view(run, language)


@router.get("/{delivery_id}/runs/{run_id}", summary="A run of a delivery")
async def read_delivery_run(
    delivery_id: UUID,
    run_id: UUID,
    caller: MayRead,
    deliveries: Deliveries,
    language: SpeaksLanguage,
) -> schemas.DeliveryRunView:
    """Its files with bytes, lines and sums; where it stands, and what stands in its way."""
    return run_view(await deliveries.get_run(caller, delivery_id, run_id), language)
