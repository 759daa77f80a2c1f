"""What a customer allows autosavings to do (AUTO-2)."""

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from finops_common.contracts.commitments_queries import CommitmentType

Mode = Literal["dry_run", "approve_each", "approve_above_limit", "auto_within_policy"]
AVAILABLE: frozenset[Mode] = frozenset({"dry_run"})
"""Modes that can be switched on; the others need purchases, which do not exist yet."""

LARGEST_SLICE = Decimal(100)
"""Money per hour: AWS takes back no larger savings plan (cloud-facts 1.4)."""


@dataclass(frozen=True, slots=True)
class Blackout:
    """Nothing is bought from `since` until `until`."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Caps:
    """Limits on the total commitment (hourly amount over the whole term), and on upfront cash.

    Each counts the sum of a plan, never a slice of it. None: no limit.
    """

    per_purchase: Decimal | None = None
    per_month: Decimal | None = None
    outstanding: Decimal | None = None
    upfront: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """One version. Weekday 0 is Monday; day and hour are UTC; percentages are 0 to 100."""

    mode: Mode = "dry_run"
    currency: str = "USD"
    caps: Caps = Caps()
    longest_term_years: Literal[1, 3] = 1
    target_coverage_percent: Decimal = Decimal(80)
    minimum_utilization_percent: Decimal = Decimal(95)
    weekly_share_percent: Decimal = Decimal(10)
    largest_slice: Decimal = LARGEST_SLICE
    commitment_types: tuple[CommitmentType, ...] = ("compute_savings_plan",)
    regions: tuple[str, ...] = ()
    blackouts: tuple[Blackout, ...] = ()
    cool_off_hours: int = 24
    approvers: tuple[UUID, ...] = ()
    four_eyes: bool = False
    weekday: int = 0
    hour: int = 6


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """A policy and which version of it; version 0 is what holds until somebody sets one."""

    version: int
    policy: Policy


def differences(before: Policy, after: Policy) -> tuple[str, ...]:
    """The fields in which two policies differ."""
    names = (field.name for field in fields(Policy))
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))
