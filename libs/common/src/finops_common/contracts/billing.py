"""What billing says about subscriptions, and what each edition and state allows (BILL-13)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, Literal, get_args
from uuid import UUID

from finops_common.events.contract import Change, Event, Topic

SUBSCRIPTION = Topic(
    "billing.subscription", "editions companies subscribe to, and the state of each subscription"
)

Edition = Literal["trial", "standard", "premium", "enterprise", "autosavings"]
State = Literal["trialing", "active", "past_due", "restricted", "cancelled"]
EDITIONS: tuple[Edition, ...] = get_args(Edition)
STATES: tuple[State, ...] = get_args(State)


class Entitlement(StrEnum):
    """What an edition can allow: `<service>.<what>`. Services refuse the rest with 402."""

    INVITE = "org-rbac.invite"
    SINGLE_SIGN_ON = "identity.single-sign-on"
    API_KEYS = "identity.api-keys"
    CONNECT = "ingestion.connect"
    IMPORT = "ingestion.import"
    COST = "ingestion.cost"
    COVERAGE = "commitments.coverage"
    RECOMMEND = "commitments.recommend"
    PLAN = "autosavings.plan"
    PURCHASE = "autosavings.purchase"
    WATCH = "autosavings.watch"
    HISTORY = "audit-log.history"
    INVOICES = "billing.invoices"
    PAY = "billing.pay"


_E = Entitlement
_ALWAYS = frozenset({_E.INVOICES, _E.PAY, _E.HISTORY})
_READ = _ALWAYS | {_E.COST, _E.COVERAGE}
_CORE = _READ | {_E.INVITE, _E.CONNECT, _E.IMPORT, _E.RECOMMEND, _E.PLAN, _E.API_KEYS}
_SAVE = frozenset({_E.CONNECT, _E.IMPORT, _E.COVERAGE, _E.RECOMMEND, _E.PLAN})

ENTITLEMENTS_VERSION = 1
"""Counts up with every change of the table below."""

NO_SUBSCRIPTION = _ALWAYS | {_E.INVITE}
"""What a company may do that subscribes to nothing yet."""

EDITION_ALLOWS: Mapping[Edition, frozenset[Entitlement]] = MappingProxyType(
    {
        "trial": _CORE,
        "standard": _CORE,
        "premium": _CORE | {_E.SINGLE_SIGN_ON},
        "enterprise": _CORE | {_E.SINGLE_SIGN_ON},
        "autosavings": _ALWAYS | _SAVE | {_E.COST, _E.PURCHASE, _E.WATCH},
    }
)
STATE_KEEPS: Mapping[State, frozenset[Entitlement]] = MappingProxyType(
    {
        "trialing": frozenset(Entitlement),
        "active": frozenset(Entitlement),
        "past_due": frozenset(Entitlement),
        # What is owned is still watched, bills are seen and paid; nothing new is bought (AUTO-52).
        "restricted": _READ | {_E.WATCH},
        "cancelled": _ALWAYS,
    }
)


def allows(edition: Edition, state: State) -> frozenset[Entitlement]:
    """The one table: what a subscription of `edition` allows while it is in `state`."""
    return EDITION_ALLOWS[edition] & STATE_KEEPS[state]


def allowed_by(subscriptions: Iterable[tuple[Edition, State]]) -> frozenset[Entitlement]:
    """What all subscriptions of a company allow together."""
    return NO_SUBSCRIPTION.union(*(allows(edition, state) for edition, state in subscriptions))


class SubscriptionChanged(Change):
    """The whole state of one subscription, with its version.

    `cloud_account_ids` empty: it is for the company as a whole; else for these alone.
    """

    topic: ClassVar[Topic] = SUBSCRIPTION
    key: ClassVar[str] = "company_id"
    name: ClassVar[str] = "subscription.changed"
    target: ClassVar[tuple[str, str]] = ("subscription", "subscription_id")

    company_id: UUID
    subscription_id: UUID
    edition: Edition
    state: State
    price_list_version: str
    currency: str
    cloud_account_ids: tuple[UUID, ...] = ()
    trial_ends_at: datetime | None = None
    entitlements_version: int = ENTITLEMENTS_VERSION


EVENTS: tuple[type[Event], ...] = (SubscriptionChanged,)
