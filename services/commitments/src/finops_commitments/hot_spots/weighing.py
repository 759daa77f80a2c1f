"""Hot spots in hourly records, each with the plans that would be sized for it alone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import NamedTuple

from finops_commitments.figures.domain import Figures, Group
from finops_commitments.figures.measures import hot_spots
from finops_commitments.figures.records import (
    UNCOVERED_COMPUTE,
    Filters,
    HourlyRecords,
    condition,
    in_utc,
)
from finops_commitments.offers.domain import STALE_AFTER, OfferRow
from finops_commitments.offers.packing import Usage, compute_offers
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.recommendations.domain import Sizing
from finops_commitments.recommendations.recommend import recommend_compute_savings_plan

_PLACE = (Group.PAYER, Group.ACCOUNT, Group.SERVICE)


class Hours(NamedTuple):
    """Whole hours that bills know of, UTC; `until` is exclusive."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class HotSpot:
    """Uncovered eligible usage of an account and service, and plans of Compute Savings for it.

    Plans are alternatives, and are of this place alone: those of two places would share one
    plan, so nothing of them is summed. `offers_dated` is None where no price list is known.
    """

    figures: Figures
    plans: tuple[Sizing, ...] = ()
    offers_dated: date | None = None
    stale: bool = False


def hottest(records: HourlyRecords, filters: Filters, most: int) -> list[Figures]:
    """The places with the most uncovered eligible usage, dearest first; so many of each currency."""
    shown: Counter[str] = Counter()
    found = []
    for each in hot_spots(records, filters, _PLACE):
        shown[each.cell.currency] += 1
        if shown[each.cell.currency] <= most:
            found.append(each)
    return found


def weighed(
    records: HourlyRecords,
    spots: Sequence[Figures],
    filters: Filters,
    prices: Sequence[StoredPrices],
    hours: Hours | None,
    now: datetime,
) -> list[HotSpot]:
    """Each place with its plans over these hours, the one that binds least first."""
    lists = {each.payer_account_id: each for each in prices}
    offers: dict[tuple[str | None, str], list[OfferRow]] = {}
    found = []
    for spot in spots:
        payer, currency = spot.cell.group(Group.PAYER), spot.cell.currency
        listed = lists.get(payer or "")
        if listed is None or hours is None:
            found.append(HotSpot(spot))
            continue
        dated = listed.listed_at.date()
        if (payer, currency) not in offers:
            of_payer = replace(filters, currency=currency, groups=((Group.PAYER, payer),))
            usages = _usages(records, of_payer)
            offers[payer, currency] = compute_offers(listed.rates, currency, usages, dated)
        here = replace(filters, currency=currency, groups=(*filters.groups, *spot.cell.groups))
        plans = _plans(records, offers[payer, currency], here, hours)
        found.append(HotSpot(spot, plans, dated, now - listed.listed_at > STALE_AFTER))
    return found


def known_hours(records: HourlyRecords, filters: Filters, as_of: datetime) -> Hours | None:
    """The whole hours of the filters that bills know of; hours before or after are not empty."""
    ((first,),) = records.rows("SELECT min(hour) FROM records WHERE charge_span = 'hour'")
    begun = in_utc(first)
    if begun is None or filters.since is None or filters.until is None:
        return None
    since = max(filters.since, begun).replace(minute=0, second=0, microsecond=0)
    until = min(filters.until, as_of).replace(minute=0, second=0, microsecond=0)
    return Hours(since, until) if since < until else None


def _plans(
    records: HourlyRecords, offers: Sequence[OfferRow], here: Filters, hours: Hours
) -> tuple[Sizing, ...]:
    terms = sorted(
        {each.terms for each in offers},
        key=lambda each: (each.years, each.payment_option.upfront_share),
    )
    sized = (recommend_compute_savings_plan(records, offers, each, *hours, here) for each in terms)
    return tuple(each for each in sized if each is not None and each.hourly_commitment)


def _usages(records: HourlyRecords, filters: Filters) -> list[Usage]:
    where, parameters = condition(filters)
    found = records.rows(
        f"SELECT DISTINCT service, usage_type FROM records WHERE {where} "  # noqa: S608 -- own constants, values are bound
        f"AND usage_type IS NOT NULL AND {UNCOVERED_COMPUTE} ORDER BY ALL",
        parameters,
    )
    return [Usage(*row) for row in found]
