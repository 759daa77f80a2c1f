"""A recommended portfolio: the cheapest of what is on offer beside what is owned (COM-41)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

import numpy as np

from finops_commitments.offers.domain import PaymentOption
from finops_commitments.portfolio.limits import Limits
from finops_commitments.portfolio.market import Market, Offer
from finops_commitments.portfolio.optimum import Portfolio, best_portfolio
from finops_commitments.problems import CurrencyNeeded
from finops_commitments.recommendations.advice import Family
from finops_commitments.recommendations.ahead import Ahead
from finops_commitments.recommendations.dates import Moment, moments
from finops_commitments.recommendations.domain import MINIMUM_SAVING
from finops_commitments.recommendations.guards import TOO_LITTLE, Guard, most_of
from finops_commitments.recommendations.outcome import Outcome, outcome
from finops_commitments.recommendations.planned import Expected, expected

LEFT_OUT = (
    "usage is taken as in the look-back, with planned changes; no trend or season",
    "negotiated discounts: on-demand is at public price",
)
OF_AWS = "reservations of EC2 that are convertible, zonal or dedicated, and of DynamoDB's capacity"
_ADVICE = UUID("0a7a6d0e-86c5-4a27-9f6b-5f1de0d6f2c4")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; money limits are of each payer, in its currency.

    Three years are always cheaper per hour, so they are weighed only where asked for.
    """

    days: int
    limits: Limits = field(default_factory=Limits)
    currency: str | None = None
    payer_account_id: str | None = None
    longest_term_years: int = 1
    payment_options: frozenset[PaymentOption] = frozenset(PaymentOption)
    robust: bool = True

    def chosen(self, families: Sequence[Family]) -> list[Family]:
        """The payers and currencies that are asked for.

        Raises:
            CurrencyNeeded: a limit in money would be of several currencies.
        """
        found = [
            each
            for each in families
            if self.currency in {each.currency, None}
            and self.payer_account_id in {each.payer_account_id, None}
        ]
        currencies = sorted({each.currency for each in found})
        if len(currencies) > 1 and (self.limits.cash, self.limits.lock_in) != (None, None):
            raise CurrencyNeeded(currencies=", ".join(currencies))
        return found


@dataclass(frozen=True, slots=True)
class Advised:
    """One payer's portfolio, the guards that held, and the planned changes it expects."""

    ahead: Ahead
    market: Market
    portfolio: Portfolio
    outcome: Outcome
    moments: Mapping[Offer, Moment]
    guards: tuple[Guard, ...]
    planned: tuple[Expected, ...]

    @property
    def id(self) -> UUID:
        """The same for the same advice, another for another."""
        facts = (
            self.ahead.family,
            self.ahead.listed_at,
            self.outcome,
            sorted((each.name, str(self.buy_at(each))) for each in self.moments),
            self.guards,
            self.planned,
        )
        return uuid5(_ADVICE, repr(facts))

    def buy_at(self, offer: Offer) -> datetime | None:
        """When it is best bought; None: now."""
        moment = self.moments[offer]
        soon = moment.commitment_id is None
        return None if soon else self.ahead.until + timedelta(hours=moment.hour)

    @property
    def left_out(self) -> tuple[str, ...]:
        of_aws = (OF_AWS,) if self.ahead.provider == "AWS" else ()
        return (*LEFT_OUT, *of_aws, *self.ahead.left_out)


def solve(ahead: Ahead, wanted: Wanted) -> Advised:
    """The best portfolio within the limits, of the terms that are asked for."""
    market, planned = expected_market(ahead, wanted)
    return solved(ahead, market, wanted, planned)


def solved(ahead: Ahead, market: Market, wanted: Wanted, planned: tuple[Expected, ...]) -> Advised:
    """The best portfolio of a market like that ahead; unless asked not to, within the guards."""
    limits = wanted.limits
    if not wanted.robust:
        return figured(ahead, market, best_portfolio(market, limits), limits, (), planned)
    guards = tuple(ahead.signals.guards)
    most = most_of(market, limits, ahead.signals, lambda name: ahead.plans[name])
    found = best_portfolio(market, replace(limits, most=most))
    if found.amounts and found.savings < MINIMUM_SAVING * found.on_demand_before:
        nothing = dict.fromkeys(most, Decimal(0))
        found, guards = best_portfolio(market, replace(limits, most=nothing)), (*guards, TOO_LITTLE)
    return figured(ahead, market, found, limits, guards, planned)


def figured(
    ahead: Ahead,
    market: Market,
    found: Portfolio,
    limits: Limits,
    guards: tuple[Guard, ...],
    planned: tuple[Expected, ...],
) -> Advised:
    """The portfolio with its figures and the moments to buy its parts."""
    due = moments(market, found, limits, ahead.owned.ending(ahead.until))
    return Advised(ahead, market, found, outcome(market, found, limits), due, guards, planned)


def expected_market(ahead: Ahead, wanted: Wanted) -> tuple[Market, tuple[Expected, ...]]:
    """The market with only the terms asked for, and planned changes in its demand."""
    market = on_terms(ahead.market, wanted)
    demand, planned = expected(
        market.demand, ahead.classes, ahead.until, ahead.changes, wanted.longest_term_years
    )
    return replace(market, demand=demand), planned


def on_terms(market: Market, wanted: Wanted) -> Market:
    """The same market with only those terms for sale; what is owned stays."""
    kept = np.array(
        [
            not each.for_sale
            or (
                each.terms.years <= wanted.longest_term_years
                and each.terms.payment_option in wanted.payment_options
            )
            for each in market.offers
        ]
    )
    offers = tuple(each for each, keep in zip(market.offers, kept, strict=True) if keep)
    return replace(market, ratios=market.ratios[:, kept], offers=offers, owned=market.owned[kept])
