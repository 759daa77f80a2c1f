"""The market a payer stands before: the hours ahead as the look-back was, what is owned then, and all that is on offer.

Each hour of the look-back stands for one as far after its end as it is after its start, so
that what ends in the meantime is missing from then on.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from finops_commitments.figures.domain import EXACT, Group
from finops_commitments.figures.records import OF_RESERVATIONS, Filters, HourlyRecords
from finops_commitments.inventory.domain import Commitment
from finops_commitments.offers.domain import OfferRow, OfferTable, UsageClass
from finops_commitments.offers.packing import Plan, Usage, name_of, plan_offers, reservation_offers
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.planned_changes.domain import PlannedChange
from finops_commitments.portfolio.market import Floats, Market, Offer, exact_sum
from finops_commitments.recommendations.advice import Family
from finops_commitments.recommendations.demand import Demand, demand_ahead
from finops_commitments.recommendations.guards import NO_SIGNALS, Signals, signals
from finops_commitments.recommendations.owned import Owned, owned_of, reach_of
from finops_commitments.recommendations.planned import Reached, reached
from finops_commitments.recommendations.reservations import (
    Column,
    Reservable,
    instances_of,
    reservation_columns,
)
from finops_commitments.simulation.instances import service_named
from finops_common.money import plain

NONE_LISTED = "reservations as alternatives: the price list has none"


class Discount(NamedTuple):
    """How far an offer is below list, and below what its usage costs on demand; percent."""

    off_list_percent: Decimal | None
    off_on_demand_percent: Decimal | None


@dataclass(frozen=True, slots=True)
class Ahead:
    """A market with what stands behind it: the class of each row, and the plan of each offer."""

    family: Family
    market: Market
    classes: tuple[UsageClass, ...]
    plans: Mapping[str, Plan]
    owned: Owned
    until: datetime
    listed_at: datetime
    left_out: tuple[str, ...]
    signals: Signals
    changes: tuple[Reached, ...]
    compute: NDArray[np.bool_]
    """Which classes are compute, [class]."""
    compute_not_offered: Decimal
    """What the hours hold of compute that nothing on offer covers, on demand."""
    plan_signals: Signals = NO_SIGNALS
    """`signals` of the usage alone that plans could cover."""
    provider: str = "AWS"
    discounts: Mapping[str, Discount] = field(default_factory=dict)
    """Of each offer by name, where on demand may cost less than list."""

    @property
    def since(self) -> datetime:
        """The first hour looked back on."""
        return self.until - timedelta(hours=self.market.hours)


def ahead_of(
    records: HourlyRecords,
    prices: StoredPrices,
    family: Family,
    commitments: Sequence[Commitment],
    since: datetime,
    until: datetime,
    changes: Sequence[PlannedChange] = (),
) -> Ahead | None:
    """The market of a payer for the look-back [since, until), whole hours in UTC.

    None where nothing that is listed covers any of its usage. Usage without an offer or a
    public price is named in `left_out` with its cost.
    """
    filters = Filters(family.currency, since, until, ((Group.PAYER, family.payer_account_id),))
    instances = instances_of(records, filters)
    owned = owned_of(records, commitments, family.payer_account_id, filters, instances)
    demand = demand_ahead(records, since, until, filters, owned.ends)
    usages = {Usage(each.service, each.usage_type) for each in demand.classes}
    listed = plan_offers(prices.rates, family.currency, usages, prices.listed_at.date())
    reserved = _reserved(instances, demand, prices, filters)
    columns = columns_of(demand, listed) | {each.offer: each.ratios for each in reserved}
    plans = {name_of(plan, row.terms): plan for plan, rows in listed.items() for row in rows}
    if not columns:
        return None
    held = _held(demand, owned, columns, plans, instances)
    offers = (*columns, *held)
    # Of Azure only compute can be covered by plans.
    compute = demand.compute | (prices.provider == "Microsoft")
    ratios: Floats = np.stack([*columns.values(), *held.values()], axis=1)
    covered = (ratios.min(axis=1) < np.inf).tolist()
    none = np.zeros((len(columns), demand.cost.shape[1]))
    of_plans = signals(records, until, filters)
    reserved_alone = covered & ~demand.open_to_plans
    of_nodes = signals(records, until, filters, OF_RESERVATIONS) if reserved_alone.any() else None
    capacity = [owned.capacity(pool, until, demand.cost.shape[1]) for pool in owned.pools]
    return Ahead(
        family=family,
        market=Market(demand.cost[covered], ratios[covered], offers, np.vstack([none, *capacity])),
        classes=tuple(each for each, can in zip(demand.classes, covered, strict=True) if can),
        plans=plans | {each.offer.name: each.plan for each in reserved},
        owned=owned,
        until=until,
        listed_at=prices.listed_at,
        left_out=(*not_weighed(demand, covered), *([] if prices.reservations else [NONE_LISTED])),
        signals=of_plans.beside(of_nodes) if of_nodes else of_plans,
        plan_signals=of_plans,
        changes=reached(records, changes, since, until, filters),
        compute=compute[covered],
        compute_not_offered=exact_sum(demand.cost[compute & ~np.array(covered)].sum(axis=0)),
        provider=prices.provider,
    )


def _reserved(
    instances: Mapping[UsageClass, Reservable],
    demand: Demand,
    prices: StoredPrices,
    filters: Filters,
) -> list[Column]:
    places = {(service_named(each.service), each.region or "") for each in demand.classes}
    offered = reservation_offers(prices.reservations, filters.currency or "", places)
    return list(reservation_columns(demand, instances, offered))


def columns_of(demand: Demand, listed: Mapping[Plan, Sequence[OfferRow]]) -> dict[Offer, Floats]:
    """The ratios of each offer, [class]; infinite where it covers nothing of a class."""
    found = {}
    for plan, rows in sorted(listed.items(), key=lambda each: name_of(each[0], each[1][0].terms)):
        for terms in sorted({row.terms for row in rows}, key=lambda each: name_of(plan, each)):
            column = _ratios(demand, OfferTable(rows, terms))
            if np.isfinite(column).any():
                found[Offer(name_of(plan, terms), plan.kind, terms)] = column
    return found


def _ratios(demand: Demand, table: OfferTable) -> Floats:
    column: Floats = np.full(len(demand.classes), np.inf)
    for at, (usage, rate) in enumerate(zip(demand.classes, demand.rates, strict=True)):
        row = table.find(usage)
        if row is not None and rate and row.rate > 0:
            column[at] = float(EXACT.divide(row.rate, rate))
    return column


def _held(
    demand: Demand,
    owned: Owned,
    columns: Mapping[Offer, Floats],
    plans: Mapping[str, Plan],
    instances: Mapping[UsageClass, Reservable],
) -> dict[Offer, Floats]:
    """The ratios of each pool: of plans as seen in the bills, else as on offer now.

    Of terms that are not on offer any more, the lowest of the plan's others: it covers the most.

    Of reservations, which are paid for whatever they cover, units for money on demand.
    """
    found = {}
    for pool in owned.pools:
        name = name_of(pool.plan, pool.terms)
        owned_offer = Offer(f"owned/{name}", pool.plan.kind, pool.terms, for_sale=False)
        if pool in owned.reaches:
            found[owned_offer] = _units(demand, pool.plan, owned.reaches[pool], instances)
            continue
        of_plan = {
            e.name: ratios for e, ratios in columns.items() if plans.get(e.name) == pool.plan
        }
        nothing: Floats = np.full(len(demand.classes), np.inf)
        listed = [of_plan[name]] if name in of_plan else of_plan.values()
        column: Floats = np.min([nothing, *listed], axis=0)
        for at, usage in enumerate(demand.classes):
            column[at] = owned.ratios.get((pool, usage), column[at])
        found[owned_offer] = column
    return found


def _units(
    demand: Demand, plan: Plan, reach: Hashable, instances: Mapping[UsageClass, Reservable]
) -> Floats:
    column: Floats = np.full(len(demand.classes), np.inf)
    for at, (usage, rate) in enumerate(zip(demand.classes, demand.rates, strict=True)):
        instance = instances.get(usage)
        if rate and instance is not None and reach_of(plan, instance) == reach:
            column[at] = float(EXACT.divide(instance.units or Decimal(1), rate))
    return column


def not_weighed(demand: Demand, covered: Sequence[bool]) -> Iterator[str]:
    """Usage that nothing covers, [class], with why and what it cost."""
    for at, usage in enumerate(demand.classes):
        if covered[at]:
            continue
        cost = Decimal(str(demand.cost[at].sum()))
        why = "no offer row" if demand.rates[at] else "no public price"
        in_look_back = plain(cost.quantize(Decimal("0.01")))
        yield f"{usage.service} {usage.usage_type}: {why} ({in_look_back} in the look-back)"
