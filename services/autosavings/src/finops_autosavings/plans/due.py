"""Which organizations' weekly plans are due; read over all of them, in system scope."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on

from finops_autosavings.activations.tables import activations
from finops_autosavings.plans.schedule import latest_slot
from finops_autosavings.plans.tables import plans
from finops_autosavings.policies.domain import Policy
from finops_autosavings.policies.tables import policies
from finops_autosavings.switches.tables import kill_switches, platform_switch
from finops_common.db.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Due:
    """A week without a plan, and the versions of the open switches over it."""

    organization_id: UUID
    company_id: UUID
    slot: datetime
    switch_version: int
    platform_version: int


async def list_due(tx: Transaction) -> list[Due]:
    """The newest slot of each active organization that is not stopped and has no plan for it.

    A slot from before the first activation is nobody's. One statement for all of them.
    """
    default = Policy()
    found = []
    for row in await tx.all(_STATEMENT):
        weekday = default.weekday if row.weekday is None else row.weekday
        hour = default.hour if row.hour is None else row.hour
        slot = latest_slot(tx.now, weekday, hour)
        if slot >= row.since and (row.last_slot is None or slot > row.last_slot):
            versions = row.switch_version, row.platform_version
            found.append(Due(row.organization_id, row.company_id, slot, *versions))
    return found


_active = (
    select(
        activations.c.organization_id,
        activations.c.company_id,
        func.min(activations.c.since).label("since"),
    )
    .where(activations.c.active)
    .group_by(activations.c.organization_id, activations.c.company_id)
    .subquery()
)
_policy = (
    select(
        policies.c.organization_id,
        policies.c.body["weekday"].as_integer().label("weekday"),
        policies.c.body["hour"].as_integer().label("hour"),
    )
    .ext(distinct_on(policies.c.organization_id))
    .order_by(policies.c.organization_id, policies.c.version.desc())
    .subquery()
)
_last = (
    select(plans.c.organization_id, func.max(plans.c.slot).label("last_slot"))
    .group_by(plans.c.organization_id)
    .subquery()
)
_STATEMENT = (
    select(
        _active,
        _policy.c.weekday,
        _policy.c.hour,
        _last.c.last_slot,
        kill_switches.c.version.label("switch_version"),
        platform_switch.c.version.label("platform_version"),
    )
    .select_from(_active)
    .join(kill_switches, kill_switches.c.organization_id == _active.c.organization_id)
    .join(platform_switch, platform_switch.c.stopped.is_(False))
    .outerjoin(_policy, _policy.c.organization_id == _active.c.organization_id)
    .outerjoin(_last, _last.c.organization_id == _active.c.organization_id)
    .where(kill_switches.c.stopped.is_(False))
)
