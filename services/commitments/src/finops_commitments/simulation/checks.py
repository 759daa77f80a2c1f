"""What fields of a scenario say together and one by one cannot: they must make sense."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from finops_commitments.simulation.aws import PlanType
from finops_commitments.simulation.instances import EC2, UNNAMED, Instance
from finops_commitments.simulation.schemas import (
    PlacedWire,
    PlanWire,
    ReservedWire,
    ScenarioWire,
    SharingWire,
    UsageWire,
)

_REGION_NEEDED = "region: needed, as others name several regions"


def senseless_fields(wire: ScenarioWire) -> Iterator[str]:
    """Each field that makes no sense beside the others: its path and why."""
    named = _Named.by(wire)
    for at, usage in enumerate(wire.usage):
        yield from (f"usage[{at}].{refused}" for refused in _of_usage(usage, named))
    for at, reserved in enumerate(wire.reserved_instances):
        where = f"reserved_instances[{at}]"
        yield from (f"{where}.{refused}" for refused in _of_reserved(reserved, named))
    for at, plan in enumerate(wire.savings_plans):
        yield from (f"savings_plans[{at}].{refused}" for refused in _of_plan(plan, named))
    yield from named_twice("reserved_instances", [each.id for each in wire.reserved_instances])
    yield from named_twice("savings_plans", [each.id for each in wire.savings_plans])
    yield from _of_sharing(wire.sharing)


@dataclass(frozen=True, slots=True)
class _Named:
    """What the scenario names: families reserved, services whose engines are named, and so on."""

    families_reserved: frozenset[tuple[str, str | None]]
    zonal: frozenset[Instance]
    engines_reserved: frozenset[str]
    engines_used: frozenset[str]
    has_instance_plans: bool
    several_regions: bool

    @classmethod
    def by(cls, wire: ScenarioWire) -> "_Named":
        reserved = [each.instance for each in wire.reserved_instances]
        regions = {each.region for each in (*wire.usage, *wire.reserved_instances)}
        regions |= {each.region for each in wire.savings_plans}
        kinds = {plan.type for plan in wire.savings_plans}
        return cls(
            frozenset((each.service, each.family) for each in reserved),
            frozenset(replace(each, zone=None) for each in reserved if each.zone),
            _engines_named(reserved),
            _engines_named(each.instance for each in wire.usage),
            PlanType.EC2_INSTANCE in kinds,
            len(regions - {None}) > 1,
        )


def _engines_named(instances: Iterable[Instance]) -> frozenset[str]:
    return frozenset(each.service for each in instances if each.platform != UNNAMED)


def _of_usage(usage: UsageWire, named: _Named) -> Iterator[str]:
    if usage.rates and not usage.on_demand_rate:
        yield "on_demand_rate: plans go by what they save, so it must be above 0 beside rates"
    instance = usage.instance
    is_reserved = (instance.service, instance.family) in named.families_reserved
    if is_reserved and instance.family and instance.size is None:
        yield "size: needed, as there is a reservation of the family"
    if is_reserved and instance.size and _misspelt(instance):
        yield f"size: {usage.size!r} has no known normalisation factor"
    if instance in named.zonal:
        yield "zone: needed, as a reservation of the same instances is for a zone"
    if _lacks_engine(usage, named.engines_reserved):
        yield "platform: needed, as a reservation of the service names its engine"
    by_plan = PlanType.EC2_INSTANCE in usage.rates and named.has_instance_plans
    if usage.region is None and named.several_regions and (is_reserved or by_plan):
        yield _REGION_NEEDED
    if by_plan and usage.family is None:
        yield "family: needed to know whether an EC2 Instance plan covers it"


def _of_reserved(reserved: ReservedWire, named: _Named) -> Iterator[str]:
    for name in ("family", "size"):
        if getattr(reserved, name) is None:
            yield f"{name}: needed"
    if reserved.region is None and named.several_regions:
        yield _REGION_NEEDED
    if reserved.count % 1:
        yield "count: must be a whole number"
    if _lacks_engine(reserved, named.engines_used):
        yield "platform: needed, as usage of the service names its engine"
    if reserved.size and _misspelt(reserved.instance):
        yield f"size: {reserved.size!r} has no known normalisation factor"


def _misspelt(instance: Instance) -> bool:
    # Bare metal that is not in the table covers its own size; any other word is misspelt.
    is_metal = (instance.size or "").startswith("metal")
    return instance.service == EC2 and instance.factor is None and not is_metal


def _lacks_engine(placed: PlacedWire, engines_named: frozenset[str]) -> bool:
    instance = placed.instance
    return instance.platform == UNNAMED and instance.service in engines_named


def _of_plan(plan: PlanWire, named: _Named) -> Iterator[str]:
    if plan.type is not PlanType.EC2_INSTANCE:
        return
    if plan.family is None:
        yield "family: an EC2 Instance plan is for one family"
    if plan.region is None and named.several_regions:
        yield _REGION_NEEDED


def _of_sharing(sharing: SharingWire) -> Iterator[str]:
    groups = Counter(account for members in sharing.groups.values() for account in set(members))
    for account, number in groups.items():
        if number > 1:
            yield f"sharing.groups: account {account} is in {number} groups"


def named_twice(where: str, ids: Sequence[str | None]) -> Iterator[str]:
    """The ids that stand twice in one list."""
    seen: set[str] = set()
    for at, each in enumerate(ids):
        if each is not None and each in seen:
            yield f"{where}[{at}].id: {each!r} stands twice"
        seen.add(each or "")
