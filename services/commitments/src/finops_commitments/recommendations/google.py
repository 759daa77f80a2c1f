"""The market a Google payer stands before, at what its hours cost after sustained-use discount.

Resource-based commitments are counted in whole cores or GiB, flexible ones in money an hour at
discounted prices, the model of 2026. What no commitment covers earns sustained-use discount, so
both are weighed against the price the month really has.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np

from finops_commitments.figures.domain import EXACT, Group
from finops_commitments.figures.records import Filters, HourlyRecords
from finops_commitments.inventory.domain import Commitment
from finops_commitments.offers.domain import Kind, PaymentOption, Terms
from finops_commitments.offers.packing import Plan, Usage, name_of, plan_offers, reservation_offers
from finops_commitments.offers.repository import StoredPrices
from finops_commitments.planned_changes.domain import PlannedChange
from finops_commitments.portfolio.market import Floats, Market, Offer, exact_sum
from finops_commitments.recommendations.advice import Family
from finops_commitments.recommendations.ahead import Ahead, Discount, columns_of, not_weighed
from finops_commitments.recommendations.demand import Demand, demand_ahead
from finops_commitments.recommendations.google_owned import (
    PROVIDER,
    SERVICES,
    OwnedOnGoogle,
    owned_on_google,
    reach_of,
)
from finops_commitments.recommendations.guards import signals
from finops_commitments.recommendations.owned import Owned
from finops_commitments.recommendations.planned import reached
from finops_commitments.recommendations.reservations import Column
from finops_commitments.recommendations.sustained import Tiered, tier_shares, tiered
from finops_commitments.simulation.instances import service_named
from finops_common.contracts.ingestion_offers import ReservationOffer

LEFT_OUT = (
    "the least amounts and the ratio of memory to cores that Google asks of one purchase",
    "commitments to single services such as Cloud SQL, to GPUs, local disks and licences",
    "commitments that one project keeps to itself: all count as shared by the billing account",
    "what flexible commitments change of the order of hours that sustained-use discount goes by",
)
ENDS = "when owned resource-based commitments end, where nobody tells it: they count as going on"

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_ANY = Terms(1, PaymentOption.NO_UPFRONT)
"""Of what is owned: it is paid for, whatever its term."""


def ahead_on_google(
    records: HourlyRecords,
    prices: StoredPrices,
    family: Family,
    commitments: Sequence[Commitment],
    since: datetime,
    until: datetime,
    changes: Sequence[PlannedChange] = (),
) -> Ahead | None:
    """The market of a Google payer for the look-back [since, until), as `ahead.ahead_of`."""
    filters = Filters(family.currency, since, until, ((Group.PAYER, family.payer_account_id),))
    hours = int((until - since).total_seconds()) // 3600
    payer = family.payer_account_id
    owned = owned_on_google(records, commitments, payer, filters, until, hours)
    opened = dict.fromkeys(owned.covering, _LONG_AGO)
    listed = demand_ahead(records, since, until, filters, opened)
    found = tiered(listed, tier_shares(records, since, until, filters))
    columns = [*_flexible(found.demand, prices, filters), *_units(found.demand, prices, filters)]
    if not columns:
        return None
    held = list(_held(found, owned, columns))
    offers = (*(each.offer for each in columns), *(each.offer for each, _ in held))
    ratios: Floats = np.stack([e.ratios for e in (*columns, *(each for each, _ in held))], axis=1)
    covered = (ratios.min(axis=1) < np.inf).tolist()
    none = np.zeros((len(columns), hours))
    compute = np.array([each.service in SERVICES for each in found.demand.classes], bool)
    weighed = np.isin(np.arange(len(listed.classes)), found.at[covered]).tolist()
    usage_signals = signals(records, until, filters)
    return Ahead(
        family=family,
        market=Market(
            found.demand.cost[covered],
            ratios[covered],
            offers,
            np.vstack([none, *(capacity for _, capacity in held)]),
        ),
        classes=tuple(e for e, can in zip(found.demand.classes, covered, strict=True) if can),
        plans={each.offer.name: each.plan for each in columns},
        owned=Owned(pools={}, ratios={}, held={}, ends=owned.ends),
        until=until,
        listed_at=prices.listed_at,
        left_out=(*LEFT_OUT, *([ENDS] if owned.units else []), *not_weighed(listed, weighed)),
        signals=usage_signals,
        plan_signals=usage_signals,
        changes=reached(records, changes, since, until, filters),
        compute=compute[covered],
        compute_not_offered=exact_sum(
            found.demand.cost[compute & ~np.array(covered, bool)].sum(axis=0)
        ),
        provider=PROVIDER,
        discounts={each.offer.name: _discount(found, each.ratios) for each in columns},
    )


def _flexible(demand: Demand, prices: StoredPrices, filters: Filters) -> Iterator[Column]:
    usages = {Usage(each.service, each.usage_type) for each in demand.classes}
    dated = prices.listed_at.date()
    listed = plan_offers(prices.rates, filters.currency or "", usages, dated)
    for offer, ratios in columns_of(demand, listed).items():
        yield Column(Plan(offer.kind), offer, ratios)


def _units(demand: Demand, prices: StoredPrices, filters: Filters) -> Iterator[Column]:
    """Resource-based commitments: one unit is a core or a GiB of a family, in every hour."""
    rows: dict[Hashable, list[int]] = defaultdict(list)
    for at, usage in enumerate(demand.classes):
        if demand.rates[at]:
            rows[reach_of(usage)].append(at)
    places = {(service_named(each.service), each.region or "") for each in demand.classes}
    for each in reservation_offers(prices.reservations, filters.currency or "", places):
        within = rows.get((each.region, each.instance_type, each.platform), [])
        if within:
            yield _unit(each, demand, within)


def _unit(offered: ReservationOffer, demand: Demand, rows: Sequence[int]) -> Column:
    price, kind = offered.recurring_hourly, Kind.RESOURCE_BASED_CUD
    terms = Terms(offered.term_months // 12, PaymentOption(offered.payment_option))
    plan = Plan(kind, offered.region, offered.instance_type, platform=offered.platform)
    offer = Offer(name_of(plan, terms), kind, terms, unit=price, prepaid=Decimal(0))
    return Column(plan, offer, _at_price(demand, rows, price))


def _at_price(demand: Demand, rows: Iterable[int], price: Decimal) -> Floats:
    """A price of one unit as a part of what it costs on demand, [row]; infinite in other rows."""
    ratios: Floats = np.full(len(demand.classes), np.inf)
    for at in rows:
        if rate := demand.rates[at]:
            ratios[at] = float(EXACT.divide(price, rate))
    return ratios


def _held(
    found: Tiered, owned: OwnedOnGoogle, columns: Sequence[Column]
) -> Iterator[tuple[Column, Floats]]:
    """What is owned as columns, with what it holds ahead, [hour]: units, or money of flexible ones."""
    demand = found.demand
    for number, (reach, capacity) in enumerate(owned.units.items()):
        rows = [at for at, usage in enumerate(demand.classes) if reach_of(usage) == reach]
        yield _owned(Kind.RESOURCE_BASED_CUD, number, _at_price(demand, rows, Decimal(1))), capacity
    if owned.money.any():
        on_offer = (each.ratios for each in columns if each.offer.kind is Kind.FLEXIBLE_CUD)
        ratios = next(on_offer, np.full(len(demand.classes), np.inf)).copy()
        for at, usage in enumerate(demand.classes):
            if usage in owned.ratios:
                ratios[at] = owned.ratios[usage] / found.parts[at]
        yield _owned(Kind.FLEXIBLE_CUD, 0, ratios), owned.money


def _owned(kind: Kind, number: int, ratios: Floats) -> Column:
    offer = Offer(f"owned/{kind.name.lower()}/{number}", kind, _ANY, for_sale=False)
    return Column(Plan(kind), offer, ratios)


def _discount(found: Tiered, ratios: Floats) -> Discount:
    """Of all usage an offer covers, were it bought for all."""
    cost = found.demand.cost.sum(axis=1)
    rows = np.isfinite(ratios)
    committed = float((cost[rows] * ratios[rows]).sum())
    return Discount(
        _off(committed, float((cost[rows] / found.parts[rows]).sum())),
        _off(committed, float(cost[rows].sum())),
    )


def _off(committed: float, price: float) -> Decimal | None:
    return Decimal(f"{(1 - committed / price) * 100:.6f}") if price else None
