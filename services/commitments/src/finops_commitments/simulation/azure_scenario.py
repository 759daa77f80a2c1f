"""A scenario of Azure: its wire form, what must make sense in it, and the hour it says."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from finops_commitments.simulation.azure import (
    BillingAccount,
    Place,
    Reach,
    Reservation,
    SavingsPlan,
    Scope,
    UsageLine,
    order_of,
)
from finops_commitments.simulation.checks import named_twice
from finops_commitments.simulation.hour import Held, Hour, Used, exact
from finops_commitments.simulation.schemas import Amount, ExactWire, Name, Rate, Term

_KINDS = ("reservations", "savings_plans")
_YEARS: Mapping[Term, int] = {"1y": 1, "3y": 3}
_NAMED_BY_SCOPE: Mapping[str, Sequence[str]] = {
    "shared": (),
    "management_group": ("management_group",),
    "subscription": ("subscription",),
    "resource_group": ("subscription", "resource_group"),
}
_SCOPE_FIELDS = ("management_group", "subscription", "resource_group")


class SizedWire(ExactWire):
    """The product; where sizes flex, its size flexibility group and its ratio in it."""

    product: Name | None = None
    region: Name | None = None
    flexibility_group: Name | None = None
    ratio: Rate | None = None


class UsageWire(SizedWire):
    """Usage of the hour; `rates` are a savings plan's by its term."""

    label: str | None = None
    subscription: Name | None = None
    resource_group: Name | None = None
    quantity: Amount
    on_demand_rate: Amount | None = None
    negotiated_rate: Amount | None = None
    rates: Mapping[Term, Rate] = {}

    @property
    def price(self) -> Decimal | None:
        """What a unit costs without a commitment."""
        return self.on_demand_rate if self.negotiated_rate is None else self.negotiated_rate


class ScopedWire(ExactWire):
    """How far a commitment reaches, and what it names for that."""

    id: str | None = None
    scope: Literal["shared", "management_group", "subscription", "resource_group"] = "shared"
    management_group: Name | None = None
    subscription: Name | None = None
    resource_group: Name | None = None

    @property
    def reach(self) -> Reach:
        name = self.resource_group or self.management_group or ""
        return Reach(Scope[self.scope.upper()], self.subscription or "", name)


class ReservationWire(SizedWire, ScopedWire):
    """Reserved instances; without a flexibility group they are for their product alone."""

    product: Name
    region: Name
    count: Annotated[Amount, Field(multiple_of=1)]
    hourly_rate: Amount | None = None


class PlanWire(ScopedWire):
    """A savings plan for compute."""

    term: Term
    hourly_commitment: Amount


class AzureScenarioWire(ExactWire):
    """The whole file; `management_groups` says which subscriptions each one holds."""

    provider: str
    management_groups: Mapping[Name, list[Name]] = {}
    usage: list[UsageWire]
    reservations: tuple[ReservationWire, ...] = ()
    savings_plans: tuple[PlanWire, ...] = ()


def azure_hour(wire: AzureScenarioWire) -> Hour:
    """The hour of a scenario that makes sense."""
    account = BillingAccount(
        [_line(each, wire) for each in wire.usage],
        [
            Reservation(
                *(each.id or "", each.reach, each.product, each.region),
                *(each.flexibility_group, each.ratio or Decimal(1)),
            )
            for each in wire.reservations
        ],
        [SavingsPlan(each.id or "", each.reach, _YEARS[each.term]) for each in wire.savings_plans],
    )
    return Hour(
        order_of(account),
        _KINDS,
        [
            Used(each.label, Fraction(each.quantity), exact(each.on_demand_rate), exact(each.price))
            for each in wire.usage
        ],
        [*_held(wire)],
        discount="negotiated_discount",
    )


def senseless_azure_fields(wire: AzureScenarioWire) -> Iterator[str]:
    """Each field that makes no sense beside the others: its path and why."""
    commitments = [*wire.reservations, *wire.savings_plans]
    for at, usage in enumerate(wire.usage):
        refused = (*_of_usage(usage, wire), *_of_place(usage, commitments), *_of_size(usage))
        yield from (f"usage[{at}].{each}" for each in refused)
    for at, reservation in enumerate(wire.reservations):
        refused = (*_of_scope(reservation, wire), *_of_size(reservation))
        yield from (f"reservations[{at}].{each}" for each in refused)
    for at, plan in enumerate(wire.savings_plans):
        yield from (f"savings_plans[{at}].{each}" for each in _of_scope(plan, wire))
    yield from _of_ratios(wire)
    yield from named_twice("reservations", [each.id for each in wire.reservations])
    yield from named_twice("savings_plans", [each.id for each in wire.savings_plans])


def _line(usage: UsageWire, wire: AzureScenarioWire) -> UsageLine:
    groups = (name for name, held in wire.management_groups.items() if usage.subscription in held)
    return UsageLine(
        Place(usage.subscription or "", usage.resource_group or "", frozenset(groups)),
        usage.label or "",
        usage.product or "",
        usage.region or "",
        usage.flexibility_group,
        usage.ratio or Decimal(1),
        usage.price,
        {_YEARS[term]: rate for term, rate in usage.rates.items()},
    )


def _held(wire: AzureScenarioWire) -> Iterator[Held]:
    for reservation in wire.reservations:
        count, rate = Fraction(reservation.count), exact(reservation.hourly_rate)
        cost = count * rate if rate is not None else None if count else Fraction(0)
        yield Held(_KINDS[0], reservation.id, count, cost)
    for plan in wire.savings_plans:
        committed = Fraction(plan.hourly_commitment)
        yield Held(_KINDS[1], plan.id, committed, committed)


def _of_usage(usage: UsageWire, wire: AzureScenarioWire) -> Iterator[str]:
    if usage.rates and not usage.price:
        yield "on_demand_rate: plans go by what they save, so it must be above 0 beside rates"
    if usage.negotiated_rate is not None:
        if usage.on_demand_rate is None:
            yield "on_demand_rate: needed beside a negotiated one"
        elif usage.negotiated_rate > usage.on_demand_rate:
            yield "negotiated_rate: above the on-demand rate"
    if usage.product is None:
        return
    alike = [each for each in wire.reservations if each.product == usage.product]
    grouped = [
        each
        for each in wire.reservations
        if each.flexibility_group and each.flexibility_group == usage.flexibility_group
    ]
    if usage.region is None and (alike or grouped):
        yield "region: needed, as there is a reservation of the product or its group"
    if usage.flexibility_group is None and any(each.flexibility_group for each in alike):
        yield "flexibility_group: needed, as a reservation of the product flexes"


def _of_place(usage: UsageWire, commitments: Sequence[ScopedWire]) -> Iterator[str]:
    if usage.subscription is None and any(each.scope != "shared" for each in commitments):
        yield "subscription: needed, as a commitment is for less than the whole account"
    mine = [each for each in commitments if each.subscription == usage.subscription]
    if usage.resource_group is None and any(each.resource_group for each in mine):
        yield "resource_group: needed, as a commitment is for one of its subscription"


def _of_size(sized: SizedWire) -> Iterator[str]:
    if sized.flexibility_group is not None and sized.ratio is None:
        yield "ratio: needed beside flexibility_group"
    if sized.flexibility_group is None and sized.ratio is not None:
        yield "flexibility_group: needed beside ratio"
    if sized.flexibility_group is not None and sized.product is None:
        yield "product: needed beside flexibility_group"


def _of_scope(scoped: ScopedWire, wire: AzureScenarioWire) -> Iterator[str]:
    for name in _SCOPE_FIELDS:
        needed, found = name in _NAMED_BY_SCOPE[scoped.scope], getattr(scoped, name)
        if needed and found is None:
            yield f"{name}: needed, as the scope is a {scoped.scope}"
        if found is not None and not needed:
            yield f"{name}: the scope {scoped.scope} names none"
    group = scoped.management_group
    if group is not None and group not in wire.management_groups:
        yield f"management_group: {group!r} is not among management_groups"


def _of_ratios(wire: AzureScenarioWire) -> Iterator[str]:
    """A product has one place in one group: another ratio elsewhere is a slip."""
    first: dict[str, tuple[str | None, Decimal | None]] = {}
    for where, many in (("usage", wire.usage), ("reservations", wire.reservations)):
        for at, each in enumerate(many):
            if each.product is None or each.flexibility_group is None:
                continue
            told = (each.flexibility_group, each.ratio)
            if first.setdefault(each.product, told) != told:
                yield f"{where}[{at}].ratio: {each.product!r} has another group or ratio elsewhere"
