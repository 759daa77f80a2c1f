"""How routers get their use cases from the wiring, and the permissions they name."""

from typing import Annotated

from fastapi import Depends, Security

from finops_autosavings.activations.service import ActivationService
from finops_autosavings.plans.service import PlanService
from finops_autosavings.policies.service import PolicyService
from finops_autosavings.switches.service import SwitchService
from finops_common.app import wired
from finops_common.auth.caller import Caller
from finops_common.auth.dependencies import current_caller

Activations = Annotated[ActivationService, Depends(wired("activations"))]
Policies = Annotated[PolicyService, Depends(wired("policies"))]
KillSwitches = Annotated[SwitchService, Depends(wired("switches"))]
Plans = Annotated[PlanService, Depends(wired("plans"))]
MayView = Annotated[Caller, Security(current_caller, scopes=["autosavings:view"])]
MayPlan = Annotated[Caller, Security(current_caller, scopes=["autosavings:plan"])]
MayEdit = Annotated[Caller, Security(current_caller, scopes=["autosavings:edit"])]
