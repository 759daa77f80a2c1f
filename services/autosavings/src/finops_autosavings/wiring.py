"""Builds everything autosavings is made of from its settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from finops_autosavings.accounts.adapters import RemoteCloudAccounts
from finops_autosavings.activations.service import ActivationService
from finops_autosavings.plans.adapters import RemoteAdvice
from finops_autosavings.plans.service import PlanService
from finops_autosavings.plans.weekly import WeeklyPlanner
from finops_autosavings.policies.service import PolicyService
from finops_autosavings.settings import Settings
from finops_autosavings.switches.service import SwitchService
from finops_common.clock import Clock, utc_now
from finops_common.essentials import Essentials, essentials


@dataclass(frozen=True)
class Wiring:
    """The use cases of one process."""

    essentials: Essentials
    activations: ActivationService
    policies: PolicyService
    switches: SwitchService
    plans: PlanService
    weekly: WeeklyPlanner


@asynccontextmanager
async def wire(settings: Settings, clock: Clock = utc_now) -> AsyncIterator[Wiring]:
    """Everything, wired; closed at the end."""
    async with essentials("autosavings", settings, clock=clock) as shared:
        database = shared.database
        accounts = RemoteCloudAccounts(shared.client(settings.ingestion_url, "ingestion"))
        advice = RemoteAdvice(shared.client(settings.commitments_url, "commitments"))
        plans = PlanService(database, accounts, advice)
        yield Wiring(
            essentials=shared,
            activations=ActivationService(database, accounts),
            policies=PolicyService(database),
            switches=SwitchService(database),
            plans=plans,
            weekly=WeeklyPlanner(database, plans),
        )
