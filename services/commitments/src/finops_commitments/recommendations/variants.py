"""What every payer of an organization could buy alone, on each of the terms on offer (COM-40).

Each is the best beside what is owned, for the hours ahead as the portfolio sees them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid5

import numpy as np
from numpy.typing import NDArray

from finops_commitments.figures.records import HourlyRecords
from finops_commitments.inventory.domain import Commitment
from finops_commitments.offers.domain import STALE_AFTER, Kind, PaymentOption, Terms
from finops_commitments.offers.packing import Plan, name_of
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.planned_changes.domain import PlannedChange
from finops_commitments.portfolio.market import Market, Offer, exact_sum
from finops_commitments.portfolio.waterfall import Waterfall
from finops_commitments.recommendations.advice import Family, families
from finops_commitments.recommendations.ahead import Ahead, Discount
from finops_commitments.recommendations.domain import Floats, Sizing, best_amount, size_commitment
from finops_commitments.recommendations.guards import TOO_LITTLE, Guard, Signals, lasting
from finops_commitments.recommendations.markets import market_of
from finops_commitments.recommendations.planned import Expected
from finops_commitments.recommendations.portfolios import Wanted, expected_market


@dataclass(frozen=True, slots=True)
class Sized:
    """One commitment, the guards that held, and the planned changes it takes into account.

    `ending_commitment_id` ends in the hour from which on it is best bought; None: now.
    """

    sizing: Sizing
    guards: tuple[Guard, ...] = ()
    planned: tuple[Expected, ...] = ()
    ending_commitment_id: str | None = None


@dataclass(frozen=True, slots=True)
class Variant:
    """One commitment for one payer; variants of a payer are alternatives and are never summed."""

    family: Family
    plan: Plan
    sized: Sized
    since: datetime
    until: datetime
    offers_dated: date
    stale: bool
    provider: str = "AWS"
    discount: Discount | None = None

    @property
    def sizing(self) -> Sizing:
        return self.sized.sizing

    @property
    def id(self) -> UUID:
        """The same for the same advice, another for another."""
        return uuid5(_ADVICE, repr(self))


@dataclass(frozen=True, slots=True)
class Asked:
    """What advice is to take into account; `cost_of_capital` is a yearly rate (0.08 is 8 %)."""

    cost_of_capital: Decimal | None = None
    robust: bool = True
    changes: tuple[PlannedChange, ...] = ()


BROAD = frozenset({Kind.COMPUTE_SAVINGS_PLAN, Kind.AZURE_SAVINGS_PLAN, Kind.FLEXIBLE_CUD})
"""Plans for all compute of their provider."""
OTHER = (
    "other usage than it could cover",
    "usage that a plan for all compute, bought beside it, would cover",
)
"""What is left out of a commitment that reaches less than a plan for all compute."""
_FIRST = Terms(1, PaymentOption.NO_UPFRONT)
_ADVICE = UUID("5f0b7a52-6c5e-4e0a-9f5c-6d4f2b8a1c37")


def variants(
    records: HourlyRecords,
    prices: Sequence[StoredPrices],
    held: Sequence[Commitment],
    since: datetime,
    until: datetime,
    now: datetime,
    asked: Asked,
) -> list[Variant]:
    """Every variant for the look-back [since, until), whole hours; by payer, currency, plan, terms.

    Plans for all compute of a provider first. Of the others, reservations too, only those that
    save: families are many, and most have nothing left to commit to. Coverage is of the usage
    that the commitment could cover.
    A look-back that begins before a payer's records do begins with them. `held` is what the
    organization owns.
    """
    lists = {each.payer_account_id: each for each in prices}
    found: list[Variant] = []
    for family in families(records):
        listed = lists.get(family.payer_account_id)
        if listed is None:
            continue
        ahead = market_of(records, listed, family, held, since, until, asked.changes)
        if ahead is not None:
            dated, stale = listed.listed_at.date(), now - listed.listed_at > STALE_AFTER
            old = [f"prices as old as {dated.isoformat()}: too old to feed a purchase"] * stale
            found += (
                Variant(
                    *(family, ahead.plans[offer.name], each, ahead.since, ahead.until),
                    *(dated, stale, ahead.provider, ahead.discounts.get(offer.name)),
                )
                for offer, each in _sized(ahead, asked, (*ahead.left_out, *old))
            )
    return found


def preferred(found: Sequence[Variant]) -> list[Variant]:
    """Of each payer and currency the Compute plan that binds least: short term, little upfront."""
    first: dict[Family, Variant] = {}
    compute = (each for each in found if each.plan.kind is Kind.COMPUTE_SAVINGS_PLAN)
    for each in sorted(compute, key=lambda variant: _binding(variant.sizing.terms)):
        first.setdefault(each.family, each)
    return [first[family] for family in sorted(first)]


@dataclass(frozen=True, eq=False)
class _Open:
    """The hours ahead of offers of one term, and what owned commitments leave of their usage.

    `left` is money on demand, [class, hour]; `lasting` the same in each of the guards' markets,
    None where nothing is held back.
    """

    market: Market
    planned: tuple[Expected, ...]
    left: Floats
    lasting: tuple[Floats, ...] | None
    guards: tuple[Guard, ...]


def _sized(ahead: Ahead, asked: Asked, left_out: Sequence[str]) -> Iterator[tuple[Offer, Sized]]:
    offers = [each for each in ahead.market.offers if each.for_sale]
    known = {each: _known(ahead, each) for each in offers}
    opened = {each: _open(ahead, *each, asked) for each in set(known.values())}
    for offer in sorted(offers, key=lambda each: _order(ahead.plans[each.name], each.terms)):
        compute = offer.kind in BROAD
        told = left_out if compute else (*OTHER, *left_out)
        found = _best(ahead, offer, opened[known[offer]], asked, told)
        if compute or found.sizing.hourly_commitment:
            yield offer, found


def _known(ahead: Ahead, offer: Offer) -> tuple[int, Signals]:
    """How far ahead an offer looks, in years, and what usage did that it could cover."""
    return offer.terms.years, ahead.plan_signals if offer.unit is None else ahead.signals


def _order(plan: Plan, terms: Terms) -> tuple[bool, int, str, tuple[int, Decimal]]:
    return plan.kind not in BROAD, plan.kind, name_of(plan, _FIRST), _binding(terms)


def _open(ahead: Ahead, years: int, signals: Signals, asked: Asked) -> _Open:
    market, planned = expected_market(ahead, Wanted(0, longest_term_years=years))
    held_back = tuple(map(_left, lasting(market, signals))) if asked.robust else None
    return _Open(market, planned, _left(market), held_back, tuple(signals.guards))


def _left(market: Market) -> Floats:
    held: NDArray[np.bool_] = np.array(market.owned.any(axis=1))
    if not held.any():
        return market.demand
    offers = tuple(each for each, keep in zip(market.offers, held, strict=True) if keep)
    return Waterfall(
        Market(market.demand, market.ratios[:, held], offers, market.owned[held])
    ).left()


def _best(
    ahead: Ahead, offer: Offer, opened: _Open, asked: Asked, left_out: Sequence[str]
) -> Sized:
    market, left = opened.market, opened.left
    column = market.ratios[:, market.offers.index(offer)]
    weighed = np.isfinite(column)
    ratios: Floats = column[weighed]
    compute = offer.kind in BROAD
    reach = ahead.compute if compute else weighed
    usage = exact_sum(market.demand[reach].sum(axis=0))
    open_usage = exact_sum(left[reach].sum(axis=0))
    elsewhere = exact_sum(left[reach & ~weighed].sum(axis=0))
    elsewhere += ahead.compute_not_offered if compute else 0
    ends: dict[int, str] = {}
    for hour, commitment_id in ahead.owned.ending(ahead.until):
        ends.setdefault(hour, commitment_id)

    def size(most: Decimal | None) -> Sizing:
        return size_commitment(
            left[weighed],
            ratios,
            offer,
            covered_before=max(usage - open_usage, Decimal(0)),
            cost_of_capital=asked.cost_of_capital,
            left_out=left_out,
            most=most,
            not_offered=elsewhere,
            starts=tuple(ends),
        )

    def sized(found: Sizing, guards: tuple[Guard, ...]) -> Sized:
        return Sized(found, guards, opened.planned, ends.get(found.best_start))

    if opened.lasting is None:
        return sized(size(None), ())
    amounts = (best_amount(each[weighed], ratios, offer) for each in opened.lasting)
    found = size(min(amounts, default=Decimal(0)))
    if found.hourly_commitment and not found.pays:
        return sized(size(Decimal(0)), (*opened.guards, TOO_LITTLE))
    return sized(found, opened.guards)


def _binding(terms: Terms) -> tuple[int, Decimal]:
    return terms.years, terms.payment_option.upfront_share
