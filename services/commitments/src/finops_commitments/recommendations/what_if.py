"""What the portfolio would be under other usage, terms or amounts (COM-45); nothing is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import numpy as np

from finops_commitments.offers.domain import PaymentOption, UsageClass
from finops_commitments.portfolio.market import Floats, Offer
from finops_commitments.portfolio.optimum import best_portfolio, priced
from finops_commitments.problems import AmountUnfit, OfferUnknown, UsageUnknown
from finops_commitments.recommendations.ahead import Ahead
from finops_commitments.recommendations.portfolios import (
    Advised,
    Wanted,
    expected_market,
    figured,
    solved,
)


@dataclass(frozen=True, slots=True)
class UsageChange:
    """Usage becomes `factor` times as much; None as service or region is any."""

    factor: Decimal
    service: str | None = None
    region: str | None = None

    def takes_in(self, usage: UsageClass) -> bool:
        return self.service in {None, usage.service} and self.region in {None, usage.region}


@dataclass(frozen=True, slots=True)
class Changes:
    """What is other than it is; None stays.

    `amounts` of plans, money per hour, and `counts` of reservations are bought in place of the
    best ones.
    """

    usage: tuple[UsageChange, ...] = ()
    longest_term_years: int | None = None
    payment_options: frozenset[PaymentOption] | None = None
    amounts: Mapping[str, Decimal] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def bought(self) -> bool:
        return bool(self.amounts or self.counts)


def check_usage(markets: Sequence[Ahead], changes: Changes) -> None:
    """Raises UsageUnknown when a change is about what none of the payers uses."""
    classes = {usage for each in markets for usage in each.classes}
    for change in changes.usage:
        if not any(change.takes_in(each) for each in classes):
            raise UsageUnknown(usage=" ".join(filter(None, (change.service, change.region))))


def what_if(ahead: Ahead, wanted: Wanted, changes: Changes) -> Advised:
    """The portfolio under the changes; the gap of given amounts is that to the best ones.

    Given amounts are what they are: no guard holds them back.

    Raises:
        OfferUnknown: an amount is of something that is not on offer on these terms.
        AmountUnfit: a plan is given by count, or a reservation by money.
    """
    wanted = replace(
        wanted,
        longest_term_years=changes.longest_term_years or wanted.longest_term_years,
        payment_options=changes.payment_options or wanted.payment_options,
    )
    market, planned = expected_market(ahead, wanted)
    factors = _factors(ahead.classes, changes.usage)
    market = replace(market, demand=market.demand * factors[:, None])
    if not changes.bought:
        return solved(ahead, market, wanted, planned)
    best = best_portfolio(market, wanted.limits)
    bought = _bought(market.offers, changes)
    found = priced(market, bought, wanted.limits, float(best.bound))
    return figured(ahead, market, found, wanted.limits, (), planned)


def _bought(offers: Sequence[Offer], changes: Changes) -> list[Decimal]:
    """The given amounts, money per hour, [offer]."""
    offered = {each.name: each for each in offers if each.for_sale}
    for name in (*changes.amounts, *changes.counts):
        if name not in offered:
            raise OfferUnknown(offer=name)
        if (offered[name].unit is None) != (name in changes.amounts):
            raise AmountUnfit(offer=name)
    return [
        changes.amounts.get(each.name, Decimal(0))
        if each.unit is None
        else each.unit * changes.counts.get(each.name, 0)
        for each in offers
    ]


def _factors(classes: Sequence[UsageClass], changes: Sequence[UsageChange]) -> Floats:
    """What the demand of each class is multiplied by, [class]; changes that overlap multiply."""
    factors: Floats = np.ones(len(classes))
    for change in changes:
        factors[[change.takes_in(each) for each in classes]] *= float(change.factor)
    return factors
