"""HTTP of policies."""

from fastapi import Response

from finops_autosavings.dependencies import MayEdit, MayView, Policies
from finops_autosavings.policies import schemas
from finops_autosavings.policies.domain import Blackout, Caps, Policy, PolicyVersion
from finops_autosavings.problems import ModeNotAvailable
from finops_common.auth.dependencies import organization_router
from finops_common.errors.http import problems
from finops_common.errors.problem import PreconditionFailed, RecentLoginNeeded
from finops_common.etag import IfMatch, set_etag

router = organization_router("/policy", "policies")


@router.get("", summary="The policy in force")
async def get_savings_policy(
    caller: MayView, policies: Policies, response: Response
) -> schemas.SavingsPolicyView:
    """The ETag serves `If-Match`."""
    return _view(await policies.get(caller), response)


@router.put(
    "",
    summary="Set the policy",
    responses=problems(PreconditionFailed, RecentLoginNeeded, ModeNotAvailable),
)
async def set_savings_policy(
    body: schemas.SavingsPolicyChange,
    caller: MayEdit,
    policies: Policies,
    if_version: IfMatch,
    response: Response,
) -> schemas.SavingsPolicyView:
    """A new version. Asks a log-in or confirmation younger than ten minutes."""
    changed = await policies.change(caller, _policy(body), if_version, body.reason)
    return _view(changed, response)


def _policy(body: schemas.SavingsPolicyChange) -> Policy:
    values = body.model_dump(exclude={"reason"})
    values["caps"] = Caps(**values["caps"])
    values["blackouts"] = tuple(Blackout(**each) for each in values["blackouts"])
    return Policy(**values)


def _view(found: PolicyVersion, response: Response) -> schemas.SavingsPolicyView:
    set_etag(response, found.version)
    return schemas.SavingsPolicyView.model_validate(found, from_attributes=True)
