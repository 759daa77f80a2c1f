"""HTTP of activations."""

from uuid import UUID

from finops_autosavings.activations import schemas
from finops_autosavings.activations.domain import Candidate
from finops_autosavings.dependencies import Activations, MayEdit, MayView
from finops_autosavings.problems import AccountNotReady, NotEntitled
from finops_common.auth.dependencies import organization_router
from finops_common.errors.http import problems
from finops_common.once import Once

router = organization_router("/activations", "activations")


@router.get("", summary="Cloud accounts with their permission check")
async def list_activations(
    caller: MayView, activations: Activations
) -> schemas.ActivationCandidates:
    """What could be done with each, why not, and which actions are missing."""
    found = await activations.list_candidates(caller)
    return schemas.ActivationCandidates(items=[_view(each) for each in found])


@router.post(
    "",
    status_code=201,
    summary="Begin to work for a cloud account",
    responses=problems(NotEntitled, AccountNotReady),
)
async def activate_cloud_account(
    body: schemas.NewActivation, caller: MayEdit, activations: Activations, once: Once
) -> schemas.ActivationCandidate:
    """Read-only rights are enough; what is possible follows what is granted."""
    return _view(await once(caller, lambda _: activations.activate(caller, body.cloud_account_id)))


@router.delete("/{cloud_account_id}", status_code=204, summary="Stop working for a cloud account")
async def end_activation(cloud_account_id: UUID, caller: MayEdit, activations: Activations) -> None:
    """No more plans for it; repeating it changes nothing."""
    await activations.end(caller, cloud_account_id)


def _view(found: Candidate) -> schemas.ActivationCandidate:
    account = found.account
    return schemas.ActivationCandidate(
        cloud_account_id=account.id,
        provider=account.provider,
        account_id=account.account_id,
        payer_account_id=account.payer_account_id,
        status=account.status,
        active=found.active,
        possibilities=[
            schemas.AccountPossibility.model_validate(each, from_attributes=True)
            for each in found.possibilities
        ],
    )
