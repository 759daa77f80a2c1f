"""Variants of the plans that reach less than Compute ones: a region's family, or databases (COM-40)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import numpy as np

from finops_commitments.figures.domain import Group
from finops_commitments.figures.records import (
    COVERED_OPEN_TO_PLANS,
    Filters,
    HourlyRecords,
    condition,
)
from finops_commitments.offers.packing import Plan, Usage, plan_offers
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.portfolio.market import Kind
from finops_commitments.recommendations.advice import (
    Family,
    Variant,
    binding,
    families,
    first_hour,
)
from finops_commitments.recommendations.demand import CLASS, Demand, demand_ahead
from finops_commitments.recommendations.domain import Sizing, size_compute_savings_plan
from finops_commitments.recommendations.offers import STALE_AFTER, OfferTable, UsageClass
from finops_commitments.recommendations.recommend import offered, stale

OTHER = (
    "other usage than this plan could cover",
    "usage that a Compute plan bought beside it would cover",
)
Covered = Mapping[UsageClass, Decimal]


def alternatives(
    records: HourlyRecords,
    prices: Sequence[StoredPrices],
    since: datetime,
    until: datetime,
    now: datetime,
    cost_of_capital: Decimal | None = None,
) -> list[Variant]:
    """One variant per payer, currency, plan and terms on offer, as `variants` gives Compute ones.

    Coverage is of the usage that the plan could cover. Only what saves is a variant: families
    are many, and most have nothing left to commit to.
    """
    start = max(since, first_hour(records) or since)
    if start >= until:
        return []
    lists = {each.payer_account_id: each for each in prices}
    found: list[Variant] = []
    for family in families(records):
        listed = lists.get(family.payer_account_id)
        if listed is not None:
            too_old, dated = now - listed.listed_at > STALE_AFTER, listed.listed_at.date()
            found += (
                Variant(family, sized, start, until, dated, too_old, plan)
                for plan, sized in _sized(records, listed, family, start, until, cost_of_capital)
            )
    return found


def _sized(
    records: HourlyRecords,
    prices: StoredPrices,
    family: Family,
    since: datetime,
    until: datetime,
    cost_of_capital: Decimal | None,
) -> Iterator[tuple[Plan, Sizing]]:
    filters = Filters(family.currency, since, until, ((Group.PAYER, family.payer_account_id),))
    demand = demand_ahead(records, since, until, filters, {})
    covered = _covered(records, filters)
    usages = {Usage(each.service, each.usage_type) for each in (*demand.classes, *covered)}
    listed = plan_offers(prices.rates, family.currency, usages, prices.listed_at.date())
    for plan in sorted(each for each in listed if each.kind is not Kind.COMPUTE_SAVINGS_PLAN):
        for terms in sorted({row.terms for row in listed[plan]}, key=binding):
            table = OfferTable(listed[plan], terms)
            sized = _size(demand, table, covered, until, cost_of_capital)
            if sized is not None and sized.hourly_commitment:
                yield plan, sized


def _size(
    demand: Demand,
    table: OfferTable,
    covered: Covered,
    until: datetime,
    cost_of_capital: Decimal | None,
) -> Sizing | None:
    weighed = offered(demand, table)
    if not weighed:
        return None
    return size_compute_savings_plan(
        demand.cost[[each.at for each in weighed]],
        np.array([each.ratio for each in weighed]),
        table.terms,
        covered_before=sum(
            (cost for usage, cost in covered.items() if table.find(usage)), Decimal(0)
        ),
        cost_of_capital=cost_of_capital,
        left_out=[*OTHER, *stale(weighed, until.date())],
    )


def _covered(records: HourlyRecords, filters: Filters) -> dict[UsageClass, Decimal]:
    """What Savings Plans cover already, at public price."""
    where, values = condition(filters)
    rows = records.rows(
        f"""SELECT {CLASS}, coalesce(sum(list_cost), 0) FROM records
        WHERE {where} AND {COVERED_OPEN_TO_PLANS} AND commitment_category = 'Spend'
        GROUP BY {CLASS} ORDER BY ALL""",  # noqa: S608 -- own constants, values are bound
        values,
    )
    return {UsageClass(*usage): cost for *usage, cost in rows}
