"""What autosavings says about activations, policies, kill switches and plans."""

from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

from finops_common.events.contract import Change, Event, Topic

PLAN = Topic(
    "autosavings.plan", "activations, policies, kill switches, plans and what becomes of them"
)


class _OrganizationFact(Change):
    topic: ClassVar[Topic] = PLAN
    key: ClassVar[str] = "organization_id"

    organization_id: UUID


class ActivationChanged(_OrganizationFact):
    """autosavings began or ended to work for a cloud account."""

    name: ClassVar[str] = "activation.changed"
    target: ClassVar[tuple[str, str]] = ("cloud_account", "cloud_account_id")

    cloud_account_id: UUID
    active: bool


class PolicyChanged(_OrganizationFact):
    """A new version of an organization's policy; before and after hold what differs."""

    name: ClassVar[str] = "policy.changed"
    target: ClassVar[tuple[str, str]] = ("policy", "organization_id")

    policy_version: int
    mode: str


class KillSwitchChanged(_OrganizationFact):
    """An organization's switch: stopped means that nothing more is planned or bought."""

    name: ClassVar[str] = "kill_switch.changed"
    target: ClassVar[tuple[str, str]] = ("kill_switch", "organization_id")

    stopped: bool


class PlatformKillSwitchChanged(Change):
    """The switch of the whole platform, set by an operator."""

    topic: ClassVar[Topic] = PLAN
    name: ClassVar[str] = "platform_kill_switch.changed"
    key: ClassVar[str] = "switch"
    target: ClassVar[tuple[str, str]] = ("kill_switch", "switch")

    switch: Literal["platform"] = "platform"
    stopped: bool


class _PlanFact(Event):
    topic: ClassVar[Topic] = PLAN
    key: ClassVar[str] = "organization_id"
    target: ClassVar[tuple[str, str]] = ("plan", "plan_id")

    organization_id: UUID
    plan_id: UUID
    origin: Literal["weekly", "on_demand"]
    content_hash: str
    policy_version: int
    item_count: int
    currency: str | None
    hourly_commitment: Decimal
    total_commitment: Decimal
    monthly_savings: Decimal
    made_at: datetime


class PlanMade(_PlanFact):
    """What autosavings means to do; immutable."""

    name: ClassVar[str] = "plan.made"


class PlanHeld(_PlanFact):
    """A plan that may not be carried out; says why."""

    name: ClassVar[str] = "plan.held"

    reasons: tuple[str, ...]


EVENTS: tuple[type[Event], ...] = (
    ActivationChanged,
    PolicyChanged,
    KillSwitchChanged,
    PlatformKillSwitchChanged,
    PlanMade,
    PlanHeld,
)
