"""The order in which Azure applies reservations and savings plans to an hour, as pools.

Reservations first, then savings plans; of each, the narrower scope goes first. In one scope
reservations of one product go before those that flex over their size group, and plans of
three years before those of one, each to the usage with the highest discount.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction

from finops_commitments.simulation.domain import Order, Pool

RESERVED, PLANS = 0, 1
"""The stages of an answer."""

_Fits = tuple[bool, str, str | None]
"""Whether sizes flex, the region, and the size group or product."""


class Scope(IntEnum):
    """How far a commitment reaches, narrowest first."""

    RESOURCE_GROUP = 0
    SUBSCRIPTION = 1
    MANAGEMENT_GROUP = 2
    SHARED = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where usage runs. A subscription can be in management groups inside others."""

    subscription: str
    resource_group: str = ""
    management_groups: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reach:
    """A commitment's scope and what it names: (subscription, group), one name, or nothing."""

    scope: Scope = Scope.SHARED
    subscription: str = ""
    name: str = ""

    def covers(self, place: Place) -> bool:
        """Whether usage in the place is within reach."""
        if self.scope is Scope.RESOURCE_GROUP:
            return (place.subscription, place.resource_group) == (self.subscription, self.name)
        if self.scope is Scope.SUBSCRIPTION:
            return place.subscription == self.subscription
        return self.scope is Scope.SHARED or self.name in place.management_groups


@dataclass(frozen=True, slots=True)
class UsageLine:
    """Usage of one kind in one place; its quantities stand in an array.

    `flexibility` names the size flexibility group of the product and its `ratio` in it. Rates
    are money per unit, above zero: `price` is what is paid without a commitment (negotiated,
    where there is such a rate), `plan_rates` what a plan takes by years of its term.
    """

    place: Place
    label: str = ""
    product: str = ""
    region: str = ""
    flexibility: str | None = None
    ratio: Decimal = Decimal(1)
    price: Decimal | None = None
    plan_rates: Mapping[int, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reservation:
    """A reservation; `flexibility` None where it is for its own product alone."""

    id: str
    reach: Reach
    product: str
    region: str
    flexibility: str | None = None
    ratio: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class SavingsPlan:
    """A savings plan for compute of one or three years."""

    id: str
    reach: Reach
    years: int


@dataclass(frozen=True)
class BillingAccount:
    """Who uses and holds what under one billing account or profile."""

    lines: Sequence[UsageLine]
    reservations: Sequence[Reservation] = ()
    plans: Sequence[SavingsPlan] = ()


def order_of(account: BillingAccount) -> Order:
    """The order for a billing account; stages RESERVED and PLANS.

    Usage is in the lines' units, instances in instance hours. Commitments are the
    reservations, in instances, then the plans, in money.
    """
    units = [_units(each.flexibility, each.ratio) for each in account.reservations]
    return Order.of(
        (_reserved_pools(account), _plan_pools(account)),
        (*units, *(Fraction(1) for _ in account.plans)),
    )


def _units(flexibility: str | None, ratio: Decimal) -> Fraction:
    return Fraction(1) if flexibility is None else Fraction(ratio)


def _reserved_pools(account: BillingAccount) -> Iterator[Pool]:
    held: dict[tuple[Reach, _Fits], list[int]] = defaultdict(list)
    for at in sorted(range(len(account.reservations)), key=lambda at: account.reservations[at].id):
        each = account.reservations[at]
        held[each.reach, _fits(each, flexible=each.flexibility is not None)].append(at)
    for (reach, fits), members in sorted(held.items(), key=lambda each: _narrowest(*each[0])):
        flexible = fits[0]
        lines = [
            at
            for at, line in enumerate(account.lines)
            if reach.covers(line.place) and _fits(line, flexible=flexible) == fits
        ]
        # Azure does not say which size goes first; the smallest, as the others do.
        lines.sort(key=lambda at: _smallest_first(account.lines[at]))
        units = [account.lines[at].ratio if flexible else 1 for at in lines]
        if lines:
            yield Pool.of(members, lines, [Fraction(each) for each in units])


def _narrowest(reach: Reach, fits: _Fits) -> tuple[Scope, bool]:
    return reach.scope, fits[0]


def _fits(each: UsageLine | Reservation, *, flexible: bool) -> _Fits:
    return flexible, each.region, each.flexibility if flexible else each.product


def _smallest_first(line: UsageLine) -> tuple[Decimal, str, str, str]:
    return line.ratio, line.place.subscription, line.place.resource_group, line.label


def _plan_pools(account: BillingAccount) -> Iterator[Pool]:
    held: dict[tuple[Reach, int], list[int]] = defaultdict(list)
    for at in sorted(range(len(account.plans)), key=lambda at: account.plans[at].id):
        plan = account.plans[at]
        held[plan.reach, plan.years].append(len(account.reservations) + at)
    turns = sorted(held.items(), key=lambda each: (each[0][0].scope, -each[0][1]))
    for (reach, years), members in turns:
        offers = [
            (_ratio(line, years), line.place.subscription, line.label, at)
            for at, line in enumerate(account.lines)
            if years in line.plan_rates and reach.covers(line.place)
        ]
        lines = [at for *_, at in sorted(offers)]
        if lines:
            yield Pool.of(members, lines, [_rate(account.lines[at], years) for at in lines])


def _rate(line: UsageLine, years: int) -> Fraction:
    """What a unit takes from the plan: a lower negotiated price counts, and is drawn as well."""
    rate = Fraction(line.plan_rates[years])
    return rate if line.price is None else min(rate, Fraction(line.price))


def _ratio(line: UsageLine, years: int) -> Fraction:
    if not line.price:
        raise ValueError(f"{line.label}: a plan's rate needs a price beside it")
    return _rate(line, years) / Fraction(line.price)
