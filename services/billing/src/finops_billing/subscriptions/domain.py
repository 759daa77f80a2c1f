"""What a subscription is, which states follow which, and when the next invoice comes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from finops_common.contracts.billing import Edition, State

Cause = Literal["subscribed", "trial_ended", "converted", "cancelled"]
NoInvoice = Literal["no_subscription", "trial", "restricted", "when_savings_are_known"]

NEXT_STATES: Mapping[State, frozenset[State]] = {
    "trialing": frozenset({"restricted", "cancelled"}),
    "active": frozenset({"past_due", "restricted", "cancelled"}),
    "past_due": frozenset({"active", "restricted", "cancelled"}),
    "restricted": frozenset({"active", "cancelled"}),
    "cancelled": frozenset(),
}


@dataclass(frozen=True, slots=True)
class Order:
    """What a company wants; cloud accounts for the AutoSavings edition alone."""

    edition: Edition
    cloud_account_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Subscription:
    """One edition of a company; for all of it where `cloud_account_ids` is empty."""

    company_id: UUID
    id: UUID
    edition: Edition
    state: State
    price_list_version: str
    currency: str
    cloud_account_ids: tuple[UUID, ...]
    trial_ends_at: datetime | None
    started_at: datetime
    ended_at: datetime | None
    version: int

    def stands_against(self, order: Order) -> bool:
        """Whether this one must end before `order` can begin; a trial gives way by itself."""
        if self.state == "cancelled" or self.edition == "trial":
            return False
        if order.edition == "autosavings":
            return not set(self.cloud_account_ids).isdisjoint(order.cloud_account_ids)
        return self.edition != "autosavings"

    def gives_way_to(self, order: Order) -> bool:
        """Whether `order` is what a trial turns into."""
        running = self.edition == "trial" and self.state != "cancelled"
        return running and order.edition not in {"trial", "autosavings"}


@dataclass(frozen=True, slots=True)
class StateChange:
    """One line of the history: what a subscription became, when and why."""

    subscription_id: UUID
    edition: Edition
    state: State
    cause: Cause
    at: datetime


@dataclass(frozen=True, slots=True)
class NextInvoice:
    """The day it is issued, or why there is none."""

    on: date | None
    why_none: NoInvoice | None


def next_invoice(subscriptions: Iterable[Subscription], today: date) -> NextInvoice:
    """Paid editions are invoiced on the first day of each month for the month before."""
    living = [each for each in subscriptions if each.state != "cancelled"]
    paid = {each.edition for each in living if each.state in {"active", "past_due"}}
    if paid - {"autosavings"}:
        return NextInvoice((today.replace(day=1) + timedelta(days=32)).replace(day=1), None)
    if paid:
        return NextInvoice(None, "when_savings_are_known")
    if any(each.state == "trialing" for each in living):
        return NextInvoice(None, "trial")
    return NextInvoice(None, "restricted" if living else "no_subscription")
