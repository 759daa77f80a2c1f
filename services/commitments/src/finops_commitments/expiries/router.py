"""HTTP of expiries."""

from datetime import UTC
from typing import Annotated

from fastapi import Query

from finops_commitments.access import MayRead
from finops_commitments.dependencies import ExpiryAnswers, Now
from finops_commitments.expiries import schemas
from finops_common.auth.dependencies import organization_router
from finops_common.schemas import Instant

router = organization_router("/expiries", "expiries")
At = Annotated[Instant | None, Query(description="as seen then; now")]
Windows = Annotated[int, Query(ge=1, le=61, description="of 30 days each")]


@router.get("", summary="What ends when, and what is still to be paid")
async def list_expiries(
    caller: MayRead,
    expiries: ExpiryAnswers,
    now: Now,
    at: At = None,
    windows: Windows = 12,
) -> schemas.ExpiriesView:
    """Per currency: the cliff by 30 days, committed cash by month, weighted months left."""
    instant = at.astimezone(UTC) if at else now
    found = await expiries.ahead(caller, instant, windows)
    return schemas.ExpiriesView(
        at=instant,
        as_of=found.as_of,
        finality=found.finality,
        currencies=[
            schemas.CurrencyExpiries.model_validate(each, from_attributes=True)
            for each in found.value
        ],
    )
