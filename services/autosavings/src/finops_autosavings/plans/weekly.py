"""The weekly plan: which organizations are due, and the job that makes one."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from finops_autosavings.plans.due import Due, list_due
from finops_autosavings.plans.service import PlanService
from finops_autosavings.problems import NotEntitled, NothingActive, Stopped
from finops_common.acting import Acting, Actor, Origin
from finops_common.db import scopes
from finops_common.db.transaction import Database
from finops_common.jobs import GiveUpError, enqueue

KIND = "weekly-plan"


class WeeklyPlanner:
    """Queues what is due and makes it."""

    def __init__(self, database: Database, plans: PlanService) -> None:
        self._database = database
        self._plans = plans

    async def queue_due(self) -> int:
        """Queue a job for each week that has no plan; how many are due. Twice queues it once."""
        async with self._database.transaction(Acting(scopes.SYSTEM)) as tx:
            due = await list_due(tx)
            for each in due:
                await enqueue(tx, KIND, _payload(each), job_id=_job_id(each))
        return len(due)

    async def make(self, job_id: UUID, payload: dict[str, Any]) -> None:
        """The job handler. Raises GiveUpError where trying again this week cannot help."""
        company_id, organization_id = UUID(payload["company_id"]), UUID(payload["organization_id"])
        slot = datetime.fromisoformat(payload["slot"])
        acting = Acting(
            scopes.organization(company_id, organization_id),
            Origin(f"job-{job_id}", Actor("system", "autosavings")),
        )
        try:
            await self._plans.make_weekly(acting, plan_id_for(organization_id, slot), slot)
        except (Stopped, NotEntitled, NothingActive) as problem:
            raise GiveUpError(problem.code) from problem


def plan_id_for(organization_id: UUID, slot: datetime) -> UUID:
    """The id of a week's plan: whoever makes it twice makes the same one."""
    return uuid5(organization_id, f"weekly-plan {slot.isoformat()}")


def _job_id(due: Due) -> UUID:
    # A release of the kill switch is another job: the one before may have given up.
    switch = f"{due.switch_version}.{due.platform_version}"
    return uuid5(due.organization_id, f"weekly-plan-job {due.slot.isoformat()} {switch}")


def _payload(due: Due) -> dict[str, str]:
    return {
        "company_id": str(due.company_id),
        "organization_id": str(due.organization_id),
        "slot": due.slot.isoformat(),
    }
