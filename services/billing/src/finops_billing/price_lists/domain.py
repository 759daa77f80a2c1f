"""What a price list is, and which one is in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from finops_common.contracts.billing import Edition

Payment = Literal["none", "card", "invoice"]
FALLBACK_CURRENCY = "USD"
"""What is billed where a list has no prices in the company's own currency."""


@dataclass(frozen=True, slots=True)
class Tier:
    """The fee of a month whose cloud spend is at most `up_to`; None: any spend above."""

    up_to: Decimal | None
    monthly_fee: Decimal


@dataclass(frozen=True, slots=True)
class EditionPrice:
    """How an edition is paid; tiers by currency, or a share of realised savings."""

    edition: Edition
    payment: Payment
    tiers: Mapping[str, tuple[Tier, ...]]
    savings_share_percent: Decimal | None


@dataclass(frozen=True, slots=True)
class TrialOffer:
    """How long a trial lasts, and in which days one may begin (both ends included)."""

    days: int
    campaign_from: date
    campaign_until: date | None

    def is_open(self, today: date) -> bool:
        return self.campaign_from <= today <= (self.campaign_until or today)


@dataclass(frozen=True, slots=True)
class PriceList:
    """One published version; never changed afterwards."""

    version: str
    effective_from: date
    trial: TrialOffer
    editions: tuple[EditionPrice, ...]

    @property
    def currencies(self) -> tuple[str, ...]:
        return tuple(sorted({name for each in self.editions for name in each.tiers}))

    def currency_for(self, wanted: str) -> str:
        """The currency in which who wants `wanted` is billed."""
        return wanted if wanted in self.currencies else FALLBACK_CURRENCY


def in_force(lists: Sequence[PriceList], today: date) -> PriceList:
    """The newest list that has taken effect.

    Raises:
        LookupError: none has.
    """
    begun = [each for each in lists if each.effective_from <= today]
    if not begun:
        raise LookupError(f"no price list is in force on {today}")
    return max(begun, key=lambda each: each.effective_from)
