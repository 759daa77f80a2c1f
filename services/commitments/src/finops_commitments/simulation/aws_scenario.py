"""A scenario of AWS as the hour it says: who uses and holds what under one payer."""

from datetime import UTC, datetime
from fractions import Fraction

from finops_commitments.simulation.aws import (
    Orders,
    PayerFamily,
    ReservedInstance,
    SavingsPlan,
    UsageLine,
)
from finops_commitments.simulation.aws_order import order_of
from finops_commitments.simulation.hour import Held, Hour, Used, exact
from finops_commitments.simulation.schemas import (
    OrdersWire,
    PlanWire,
    ReservedWire,
    ScenarioWire,
    SharingWire,
    UsageWire,
)
from finops_commitments.simulation.sharing import Sharing

_KINDS = ("reserved_instances", "savings_plans")


def aws_hour(wire: ScenarioWire) -> Hour:
    """The hour of a scenario that makes sense."""
    family = PayerFamily(
        [_line(each) for each in wire.usage],
        [_reserved(each) for each in wire.reserved_instances],
        [_plan(each) for each in wire.savings_plans],
        _sharing(wire.sharing),
        _orders(wire.orders),
    )
    return Hour(
        order_of(family),
        _KINDS,
        [_used(each) for each in wire.usage],
        [
            *(_held_reserved(each) for each in wire.reserved_instances),
            *(_held_plan(each) for each in wire.savings_plans),
        ],
    )


def with_the_only_region(wire: ScenarioWire) -> ScenarioWire:
    """What names no region stands in the one that the others name, if they name but one."""
    named = {each.region for each in (*wire.usage, *wire.reserved_instances)}
    named |= {each.region for each in wire.savings_plans}
    if len(named - {None}) != 1:
        return wire
    region = {"region": (named - {None}).pop()}
    return wire.model_copy(
        update={
            "usage": [each.model_copy(update=region) for each in wire.usage],
            "reserved_instances": [
                each.model_copy(update=region) for each in wire.reserved_instances
            ],
            "savings_plans": [each.model_copy(update=region) for each in wire.savings_plans],
        }
    )


def _used(usage: UsageWire) -> Used:
    price = exact(usage.on_demand_rate)
    return Used(usage.label, Fraction(usage.quantity), price, price)


def _held_reserved(reserved: ReservedWire) -> Held:
    count, rate = Fraction(reserved.count), reserved.hourly_rate
    cost = None if rate is None and count else count * Fraction(rate or 0)
    return Held(_KINDS[0], reserved.id, count, cost)


def _held_plan(plan: PlanWire) -> Held:
    committed = Fraction(plan.hourly_commitment)
    return Held(_KINDS[1], plan.id, committed, committed)


def _line(usage: UsageWire) -> UsageLine:
    rates = {kind.value: rate for kind, rate in usage.rates.items()}
    return UsageLine(usage.account, usage.label or "", usage.instance, usage.on_demand_rate, rates)


def _reserved(reserved: ReservedWire) -> ReservedInstance:
    return ReservedInstance(
        reserved.id or "", reserved.account, reserved.instance, _utc(reserved.starts_at)
    )


def _plan(plan: PlanWire) -> SavingsPlan:
    family = plan.family.casefold() if plan.family else None
    return SavingsPlan(
        *(plan.id or "", plan.account, plan.type, plan.type.value),
        *(plan.region, family, _utc(plan.starts_at)),
    )


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _sharing(sharing: SharingWire) -> Sharing:
    group_of = {account: name for name, members in sharing.groups.items() for account in members}
    return Sharing(sharing.mode, group_of, frozenset(sharing.off))


def _orders(orders: OrdersWire) -> Orders:
    return Orders(
        orders.shared_ec2_instance_plans == "before_own_compute_plans",
        orders.equal_commitments == "newest_first",
    )
