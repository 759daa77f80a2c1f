"""Offers that no best portfolio needs, left out before the search: it grows with their number."""

from collections.abc import Iterator
from decimal import Decimal

import numpy as np

from finops_commitments.portfolio.limits import Limits
from finops_commitments.portfolio.market import Floats, Market, Offer

Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]


def needed(market: Market, limits: Limits, costs: Floats) -> Bools:
    """Which offers to search among, [offer]; whatever is owned stays.

    An offer is not needed where another of its type covers the same usage for no more cost,
    cash and lock-in, as far as these are limited. Of the payment options of one term that
    leaves one, unless cash is limited. Only those that `limits.most` limits together stand
    against each other. With shares per type all stay: there a dearer offer
    may be what lets another type have more.

    Args:
        market: offers and ratios.
        limits: what the customer allows.
        costs: of one unit of committed money in one hour, [offer].
    """
    kept: Bools = np.ones(len(market.offers), bool)
    if limits.shares:
        return kept
    spent = [costs]
    if limits.cash is not None:
        spent.append(np.array([float(each.upfront) for each in market.offers]))
    if limits.lock_in is not None:
        spent.append(np.array([float(each.months) for each in market.offers]))
    # Of two alike that one goes which binds more: Azure takes the same for all ways to pay.
    for number, offer in sorted(enumerate(market.offers), key=_binding, reverse=True):
        if not offer.for_sale or market.owned[number].any():
            continue
        ratios = market.ratios[:, number]
        covered = np.isfinite(ratios)
        for other in _rivals(market, limits, number):
            theirs = market.ratios[:, other]
            if (
                kept[other]
                and np.array_equal(covered, np.isfinite(theirs))
                and all(
                    (each[other] * theirs[covered] <= each[number] * ratios[covered]).all()
                    for each in spent
                )
            ):
                kept[number] = False
                break
    return kept


def _binding(numbered: tuple[int, Offer]) -> tuple[int, Decimal]:
    _, offer = numbered
    return offer.months, offer.upfront_share


def _rivals(market: Market, limits: Limits, number: int) -> Iterator[int]:
    """Offers for sale of the same type, as whole or not, under the same limits."""
    offer = market.offers[number]
    for other, rival in enumerate(market.offers):
        alike = rival.kind == offer.kind and (rival.unit is None) == (offer.unit is None)
        if other == number or not rival.for_sale or not alike:
            continue
        if all((rival.name in names) == (offer.name in names) for names in limits.most):
            yield other
