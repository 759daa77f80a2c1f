"""How AWS applies commitments to one clock hour, as a plain loop (cloud-facts 1.1).

Zonal reserved instances (own account, then others'), regional ones (own, then others'),
EC2 Instance Savings Plans, Compute Savings Plans (each own, then others'). Where AWS does
not say: shared EC2 Instance plans go before an account's own Compute plan, and of two equal
plans the older one is drawn first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from finops_sandbox.world.model import Commitment, ReservedInstance, SavingsPlan, Workload
from finops_sandbox.world.prices import ten_places
from finops_sandbox.world.skus import Sku

ZERO = Decimal(0)


@dataclass(frozen=True)
class Usage:
    """What one workload used in [start, end)."""

    workload: Workload
    start: datetime
    end: datetime
    quantity: Decimal

    @property
    def sku(self) -> Sku:
        return self.workload.sku


@dataclass(frozen=True)
class Fill:
    """A part of a usage and what pays for it; `commitment` None: on demand.

    `on_demand` is the part at the public rate, `cost` what it really costs (amortised),
    `rate` that cost per unit. Parts of one usage sum to it exactly.
    """

    usage: Usage
    commitment: Commitment | None
    quantity: Decimal
    on_demand: Decimal
    rate: Decimal
    cost: Decimal


class Draw(NamedTuple):
    """How much of a commitment one clock hour used, in USD and (RI) in its units."""

    commitment: Commitment
    cost: Decimal
    units: Decimal


class _Left:
    """What of a usage is not yet covered."""

    def __init__(self, usage: Usage) -> None:
        self.usage = usage
        self.quantity = usage.quantity
        self.on_demand = usage.quantity * usage.sku.on_demand


class _Balance:
    """What of a commitment's hour is not yet used."""

    def __init__(self, commitment: Commitment) -> None:
        self.commitment = commitment
        self.cost = commitment.hourly_cost
        self.units = commitment.units_per_hour


def apply_hour(
    usages: Sequence[Usage], commitments: Sequence[Commitment], sharing_off: frozenset[str]
) -> tuple[list[Fill], list[Draw]]:
    """Cover one hour's usage; the rest is on demand. Unused commitment is lost."""
    left = [_Left(usage) for usage in usages if usage.quantity]
    balances = [_Balance(commitment) for commitment in sorted(commitments, key=_age)]
    fills = [
        *_apply_reserved(left, balances, sharing_off),
        *_apply_plans("EC2InstanceSavingsPlans", left, balances, sharing_off),
        *_apply_plans("ComputeSavingsPlans", left, balances, sharing_off),
        *(_on_demand(rest) for rest in left if rest.quantity),
    ]
    return fills, [_draw(balance) for balance in balances]


def on_demand_fill(usage: Usage) -> Fill:
    """The whole usage at its own rate, for what no commitment can cover here."""
    return _on_demand(_Left(usage))


def _age(commitment: Commitment) -> tuple[datetime, str]:
    return commitment.starts_at, commitment.id


def _on_demand(rest: _Left) -> Fill:
    sku = rest.usage.sku
    cost = rest.on_demand if sku.rate == sku.on_demand else rest.quantity * sku.rate
    return Fill(rest.usage, None, rest.quantity, rest.on_demand, sku.rate, cost)


def _draw(balance: _Balance) -> Draw:
    commitment = balance.commitment
    units = commitment.units_per_hour - balance.units
    return Draw(commitment, commitment.hourly_cost - balance.cost, units)


def _reaches(commitment: Commitment, rest: _Left, sharing_off: frozenset[str], own: bool) -> bool:
    account = rest.usage.workload.account
    if own or account == commitment.account:
        return own and account == commitment.account
    return account not in sharing_off and commitment.account not in sharing_off


def _apply_reserved(
    left: list[_Left], balances: list[_Balance], sharing_off: frozenset[str]
) -> Iterator[Fill]:
    for zonal in (True, False):
        for own in (True, False):
            for balance in balances:
                reserved = balance.commitment
                if isinstance(reserved, ReservedInstance) and (reserved.zone is not None) == zonal:
                    candidates = [
                        rest
                        for rest in left
                        if _matches(reserved, rest) and _reaches(reserved, rest, sharing_off, own)
                    ]
                    yield from _fill_reserved(reserved, balance, candidates)


def _matches(reserved: ReservedInstance, rest: _Left) -> bool:
    sku = rest.usage.sku
    if sku.pool != "ec2" or (sku.region, sku.platform) != (reserved.region, reserved.platform):
        return False
    if reserved.zone is not None and reserved.zone != rest.usage.workload.zone:
        return False
    if reserved.size_flexible:
        return sku.family == reserved.family
    return sku.instance_type == reserved.instance_type


def _smallest_first(rest: _Left) -> tuple[Decimal, Decimal, str, str]:
    factor = rest.usage.sku.factor or ZERO
    return factor, -rest.usage.sku.on_demand, rest.usage.workload.account, rest.usage.workload.id


def _fill_reserved(
    reserved: ReservedInstance, balance: _Balance, candidates: list[_Left]
) -> Iterator[Fill]:
    for rest in sorted(candidates, key=_smallest_first):
        if not rest.quantity or not balance.units:
            continue
        factor = rest.usage.sku.factor or Decimal(1)
        per_instance = factor if reserved.size_flexible else Decimal(1)
        needed = rest.quantity * per_instance
        taken = min(needed, balance.units)
        share = reserved.rate * taken / (reserved.factor if reserved.size_flexible else 1)
        cost = balance.cost if taken == balance.units else min(ten_places(share), balance.cost)
        balance.units -= taken
        balance.cost -= cost
        part = None if taken == needed else taken / per_instance
        rate = reserved.rate * per_instance / (reserved.factor if reserved.size_flexible else 1)
        yield _take(rest, reserved, part, ten_places(rate), cost)


def _take(
    rest: _Left, commitment: Commitment, part: Decimal | None, rate: Decimal, cost: Decimal
) -> Fill:
    """Move a part (None: all that is left) of a usage to a commitment."""
    quantity = rest.quantity if part is None else ten_places(part)
    on_demand = rest.on_demand if part is None else ten_places(part * rest.usage.sku.on_demand)
    rest.quantity -= quantity
    rest.on_demand -= on_demand
    return Fill(rest.usage, commitment, quantity, on_demand, rate, cost)


def _apply_plans(
    plan_type: str, left: list[_Left], balances: list[_Balance], sharing_off: frozenset[str]
) -> Iterator[Fill]:
    plans = [
        (balance, balance.commitment)
        for balance in balances
        if isinstance(balance.commitment, SavingsPlan) and balance.commitment.type == plan_type
    ]
    for own in (True, False):
        offers = [
            (balance, rest, rate)
            for balance, plan in plans
            for rest in left
            if rest.quantity and _reaches(plan, rest, sharing_off, own)
            if (rate := plan.rate(rest.usage.sku)) is not None
        ]
        for balance, rest, rate in sorted(offers, key=_best_saving):
            if rest.quantity and balance.cost:
                yield _fill_plan(balance, rest, rate)


_Offer = tuple[_Balance, _Left, Decimal]


def _best_saving(offer: _Offer) -> tuple[Decimal, Decimal]:
    """Highest saving share first, then the lower rate; the sort keeps older plans before."""
    _, rest, rate = offer
    return rate / rest.usage.sku.on_demand, rate


def _fill_plan(balance: _Balance, rest: _Left, rate: Decimal) -> Fill:
    whole = ten_places(rest.quantity * rate)
    if whole <= balance.cost:
        balance.cost -= whole
        return _take(rest, balance.commitment, None, rate, whole)
    cost, balance.cost = balance.cost, ZERO
    return _take(rest, balance.commitment, cost / rate, rate, cost)
