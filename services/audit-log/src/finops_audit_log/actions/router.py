"""HTTP of the vocabulary."""

from fastapi import APIRouter

from finops_audit_log.actions import schemas
from finops_audit_log.actions.domain import vocabulary
from finops_common.auth.dependencies import MayReadMyself
from finops_common.errors.http import problems

router = APIRouter(tags=["actions"], responses=problems())


@router.get("/actions", summary="Every action an entry can name")
async def list_actions(caller: MayReadMyself) -> schemas.Actions:  # noqa: ARG001 - checks the token
    """The words that `action` takes in entries and filters, with what they mean."""
    return schemas.Actions(
        items=[
            schemas.ActionView.model_validate(each, from_attributes=True) for each in vocabulary()
        ]
    )
