"""Making plans, and reading them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from finops_autosavings.accounts.adapters import CloudAccounts
from finops_autosavings.activations.repository import ActivationRepository
from finops_autosavings.plans.adapters import Advice
from finops_autosavings.plans.comparison import Comparison, compare, week_start
from finops_autosavings.plans.domain import Content, Plan, content_hash, totals
from finops_autosavings.plans.proposal import propose
from finops_autosavings.plans.repository import PlanRepository
from finops_autosavings.policies.domain import PolicyVersion
from finops_autosavings.policies.repository import PolicyRepository
from finops_autosavings.problems import NotEntitled, NothingActive
from finops_autosavings.subscriptions.domain import allowed_for
from finops_autosavings.subscriptions.repository import SubscriptionRepository
from finops_autosavings.switches.repository import SwitchRepository
from finops_common.acting import Acts
from finops_common.auth.caller import Caller
from finops_common.contracts.autosavings import PlanHeld, PlanMade
from finops_common.contracts.billing import Entitlement
from finops_common.db.transaction import Database, Transaction
from finops_common.pagination import Page, PageRequest


@dataclass(frozen=True, slots=True)
class _Claim:
    """What the transaction that began a plan has found."""

    organization_id: UUID
    active: frozenset[UUID]
    policy: PolicyVersion


class PlanService:
    """Use cases of plans."""

    def __init__(self, database: Database, accounts: CloudAccounts, advice: Advice) -> None:
        self._database = database
        self._accounts = accounts
        self._advice = advice

    async def make(self, caller: Caller, plan_id: UUID) -> Plan:
        """Make a plan now; the one with this id if it is there.

        Raises:
            Stopped: a kill switch is on. NothingActive: no account is active.
            NotEntitled: the edition or its state does not allow plans.
            Unavailable: nobody could be asked for accounts or advice; nothing was made.
        """
        return await self._make(caller, plan_id, None, caller.user_id)

    async def make_weekly(self, acts: Acts, plan_id: UUID, slot: datetime) -> Plan:
        """Make the plan of a week; raises as `make`."""
        return await self._make(acts, plan_id, slot, None)

    async def list_page(self, caller: Caller, request: PageRequest) -> Page[Plan]:
        """All of the organization's."""
        async with self._database.transaction(caller) as tx:
            return await PlanRepository(tx).page(request)

    async def get(self, caller: Caller, plan_id: UUID) -> Plan:
        """Raises NotFound."""
        async with self._database.transaction(caller) as tx:
            return await PlanRepository(tx).get(plan_id)

    async def compare(self, caller: Caller, plan_id: UUID) -> tuple[Plan | None, Comparison]:
        """The plan of the week before (the newest before this one's week) and the difference."""
        async with self._database.transaction(caller) as tx:
            plans = PlanRepository(tx)
            plan = await plans.get(plan_id)
            before = await plans.find_newest_before(week_start(plan.made_at))
        return before, compare(before.content if before else None, plan.content)

    async def _make(
        self, acts: Acts, plan_id: UUID, slot: datetime | None, by: UUID | None
    ) -> Plan:
        async with self._database.transaction(acts) as tx:
            made = await PlanRepository(tx).find(plan_id)
            if made:
                return made
            claim = await _claim(tx)
        # Outside any transaction: two services may take their time to answer. To make a
        # plan changes nothing elsewhere, so a crash from here on costs a question, no more.
        accounts = await self._accounts.list_all(claim.organization_id)
        advice = await self._advice.list_all(claim.organization_id)
        async with self._database.transaction(acts) as tx:
            # A stop that came meanwhile counts.
            await SwitchRepository(tx).need_open()
            content = propose(
                claim.organization_id, claim.active, accounts, advice, claim.policy, tx.now
            )
            return await _keep(tx, plan_id, slot, by, content)


async def _claim(tx: Transaction) -> _Claim:
    await SwitchRepository(tx).need_open()
    active = [each.cloud_account_id for each in await ActivationRepository(tx).list_active()]
    if not active:
        raise NothingActive
    subscriptions = await SubscriptionRepository(tx).list_all()
    allowed = [each for each in active if Entitlement.PLAN in allowed_for(subscriptions, each)]
    if not allowed:
        raise NotEntitled(entitlement=Entitlement.PLAN.value)
    return _Claim(tx.organization_id, frozenset(allowed), await PolicyRepository(tx).current())


async def _keep(
    tx: Transaction, plan_id: UUID, slot: datetime | None, by: UUID | None, content: Content
) -> Plan:
    plan = Plan(
        id=plan_id,
        origin="on_demand" if slot is None else "weekly",
        slot=slot,
        content=content,
        content_hash=content_hash(content),
        made_at=tx.now,
        requested_by=by,
    )
    plans = PlanRepository(tx)
    if await plans.add(plan):
        tx.publish(_event(plan), version=1)
    return await plans.get(plan_id)


def _event(plan: Plan) -> PlanMade | PlanHeld:
    content = plan.content
    sums = totals(content.items)
    facts: dict[str, Any] = {
        "organization_id": content.organization_id,
        "plan_id": plan.id,
        "origin": plan.origin,
        "content_hash": plan.content_hash,
        "policy_version": content.policy_version,
        "item_count": len(content.items),
        "currency": content.currency,
        "hourly_commitment": sums.hourly_commitment,
        "total_commitment": sums.total_commitment,
        "monthly_savings": sums.monthly_savings,
        "made_at": plan.made_at,
    }
    if content.holds:
        return PlanHeld(**facts, reasons=tuple(sorted({each.why for each in content.holds})))
    return PlanMade(**facts)
