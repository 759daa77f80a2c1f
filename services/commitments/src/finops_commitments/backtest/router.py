"""HTTP of backtests."""

from typing import Annotated

from fastapi import Query

from finops_commitments.access import MayRead
from finops_commitments.backtest import schemas
from finops_commitments.dependencies import BacktestAnswers
from finops_commitments.recommendations.offers import PaymentOption, Terms
from finops_common.auth.dependencies import organization_router

router = organization_router("/recommendations/backtest", "recommendations")


@router.get("", summary="What each buying policy would have saved")
async def backtest_recommendations(
    caller: MayRead,
    answers: BacktestAnswers,
    term_years: Annotated[schemas.TermYears, Query()] = schemas.TermYears.ONE,
    payment_option: Annotated[PaymentOption, Query()] = PaymentOption.NO_UPFRONT,
) -> schemas.BacktestsView:
    """Ours, provider style and the plain rule, replayed on each payer's own uncovered usage."""
    found = await answers.backtest(caller, Terms(term_years, payment_option))
    return schemas.backtests_view(found, term_years, payment_option)
