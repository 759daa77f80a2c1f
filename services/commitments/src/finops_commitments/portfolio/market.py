"""What a portfolio is made from: hourly demand in classes, and the offers that could cover it."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from finops_commitments.figures.domain import EXACT
from finops_commitments.offers.domain import Kind, Terms

Floats = NDArray[np.float64]
Indexes = NDArray[np.int64]

_SCALE = Decimal("1e-12")
FEW_CLASSES = 400
RATIO_STEP = 0.0005
"""How far apart committed rates, as parts of on-demand, may be within one merged class."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that can be bought, in money per hour of commitment.

    `unit` is the money per hour of one reservation; None where any amount can be bought.
    `prepaid` is the part that is paid at the start, 0 to 1; None where the payment option
    says it. `for_sale` is False for a commitment that is only owned.
    """

    name: str
    kind: Kind
    terms: Terms
    unit: Decimal | None = None
    for_sale: bool = True
    prepaid: Decimal | None = None

    @property
    def upfront_share(self) -> Decimal:
        """The part of the commitment that is paid at the start, 0 to 1."""
        return self.terms.payment_option.upfront_share if self.prepaid is None else self.prepaid

    @property
    def upfront(self) -> Decimal:
        """Cash at the start for one unit of money per hour committed."""
        return self.upfront_share * self.terms.hours

    @property
    def months(self) -> int:
        return self.terms.years * 12

    @property
    def turn(self) -> tuple[int, int]:
        """Which is applied first to an hour, of all that a payer holds: Azure's plans by their term."""
        longest_first = self.kind is Kind.AZURE_SAVINGS_PLAN
        return self.kind, -self.terms.years if longest_first else 0


@dataclass(frozen=True, slots=True)
class Market:
    """Demand and offers of one payer; commitments never cross it.

    Args:
        demand: on-demand cost, money per hour, [class, hour].
        ratios: committed rate / on-demand rate, [class, offer]; infinite where the offer
            does not cover the class.
        owned: money per hour already committed on each offer's terms, [offer, hour];
            zero after its end.

    Raises:
        ValueError: shapes do not fit, there is no hour, or a value is negative, zero as a
            ratio, or not a number.
    """

    demand: Floats
    ratios: Floats
    offers: tuple[Offer, ...]
    owned: Floats

    def __post_init__(self) -> None:
        classes, hours = self.demand.shape
        if hours == 0 or self.ratios.shape != (classes, len(self.offers)):
            raise ValueError(f"demand {self.demand.shape} does not fit ratios {self.ratios.shape}")
        if self.owned.shape != (len(self.offers), hours):
            raise ValueError(f"owned {self.owned.shape} is not [offer, hour]")
        for values in (self.demand, self.owned):
            if not (np.isfinite(values).all() and (values >= 0).all()):
                raise ValueError("demand and owned must be finite and not negative")
        if not (self.ratios > 0).all():
            raise ValueError("ratios must be above zero")

    @property
    def hours(self) -> int:
        return int(self.demand.shape[1])


def hourly_cost(offer: Offer, cost_of_capital: Decimal) -> Decimal:
    """What one unit of committed money per hour costs per hour, counted when it is paid.

    An upfront payment becomes equal payments at the end of each month of the same present
    value; `cost_of_capital` is a yearly rate (0.08 is 8 %).
    """
    months = offer.months
    growth = EXACT.power(1 + cost_of_capital, EXACT.divide(Decimal(1), Decimal(12)))
    factors = sum((EXACT.power(growth, -month) for month in range(1, months + 1)), Decimal(0))
    upfront = offer.upfront_share
    return (1 - upfront) + EXACT.divide(upfront * months, factors)


def merged(market: Market, step: float = RATIO_STEP) -> Market:
    """The same with classes of nearly one ratio made one, at the lowest ratio of its step.

    It never costs more than the original, so what is proven to be a bound of it is one of
    the original too. A market of few classes loses nothing: only those of one ratio are made one.
    """
    few = len(market.ratios) <= FEW_CLASSES
    stepped = market.ratios if few else np.floor(market.ratios / step)
    _, of = np.unique(stepped, axis=0, return_inverse=True)
    of = of.reshape(-1)
    order = np.argsort(of, kind="stable")
    starts = np.searchsorted(of[order], np.arange(int(of.max(initial=-1)) + 1))
    demand: Floats = np.add.reduceat(market.demand[order], starts, axis=0)
    ratios: Floats = np.minimum.reduceat(market.ratios[order], starts, axis=0)
    return Market(demand, ratios, market.offers, market.owned)


def without_owned(offers: Sequence[Offer], hours: int) -> Floats:
    """That nothing is owned on any of the offers, as `Market.owned`."""
    return np.zeros((len(offers), hours))


def exact_sum(hourly: Floats) -> Decimal:
    """The decimal sum of hourly values, each rounded to twelve places."""
    return sum(
        (Decimal(value).quantize(_SCALE, context=EXACT) for value in hourly.tolist()), Decimal(0)
    )
