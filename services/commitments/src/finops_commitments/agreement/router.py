"""HTTP of the comparison."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Query

from finops_commitments.access import MayRead
from finops_commitments.agreement import schemas
from finops_commitments.dependencies import AgreementAnswers, Now
from finops_common.auth.dependencies import organization_router

router = organization_router("/agreement", "figures")


@router.get("", summary="Simulated against billed")
async def get_agreement(
    caller: MayRead,
    answers: AgreementAnswers,
    now: Now,
    month: Annotated[
        str | None,
        Query(pattern="^20[0-9]{2}-(0[1-9]|1[0-2])$", description="2026-10; the last one"),
    ] = None,
) -> schemas.AgreementsView:
    """How far the simulator is from a closed month's bill, with the largest causes."""
    last = (now.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    start = datetime.strptime(month or last, "%Y-%m").replace(tzinfo=UTC)
    answer = await answers.compare(caller, start)
    return schemas.AgreementsView(
        month=start.date(),
        as_of=answer.as_of,
        finality=answer.finality,
        items=schemas.agreement_views(answer.value.agreements),
        not_comparable=schemas.not_comparable_views(answer.value.not_comparable),
    )
