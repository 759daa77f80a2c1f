"""HTTP of recommendations."""

from decimal import Decimal
from typing import Annotated

from fastapi import Query

from finops_commitments.access import MayRead
from finops_commitments.dependencies import RecommendationAnswers, SpeaksLanguage
from finops_commitments.problems import (
    AmountUnfit,
    CurrencyNeeded,
    OfferUnknown,
    PayerNeeded,
    UsageUnknown,
)
from finops_commitments.recommendations import portfolio_schemas, schemas
from finops_common.auth.dependencies import organization_router
from finops_common.errors.http import problems

router = organization_router("/recommendations", "recommendations")


@router.get("", summary="What to commit to next")
async def list_recommendations(
    caller: MayRead,
    answers: RecommendationAnswers,
    language: SpeaksLanguage,
    look_back: Annotated[schemas.LookBack, Query(description="days")] = schemas.LookBack.QUARTER,
    cost_of_capital: Annotated[
        Decimal | None, Query(ge=0, le=1, description="a year, for the present value: 0.08 is 8 %")
    ] = None,
    robust: Annotated[
        bool,
        Query(description="aim lower than what was best, buy for no spike and nothing in a fall"),
    ] = True,
) -> schemas.Recommendations:
    """The best of each Savings Plan and reservation for each payer, on every term that is offered; alternatives, each as if bought alone."""
    advice = await answers.advise(caller, look_back, cost_of_capital, robust=robust)
    return schemas.recommendations(advice, language)


@router.get("/portfolio", summary="What to buy together", responses=problems(CurrencyNeeded))
async def recommend_portfolio(
    caller: MayRead,
    answers: RecommendationAnswers,
    language: SpeaksLanguage,
    query: Annotated[portfolio_schemas.PortfolioQuery, Query()],
) -> portfolio_schemas.Portfolios:
    """Of all Savings Plans and reservations on offer the cheapest mix for each payer, within the limits and beside what is owned as it ends. Solved together, so nothing is counted twice; `monthly_savings_bound` and `gap_percent` say what is proven of it."""
    advice = await answers.portfolios(caller, query.wanted())
    return portfolio_schemas.portfolios(advice, language)


@router.post(
    "/portfolio/what-if",
    summary="What the portfolio would be if",
    responses=problems(AmountUnfit, CurrencyNeeded, OfferUnknown, PayerNeeded, UsageUnknown),
)
async def compare_portfolio(
    caller: MayRead,
    answers: RecommendationAnswers,
    language: SpeaksLanguage,
    body: portfolio_schemas.WhatIf,
) -> portfolio_schemas.Comparisons:
    """The portfolio under other usage, terms or amounts, beside the unchanged one. Nothing is kept. The gap of given amounts is that to the best ones under the same changes."""
    wanted, changes = body.portfolio.wanted(), body.changes()
    advice = await answers.portfolios(caller, wanted, changes)
    return portfolio_schemas.comparisons(advice, language)
