"""What people do with subscriptions, and what time does to trials."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from finops_billing.companies.repository import CompanyRepository
from finops_billing.price_lists.domain import PriceList, in_force
from finops_billing.problems import AlreadySubscribed, TrialNotOffered, TrialUsed
from finops_billing.subscriptions.domain import (
    NEXT_STATES,
    Cause,
    NextInvoice,
    Order,
    StateChange,
    Subscription,
    next_invoice,
)
from finops_billing.subscriptions.repository import SubscriptionRepository, trials_over
from finops_common.acting import Acting, Actor, Origin
from finops_common.auth.caller import Caller
from finops_common.contracts.billing import Entitlement, State, SubscriptionChanged, allowed_by
from finops_common.db import scopes
from finops_common.db.transaction import Database, Transaction
from finops_common.ids import new_id

AT_ONCE = 200
"""Trials one round of the job ends."""


@dataclass(frozen=True, slots=True)
class Overview:
    """All there is to see of a company's subscriptions."""

    company_id: UUID
    subscriptions: list[Subscription]
    history: list[StateChange]
    next_invoice: NextInvoice
    entitlements: frozenset[Entitlement]


class SubscriptionService:
    """Use cases of subscriptions."""

    def __init__(self, database: Database, price_lists: Sequence[PriceList]) -> None:
        self._database = database
        self._price_lists = price_lists

    async def subscribe(self, caller: Caller, subscription_id: UUID, order: Order) -> Subscription:
        """Begin a subscription under the price list in force; the one with this id if it is there.

        A running trial ends as cancelled when another edition for the whole company begins.

        Raises:
            TrialUsed: the company has had one. TrialNotOffered: outside the campaign.
            AlreadySubscribed: to an edition for the company, or for one of these accounts.
            Unavailable: the company is so new that billing has not heard of it.
        """
        async with self._database.transaction(caller) as tx:
            company = await CompanyRepository(tx).lock()
            subscriptions = SubscriptionRepository(tx)
            made = await subscriptions.find(subscription_id)
            if made:
                return made
            prices = in_force(self._price_lists, tx.now.date())
            for other in await subscriptions.list_all():
                _refuse(order, other)
                if other.gives_way_to(order):
                    await _move(tx, other, "cancelled", "converted")
            new = _begin(tx, subscription_id, order, prices, company.currency)
            await subscriptions.add(new)
            tx.publish(_changed(None, new), version=new.version, reason="subscribed")
            return new

    async def cancel(self, caller: Caller, subscription_id: UUID) -> Subscription:
        """End a subscription now; one that has ended stays as it is. Raises NotFound."""
        async with self._database.transaction(caller) as tx:
            await CompanyRepository(tx).lock()
            found = await SubscriptionRepository(tx).get(subscription_id)
            if found.state == "cancelled":
                return found
            return await _move(tx, found, "cancelled", "cancelled")

    async def overview(self, caller: Caller) -> Overview:
        """What the company has, had, and may use."""
        async with self._database.transaction(caller) as tx:
            subscriptions = SubscriptionRepository(tx)
            found = await subscriptions.list_all()
            return Overview(
                company_id=tx.company_id,
                subscriptions=found,
                history=await subscriptions.list_changes(),
                next_invoice=next_invoice(found, tx.now.date()),
                entitlements=allowed_by((each.edition, each.state) for each in found),
            )

    async def end_trials(self) -> int:
        """Restrict the trials that are over; how many. Done twice, or by two at once, is done once."""
        async with self._database.transaction(Acting(scopes.SYSTEM)) as tx:
            due = await trials_over(tx, AT_ONCE)
        return sum([await self._end_trial(*trial) for trial in due])

    async def _end_trial(self, company_id: UUID, subscription_id: UUID) -> bool:
        origin = Origin(f"job-{new_id()}", Actor("system", "billing"))
        async with self._database.transaction(Acting(scopes.company(company_id), origin)) as tx:
            await CompanyRepository(tx).lock()
            found = await SubscriptionRepository(tx).get(subscription_id)
            if found.state != "trialing":
                return False
            await _move(tx, found, "restricted", "trial_ended")
            return True


def _refuse(order: Order, other: Subscription) -> None:
    if order.edition == "trial" and other.edition == "trial":
        raise TrialUsed
    if other.stands_against(order):
        raise AlreadySubscribed(edition=other.edition, subscription_id=str(other.id))


def _begin(
    tx: Transaction, subscription_id: UUID, order: Order, prices: PriceList, currency: str
) -> Subscription:
    trial = order.edition == "trial"
    if trial and not prices.trial.is_open(tx.now.date()):
        raise TrialNotOffered
    return Subscription(
        company_id=tx.company_id,
        id=subscription_id,
        edition=order.edition,
        state="trialing" if trial else "active",
        price_list_version=prices.version,
        currency=prices.currency_for(currency),
        cloud_account_ids=order.cloud_account_ids,
        trial_ends_at=tx.now + timedelta(days=prices.trial.days) if trial else None,
        started_at=tx.now,
        ended_at=None,
        version=1,
    )


async def _move(tx: Transaction, before: Subscription, state: State, cause: Cause) -> Subscription:
    if state not in NEXT_STATES[before.state]:
        raise ValueError(f"{before.state} does not become {state}")
    after = await SubscriptionRepository(tx).move(before, state, cause)
    tx.publish(_changed(before, after), version=after.version, reason=cause)
    return after


def _changed(before: Subscription | None, after: Subscription) -> SubscriptionChanged:
    return SubscriptionChanged(
        company_id=after.company_id,
        subscription_id=after.id,
        edition=after.edition,
        state=after.state,
        price_list_version=after.price_list_version,
        currency=after.currency,
        cloud_account_ids=after.cloud_account_ids,
        trial_ends_at=after.trial_ends_at,
        before=None if before is None else {"state": before.state},
        after={"state": after.state},
    )
