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
from finops_commitments.recommendations.demand import Demand, residual_demand
from finops_commitments.recommendations.domain import Sizing, size_compute_savings_plan
from finops_commitments.recommendations.offers import OfferRow, OfferTable, Terms
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
    found = offered(demand, OfferTable(offers, terms))
    if not found:
        return None
    weighed = [each.at for each in found]
    return size_compute_savings_plan(
        demand.cost[weighed],
        np.array([each.ratio for each in found]),
        terms,
        covered_before=_covered(records, within),
        cost_of_capital=cost_of_capital,
        left_out=[*_not_weighed(demand, set(weighed)), *stale(found, until.date())],
    )


class Offered(NamedTuple):
    """Usage with its offer: its place among the classes, and the rate as a part of on-demand."""

    at: int
    row: OfferRow
    ratio: float


def offered(demand: Demand, table: OfferTable) -> list[Offered]:
    """The usage that has a price and an offer."""
    found = []
    for at, (usage, rate) in enumerate(zip(demand.classes, demand.rates, strict=True)):
        row = table.find(usage)
        if row is not None and rate:
            found.append(Offered(at, row, float(EXACT.divide(row.rate, rate))))
    return found


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


def stale(weighed: Sequence[Offered], today: date) -> Iterator[str]:
    """What is to be said of prices that are too old, if any is."""
    dated = min(each.row.dated for each in weighed)
    if any(each.row.is_stale(today) for each in weighed):
        yield f"prices as old as {dated.isoformat()}: too old to feed a purchase"
