"""HTTP of findings."""

from typing import Annotated

from fastapi import Depends, Query
from fastapi.responses import JSONResponse

from finops_commitments.access import MayChange, MayRead
from finops_commitments.dependencies import Findings
from finops_commitments.findings import schemas
from finops_commitments.findings.domain import Finding, FindingKind
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


@router.get("/thresholds", summary="When low utilization is a finding")
async def get_thresholds(caller: MayRead, findings: Findings) -> schemas.Threshold:
    """50 % unless the organization has set another."""
    return schemas.Threshold(utilization_percent=await findings.threshold(caller))


@router.put("/thresholds", summary="Set when low utilization is a finding", status_code=204)
async def set_thresholds(
    body: schemas.ThresholdChange, caller: MayChange, findings: Findings
) -> None:
    """Findings follow within seconds."""
    await findings.set_threshold(caller, body.utilization_percent)


def _view(finding: Finding) -> schemas.FindingView:
    return schemas.FindingView.model_validate(finding, from_attributes=True)
