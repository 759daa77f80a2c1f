"""What other services ask."""

from fastapi import APIRouter

from finops_common.contracts.access import Answers, Questions
from finops_common.contracts.org_rbac import MembersAnswer, MembersQuestion
from finops_org_rbac.dependencies import AccessAnswers

router = APIRouter(tags=["access"])


@router.post("/decisions", summary="One or many questions about access")
async def decide(body: Questions, access: AccessAnswers) -> Answers:
    """The answers, in the order of the questions."""
    return Answers(answers=[await access.effective(question) for question in body.questions])


@router.post("/members", summary="Who reaches an organization")
async def list_member_ids(body: MembersQuestion, access: AccessAnswers) -> MembersAnswer:
    """Its members and the company's Owners."""
    return MembersAnswer(user_ids=await access.member_ids(body.organization_id))
