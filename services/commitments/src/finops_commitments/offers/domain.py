"""Offers: which committed rates can be bought, and which usage each one is for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import IntEnum, StrEnum

STALE_AFTER = timedelta(days=7)
HOURS_PER_YEAR = 8760
MONTH_HOURS = 730
STEP = Decimal("0.00001")
SMALLEST = Decimal("0.001")
LARGEST = Decimal(1_000_000)
"""The amounts per hour AWS accepts of a plan, and how fine they are."""


class Kind(IntEnum):
    """Types of commitment; those of one provider in the order in which it applies them to an hour."""

    RESERVED_INSTANCE = 1
    EC2_INSTANCE_SAVINGS_PLAN = 2
    COMPUTE_SAVINGS_PLAN = 3
    DATABASE_SAVINGS_PLAN = 4
    SAGEMAKER_SAVINGS_PLAN = 5
    AZURE_RESERVATION = 11
    AZURE_SAVINGS_PLAN = 12
    RESOURCE_BASED_CUD = 21
    FLEXIBLE_CUD = 22


class PaymentOption(StrEnum):
    """How much of a commitment is paid at its start, as AWS names it."""

    NO_UPFRONT = "No Upfront"
    PARTIAL_UPFRONT = "Partial Upfront"
    ALL_UPFRONT = "All Upfront"

    @property
    def upfront_share(self) -> Decimal:
        """The part of the total commitment that is paid at the start, 0 to 1."""
        return {"No Upfront": Decimal(0), "Partial Upfront": Decimal("0.5")}.get(self, Decimal(1))


@dataclass(frozen=True, slots=True)
class Terms:
    """What is bought: for how many years of 365 days, and how it is paid."""

    years: int
    payment_option: PaymentOption

    @property
    def hours(self) -> int:
        return self.years * HOURS_PER_YEAR


@dataclass(frozen=True, slots=True)
class UsageClass:
    """Usage with one on-demand rate and one committed rate; the selector of an offer row.

    In an offer row None as region or operation stands for any.
    """

    service: str
    usage_type: str
    region: str | None = None
    operation: str | None = None


@dataclass(frozen=True, slots=True)
class OfferRow:
    """One rate that exists: money per usage unit under the plan, and when it was read."""

    usage: UsageClass
    rate: Decimal
    terms: Terms
    dated: date

    def is_stale(self, today: date) -> bool:
        """Whether the price is too old to feed a purchase (COM-46)."""
        return today - self.dated > STALE_AFTER


class OfferTable:
    """The rows of one set of terms, found by usage; the most exact row wins, then the newest."""

    def __init__(self, rows: Sequence[OfferRow], terms: Terms) -> None:
        self.terms = terms
        kept: dict[UsageClass, OfferRow] = {}
        for row in sorted(rows, key=lambda each: each.dated):
            if row.terms == terms:
                kept[row.usage] = row
        self._rows: Mapping[UsageClass, OfferRow] = kept

    def find(self, usage: UsageClass) -> OfferRow | None:
        """The row for a usage; None where it is not offered on these terms."""
        selectors = (
            usage,
            replace(usage, operation=None),
            replace(usage, region=None),
            replace(usage, region=None, operation=None),
        )
        return next((self._rows[each] for each in selectors if each in self._rows), None)
