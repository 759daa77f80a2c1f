"""HTTP of risks."""

from datetime import UTC
from typing import Annotated

from fastapi import Query

from finops_commitments.access import MayRead
from finops_commitments.dependencies import Now, RiskAnswers
from finops_commitments.risks import schemas
from finops_common.auth.dependencies import organization_router
from finops_common.schemas import Instant

router = organization_router("/risks", "risks")


@router.get("", summary="How likely commitments are to lie idle")
async def list_risks(
    caller: MayRead,
    risks: RiskAnswers,
    now: Now,
    at: Annotated[Instant | None, Query(description="as seen then; now")] = None,
) -> schemas.RisksView:
    """State, probability, money at risk, cause and what may be done, per commitment."""
    instant = at.astimezone(UTC) if at else now
    found = await risks.risks(caller, instant)
    return schemas.RisksView(
        at=instant,
        as_of=found.as_of,
        finality=found.finality,
        items=[schemas.RiskView.model_validate(each, from_attributes=True) for each in found.value],
    )
