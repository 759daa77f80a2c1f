"""From hourly records and an offer table to a recommendation."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from finops_commitments.figures.domain import EXACT
from finops_commitments.figures.measures import figures
from finops_commitments.figures.records import ALL, Filters, HourlyRecords
from finops_commitments.offers.domain import Kind, OfferRow, OfferTable, Terms
from finops_commitments.portfolio.market import Offer
from finops_commitments.recommendations.demand import Demand, covered_demand, residual_demand
from finops_commitments.recommendations.domain import Sizing, size_commitment
from finops_common.money import plain


def recommend_compute_savings_plan(
    records: HourlyRecords,
    offers: Sequence[OfferRow],
    terms: Terms,
    since: datetime,
    until: datetime,
    filters: Filters = ALL,
    cost_of_capital: Decimal | None = None,
) -> Sizing | None:
    """The best Compute Savings Plan for the look-back [since, until), whole hours in UTC.

    Usage without a public price or without an offer row cannot be weighed: it is named in
    `left_out` with its cost. Prices older than seven days at `until` are named there too.
    None where nothing is left to weigh. `filters` must leave one currency.

    Raises:
        ValueError: the records are in several currencies.
    """
    within = replace(filters, since=since, until=until)
    demand = residual_demand(records, since, until, filters)
    offered = _offered(demand, OfferTable(offers, terms))
    if not offered:
        return None
    weighed = [each.at for each in offered]
    return size_commitment(
        demand.cost[weighed],
        np.array([each.ratio for each in offered]),
        _plan(terms),
        covered_before=_covered(records, within),
        cost_of_capital=cost_of_capital,
        left_out=[*_not_weighed(demand, set(weighed)), *_stale(offered, until.date())],
    )


def replace_with_compute_savings_plan(
    records: HourlyRecords,
    offers: Sequence[OfferRow],
    terms: Terms,
    commitment_id: str,
    since: datetime,
    until: datetime,
) -> Sizing | None:
    """The best Compute Savings Plan for what a commitment covered in [since, until), whole hours.

    None where it covered nothing that is on offer.
    """
    demand = covered_demand(records, since, until, commitment_id)
    offered = _offered(demand, OfferTable(offers, terms))
    if not offered:
        return None
    cost = demand.cost[[each.at for each in offered]]
    return size_commitment(cost, np.array([each.ratio for each in offered]), _plan(terms))


def _plan(terms: Terms) -> Offer:
    return Offer("compute_savings_plan", Kind.COMPUTE_SAVINGS_PLAN, terms)


class _Offered(NamedTuple):
    at: int
    row: OfferRow
    ratio: float


def _offered(demand: Demand, table: OfferTable) -> list[_Offered]:
    offered = []
    for at, (usage, rate) in enumerate(zip(demand.classes, demand.rates, strict=True)):
        row = table.find(usage)
        if row is not None and rate and row.rate > 0:
            offered.append(_Offered(at, row, float(EXACT.divide(row.rate, rate))))
    return offered


def _covered(records: HourlyRecords, filters: Filters) -> Decimal:
    cells = figures(records, filters=filters)
    if len(cells) != 1:
        raise ValueError("filter the records to one currency")
    return cells[0].sums.covered_by_savings_plans.known


def _not_weighed(demand: Demand, weighed: set[int]) -> Iterator[str]:
    for at, usage in enumerate(demand.classes):
        if at not in weighed:
            cost = Decimal(str(demand.cost[at].sum())).quantize(Decimal("0.01"))
            why = "no offer row" if demand.rates[at] else "no public price"
            yield f"{usage.service} {usage.usage_type}: {why} ({plain(cost)} in the look-back)"


def _stale(offered: Sequence[_Offered], today: date) -> Iterator[str]:
    dated = min(each.row.dated for each in offered)
    if any(each.row.is_stale(today) for each in offered):
        yield f"prices as old as {dated.isoformat()}: too old to feed a purchase"
