"""What other services fetch when the topic no longer holds it."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from finops_common.contracts.ingestion import ARROW
from finops_common.contracts.ingestion_queries import StandingRevisions
from finops_ingestion.dependencies import Revisions

router = APIRouter(prefix="/revisions", tags=["revisions"])


@router.get("", summary="Revisions that stand")
async def list_revisions(
    revisions: Revisions,
    company_id: Annotated[UUID | None, Query(description="only this company's")] = None,
) -> StandingRevisions:
    """All of them, with what belongs to which organization."""
    return StandingRevisions(revisions=await revisions.list_current(company_id))


@router.get(
    "/{billing_source_id}/{period}/parts/{organization_id}/{number}",
    summary="Hourly records of a revision that stands",
    response_class=Response,
    responses={200: {"content": {ARROW: {}}}},
)
async def read_part(
    billing_source_id: UUID,
    period: date,
    organization_id: UUID,
    number: int,
    revision: Annotated[int, Query(description="the one that was listed")],
    revisions: Revisions,
) -> Response:
    """Part `number` (from 0) of an organization's share, as an Arrow IPC stream."""
    body = await revisions.part(billing_source_id, period, organization_id, number, revision)
    return Response(body, media_type=ARROW)
