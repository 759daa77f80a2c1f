"""The order in which AWS applies commitments to an hour, as pools.

Zonal reservations, regional ones, EC2 Instance plans, Compute plans; each first to usage of
the owner's account, then of those it shares with. SageMaker and Database plans share no usage
with these.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from finops_commitments.simulation.aws import (
    PayerFamily,
    PlanType,
    ReservedInstance,
    SavingsPlan,
    UsageLine,
    pool_units,
)
from finops_commitments.simulation.domain import Offer, Order, Pool, pools_by_saving
from finops_commitments.simulation.instances import Instance
from finops_commitments.simulation.sharing import Circle

RESERVED, PLANS = 0, 1
"""The stages of an answer."""

_ALONE = (PlanType.SAGEMAKER, PlanType.DATABASE)


def order_of(family: PayerFamily) -> Order:
    """The order for a payer family; stages RESERVED and PLANS.

    Usage is in the lines' units, instances in instance hours, of which a reservation covers
    at most one (3,600 seconds) in a clock hour. Commitments are the reservations, in
    instances, then the plans, in money.
    """
    units = [pool_units(each.instance, zonal=each.zonal) for each in family.reserved]
    return Order.of(
        (_reserved_pools(family), _plan_pools(family)),
        (*units, *(Fraction(1) for _ in family.plans)),
    )


def _reserved_pools(family: PayerFamily) -> Iterator[Pool]:
    for zonal in (True, False):
        for circle in family.sharing.circles:
            yield from _reserved_circle(family, circle, zonal=zonal)


def _reserved_circle(family: PayerFamily, circle: Circle, *, zonal: bool) -> Iterator[Pool]:
    held: dict[Hashable, list[int]] = defaultdict(list)
    for at in _drawing_order(family, family.reserved):
        each = family.reserved[at]
        if each.zonal == zonal:
            _add(
                held,
                family.sharing.members(circle, each.account),
                _reach(each.instance, zonal=zonal),
                at,
            )
    wanted: dict[Hashable, list[int]] = defaultdict(list)
    for at, line in enumerate(family.lines):
        _add(
            wanted,
            family.sharing.members(circle, line.account),
            _reach(line.instance, zonal=zonal),
            at,
        )
    for key in (each for each in held if each in wanted):
        lines = sorted(wanted[key], key=lambda at: _smallest_first(family.lines[at]))
        units = [pool_units(family.lines[at].instance, zonal=zonal) for at in lines]
        yield Pool.of(held[key], lines, units)


def _reach(instance: Instance, *, zonal: bool) -> Hashable:
    return instance.zonal_reach if zonal else instance.regional_reach


def _plan_pools(family: PayerFamily) -> Iterator[Pool]:
    instance, compute = PlanType.EC2_INSTANCE, PlanType.COMPUTE
    circles = family.sharing.circles
    if family.orders.shared_instance_plans_first:
        passes = [(kind, circle) for kind in (instance, compute) for circle in circles]
    else:
        passes = [(kind, circle) for circle in circles for kind in (instance, compute)]
    passes += [(kind, circle) for kind in _ALONE for circle in circles]
    for kind, circle in passes:
        yield from _plan_circle(family, kind, circle)


def _plan_circle(family: PayerFamily, kind: PlanType, circle: Circle) -> Iterator[Pool]:
    held: dict[Hashable, list[int]] = defaultdict(list)
    for at in _drawing_order(family, family.plans):
        plan = family.plans[at]
        if plan.type == kind:
            reach = _plan_reach(kind, plan.region, plan.family)
            _add(held, family.sharing.members(circle, plan.account), reach, at)
    if not held:
        return
    wanted: dict[Hashable, list[int]] = defaultdict(list)
    for at, line in enumerate(family.lines):
        if line.rates:
            reach = _plan_reach(kind, line.instance.region, line.instance.family)
            _add(wanted, family.sharing.members(circle, line.account), reach, at)
    for key in (each for each in held if each in wanted):
        yield from _by_saving(family, held[key], wanted[key])


def _plan_reach(kind: PlanType, region: str | None, family: str | None) -> Hashable:
    return (region, family) if kind is PlanType.EC2_INSTANCE else kind


def _by_saving(family: PayerFamily, plans: Sequence[int], lines: Sequence[int]) -> Iterator[Pool]:
    drawn = [(len(family.reserved) + at, family.plans[at].rate_card) for at in plans]
    known = {card for _, card in drawn}
    offers = (offer for at in lines for offer in _offers(family.lines[at], at, known))
    return pools_by_saving(offers, drawn)


def _offers(line: UsageLine, at: int, known: set[str]) -> Iterator[Offer]:
    cards: dict[Decimal, set[str]] = defaultdict(set)
    for card in known & line.rates.keys():
        cards[line.rates[card]].add(card)
    for listed, names in cards.items():
        if not line.on_demand_rate:
            raise ValueError(f"{line.label}: a plan's rate needs an on-demand rate beside it")
        rate = Fraction(listed)
        ratio = rate / Fraction(line.on_demand_rate)
        tie = (line.account, line.label, line.instance.zone or "")
        yield Offer(ratio, rate, tie, at, frozenset(names))


def _smallest_first(line: UsageLine) -> tuple[Decimal, Decimal, str, str, str]:
    size = line.instance.units or line.instance.factor or Decimal(0)
    saved_most = (line.on_demand_rate or Decimal(0)).copy_negate()
    return size, saved_most, line.account, line.label, line.instance.zone or ""


def _drawing_order(
    family: PayerFamily, held: Sequence[ReservedInstance] | Sequence[SavingsPlan]
) -> list[int]:
    def begins(at: int) -> datetime:
        return held[at].starts_at

    # Of one age the id decides, whichever goes first: else unknown ages would seem to be known.
    by_id = sorted(range(len(held)), key=lambda at: held[at].id)
    return sorted(by_id, key=begins, reverse=family.orders.newest_first)


def _add(
    groups: dict[Hashable, list[int]], shared_with: Hashable | None, reach: Hashable, at: int
) -> None:
    if shared_with is not None:
        groups[shared_with, reach].append(at)
