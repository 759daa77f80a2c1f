"""What autosavings asks."""

from fastapi import APIRouter

from finops_commitments.dependencies import RecommendationAnswers
from finops_commitments.recommendations.schemas import recommendation
from finops_commitments.recommendations.variants import preferred
from finops_common.acting import Acting
from finops_common.contracts.commitments_queries import (
    RecommendationsAnswer,
    RecommendationsQuestion,
)
from finops_common.db.scopes import Scope

router = APIRouter(tags=["recommendations"])


@router.post("/recommendations", summary="What the payers of an organization should commit to")
async def recommend(
    body: RecommendationsQuestion, answers: RecommendationAnswers
) -> RecommendationsAnswer:
    """Per payer the variant that binds least: the shortest term, with the least upfront."""
    advice = await answers.advise(Acting(Scope(organization_id=body.organization_id)))
    return RecommendationsAnswer(
        recommendations=[recommendation(each) for each in preferred(advice.variants)]
    )
