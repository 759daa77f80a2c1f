"""HTTP of kill switches."""

from finops_autosavings.dependencies import KillSwitches, MayEdit, MayView
from finops_autosavings.switches import schemas
from finops_autosavings.switches.domain import Switches
from finops_common.auth.dependencies import organization_router
from finops_common.errors.http import problems
from finops_common.errors.problem import RecentLoginNeeded

router = organization_router("/kill-switch", "kill switches")


@router.get("", summary="Whether autosavings is stopped")
async def get_kill_switch(caller: MayView, switches: KillSwitches) -> schemas.KillSwitchView:
    """The organization's switch and the platform's."""
    return _view(await switches.get(caller))


@router.put("", summary="Stop or release autosavings", responses=problems(RecentLoginNeeded))
async def set_kill_switch(
    body: schemas.KillSwitchChange, caller: MayEdit, switches: KillSwitches
) -> schemas.KillSwitchView:
    """Stopping takes effect at once; releasing asks a recent log-in."""
    return _view(await switches.set_own(caller, stopped=body.stopped, reason=body.reason))


def _view(found: Switches) -> schemas.KillSwitchView:
    own = found.organization
    return schemas.KillSwitchView(
        stopped=own is None or own.stopped,
        reason=own.reason if own else None,
        changed_at=own.changed_at if own else None,
        platform_stopped=found.platform is None or found.platform.stopped,
    )
