"""HTTP of findings."""

from typing import Annotated

from fastapi import Depends, Query
from fastapi.responses import JSONResponse

from finops_commitments.access import MayChange, MayRead
from finops_commitments.dependencies import Findings
from finops_commitments.findings import schemas
from finops_commitments.findings.domain import Finding, FindingKind, Thresholds
from finops_common.auth.dependencies import organization_router
from finops_common.pagination import Listing, PageRequest, listing, page_request

router = organization_router("", "findings")

Paging = Annotated[PageRequest, Depends(page_request)]


@router.get("/findings", summary="Findings", response_model=Listing[schemas.FindingView])
async def list_findings(
    caller: MayRead,
    findings: Findings,
    paging: Paging,
    kind: Annotated[FindingKind | None, Query()] = None,
    state: Annotated[schemas.State | None, Query()] = None,
) -> Listing[schemas.FindingView] | JSONResponse:
    """Newest first; sort by opened_at, kind, subject."""
    page = await findings.page(caller, paging, kind=kind, state=state)
    return listing(page, paging, schemas.FindingView, _view)


@router.get("/thresholds", summary="From where on figures are findings")
async def get_thresholds(caller: MayRead, findings: Findings) -> schemas.ThresholdsView:
    """50 % of utilization, and 10 points of coverage lost, unless the organization has set others."""
    found = await findings.thresholds(caller)
    return schemas.ThresholdsView.model_validate(found, from_attributes=True)


@router.put("/thresholds", summary="Set from where on figures are findings", status_code=204)
async def set_thresholds(
    body: schemas.ThresholdsChange, caller: MayChange, findings: Findings
) -> None:
    """Findings follow within seconds. Points that are left out are 10 again."""
    await findings.set_thresholds(caller, Thresholds(**dict(body)))


def _view(finding: Finding) -> schemas.FindingView:
    return schemas.FindingView.model_validate(finding, from_attributes=True)
