"""What commitments' worker runs: relay, two groups that do not starve each other, jobs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from finops_commitments.alerts.handlers import on_notice_acknowledged
from finops_commitments.detachments.handlers import (
    on_cloud_account_data_deleted,
    on_cloud_account_detached,
)
from finops_commitments.findings.jobs import ASSESS
from finops_commitments.inventory.handlers import on_inventory_listed
from finops_commitments.offers.handlers import FETCH, on_offers_listed
from finops_commitments.revisions.handlers import HANDLERS as DATA
from finops_commitments.revisions.handlers import company_scope
from finops_commitments.settings import Settings
from finops_commitments.wiring import wire
from finops_common.contracts.ingestion import (
    CloudAccountDataDeleted,
    CloudAccountDetached,
    InventoryListed,
    OffersListed,
)
from finops_common.contracts.org_rbac import NoticeAcknowledged
from finops_common.db import scopes
from finops_common.db.scopes import SYSTEM, Scope
from finops_common.events.consumer import Handler
from finops_common.events.contract import Event
from finops_common.events.envelope import Envelope
from finops_common.jobs import JobRunner
from finops_common.service import Work
from finops_common.worker import DAY_S, HOUR_S, every

CONTROL: dict[type[Event], Handler] = {
    InventoryListed: on_inventory_listed,
    OffersListed: on_offers_listed,
    CloudAccountDetached: on_cloud_account_detached,
    CloudAccountDataDeleted: on_cloud_account_data_deleted,
    NoticeAcknowledged: on_notice_acknowledged,
}


@asynccontextmanager
async def work(settings: Settings) -> AsyncIterator[Work]:
    """The tasks, wired."""
    async with wire(settings) as wiring:
        shared = wiring.essentials
        jobs = JobRunner(
            shared.database,
            {ASSESS: wiring.assessor.assess, FETCH: wiring.offers.fetch},
        )

        async with (
            shared.consumer("commitments-data", DATA, company_scope) as data,
            shared.consumer("commitments", CONTROL, _control_scope) as control,
        ):
            tasks = {
                "relay": shared.relay().run,
                "data": data.run,
                "control": control.run,
                "jobs": jobs.run,
                "assessments": every(DAY_S, wiring.assessor.assess_all),
                "catch-up": every(HOUR_S, wiring.catch_up.take_missing),
                "sweep": every(HOUR_S, shared.sweep),
            }
            yield Work(tasks, [data, control])


def _control_scope(message: Envelope[Event]) -> Scope:
    """Price lists are of no tenant, alerts of an organization; all else is of a company's source."""
    if isinstance(message.data, NoticeAcknowledged):
        return scopes.organization(message.data.company_id, message.data.organization_id)
    return SYSTEM if isinstance(message.data, OffersListed) else company_scope(message)
