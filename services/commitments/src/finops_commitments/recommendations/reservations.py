"""Reservations on offer as columns of a market: which usage each covers, at which part of its price.

Sizes and what a reservation reaches are the simulator's (`simulation/instances.py`).
"""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple, Protocol

import numpy as np

from finops_commitments.figures.domain import EXACT
from finops_commitments.figures.records import Filters, HourlyRecords, condition
from finops_commitments.offers.domain import Kind, PaymentOption, Terms, UsageClass
from finops_commitments.offers.packing import Plan, name_of
from finops_commitments.portfolio.market import Floats, Offer
from finops_commitments.recommendations.demand import CLASS, Demand
from finops_commitments.simulation.azure_sizes import VIRTUAL_MACHINES, VirtualMachine
from finops_commitments.simulation.instances import EC2, Instance, instance_named, service_named
from finops_common.contracts.ingestion_offers import ReservationOffer

JUSTIFIED = 0.1
"""The part of a family's usage that a size must have to be the one that is bought."""

OPERATIONS = {
    "RunInstances": "Linux/UNIX",
    "RunInstances:0010": "Red Hat Enterprise Linux",
    "RunInstances:000g": "SUSE Linux",
    "RunInstances:0002": "Windows",
    "RunInstances:0006": "Windows with SQL Server Standard",
    "RunInstances:0202": "Windows with SQL Server Web",
    "RunInstances:0102": "Windows with SQL Server Enterprise",
}
"""EC2's operations by the platform they run; the operating system alone hides SQL Server."""
ENGINES = {
    "CreateDBInstance:0002": "mysql",
    "CreateDBInstance:0003": "oracle-se1(byol)",
    "CreateDBInstance:0004": "oracle-se(byol)",
    "CreateDBInstance:0005": "oracle-ee(byol)",
    "CreateDBInstance:0006": "oracle-se1(li)",
    "CreateDBInstance:0010": "sqlserver-ex(li)",
    "CreateDBInstance:0011": "sqlserver-web(li)",
    "CreateDBInstance:0012": "sqlserver-se(li)",
    "CreateDBInstance:0014": "postgresql",
    "CreateDBInstance:0015": "sqlserver-ee(li)",
    "CreateDBInstance:0016": "aurora-mysql",
    "CreateDBInstance:0018": "mariadb",
    "CreateDBInstance:0019": "oracle-se2(byol)",
    "CreateDBInstance:0020": "oracle-se2(li)",
    "CreateDBInstance:0021": "aurora-postgresql",
    "CreateDBInstance:0028": "db2-se(byol)",
    "CreateDBInstance:0029": "db2-ae(byol)",
}
"""RDS's operations by the engine, edition and licence they run, of which bills name the engine alone."""
_DEPLOYMENTS = {
    "Multi-AZCluster": "multi_az_cluster",
    "Multi-AZ": "multi_az",
    "IOOptimized": "io_optimized",
}
"""Words of RDS's usage types; the first that is in one tells."""
_SHARED = re.compile(r"(?:^|-)(?:BoxUsage|UnusedBox)(?::|$)")


class Column(NamedTuple):
    """One reservation on offer, and its rate as a part of the on-demand rate, [class]."""

    plan: Plan
    offer: Offer
    ratios: Floats


class Reservable(Protocol):
    """What reservations are matched by, whichever provider's."""

    @property
    def region(self) -> str | None: ...

    @property
    def family(self) -> str | None: ...

    @property
    def units(self) -> Decimal | None:
        """What an hour of it draws from a reservation that covers any size; None: it has none."""

    @property
    def regional_reach(self) -> Hashable:
        """Equal for all that one reservation could cover, whatever engine it runs."""

    @property
    def platform(self) -> str:
        """The operating system or engine; empty: reservations do not tell them apart."""

    @property
    def deployment(self) -> str:
        """`single_az`, or what takes more instances than one."""

    @property
    def is_cheaper_engine(self) -> bool:
        """A reservation of it covers no other engine of the same reach."""


def instances_of(records: HourlyRecords, filters: Filters) -> dict[UsageClass, Reservable]:
    """What each usage runs on, in the words reservations are matched by; all that one could cover."""
    where, values = condition(filters)
    rows = records.rows(
        f"""SELECT {CLASS}, any_value(instance_type), any_value(platform), any_value(tenancy)
        FROM records WHERE {where} AND reservable AND instance_type IS NOT NULL
        GROUP BY {CLASS} ORDER BY {CLASS}""",  # noqa: S608 -- own constants, values are bound
        values,
    )
    return {UsageClass(*row[:4]): _instance(*row) for row in rows}


def reservation_columns(
    demand: Demand,
    instances: Mapping[UsageClass, Reservable],
    offered: Sequence[ReservationOffer],
) -> Iterator[Column]:
    """A column for each reach of reservations that usage is in, and each of their terms.

    A reservation that covers every size of its family is bought in one size: the smallest on
    offer of those in which at least a tenth of the family's usage runs. A finer one would
    cover no more of it, at the same price for a normalised unit, and take more of the quota,
    which AWS counts in instances; a larger one would leave more of its last unit unused.

    Of what is listed twice, as Redshift's nodes for an exchange are, the cheaper counts.
    """
    offers: dict[Hashable, list[ReservationOffer]] = defaultdict(list)
    for each in offered:
        offers[_offered(each).regional_reach].append(each)
    usage: dict[Hashable, list[int]] = defaultdict(list)
    for at, known in enumerate(demand.classes):
        if known in instances and demand.rates[at]:
            usage[instances[known].regional_reach].append(at)
    found: dict[str, Column] = {}
    for reach, classes in usage.items():
        for engine, covered in _engines(offers[reach], demand, instances, classes):
            for each in _of_one_size(engine, _spent(demand, instances, covered)):
                column = _column(each, demand, instances, covered)
                name, unit = column.offer.name, column.offer.unit or 0
                if name not in found or unit < (found[name].offer.unit or 0):
                    found[name] = column
    yield from found.values()


def _engines(
    offers: Sequence[ReservationOffer],
    demand: Demand,
    instances: Mapping[UsageClass, Reservable],
    classes: Sequence[int],
) -> Iterator[tuple[list[ReservationOffer], list[int]]]:
    """The offers of each engine with the usage they cover, of one reach.

    A node of Valkey takes part in reservations of Redis, whose own then need not be there;
    those of Valkey cover no Redis.
    """
    by_engine: dict[str, list[ReservationOffer]] = defaultdict(list)
    for each in offers:
        by_engine[_offered(each).platform].append(each)
    runs: dict[str, list[int]] = defaultdict(list)
    for at in classes:
        runs[instances[demand.classes[at]].platform].append(at)
    for engine in sorted(by_engine.keys() & runs.keys() or by_engine.keys()):
        alone = _offered(by_engine[engine][0]).is_cheaper_engine
        if not alone or runs[engine]:
            yield by_engine[engine], runs[engine] if alone else list(classes)


class _Size(NamedTuple):
    """Normalised units, and which deployment has them: two instances count as one twice as large."""

    units: Decimal
    deployment: str


def _size(instance: Reservable) -> _Size:
    return _Size(_weight(instance), instance.deployment)


def _spent(
    demand: Demand, instances: Mapping[UsageClass, Reservable], at: Sequence[int]
) -> dict[_Size, float]:
    """What each size costs on demand."""
    spent: dict[_Size, float] = defaultdict(float)
    for each in at:
        spent[_size(instances[demand.classes[each]])] += float(demand.cost[each].sum())
    return spent


def _of_one_size(
    offers: Sequence[ReservationOffer], spent: Mapping[_Size, float]
) -> list[ReservationOffer]:
    sizes = {_size(_offered(each)) for each in offers}
    least = JUSTIFIED * sum(spent.values())
    units: dict[Decimal, float] = defaultdict(float)
    for size, cost in spent.items():
        units[size.units] += cost
    on_offer = {size.units for size in sizes}
    justified = on_offer & {each for each, cost in units.items() if cost >= least} or on_offer
    same = sorted(size for size in sizes if size.units == min(justified))
    bought = max(same, key=lambda size: spent.get(size, 0.0))
    return [each for each in offers if _size(_offered(each)) == bought]


def _column(
    reservation: ReservationOffer,
    demand: Demand,
    instances: Mapping[UsageClass, Reservable],
    at: Sequence[int],
) -> Column:
    terms = Terms(reservation.term_months // 12, PaymentOption(reservation.payment_option))
    prepaid = EXACT.divide(reservation.upfront, Decimal(terms.hours))
    hourly = EXACT.add(prepaid, reservation.recurring_hourly)
    of = _offered(reservation)
    ratios: Floats = np.full(len(demand.classes), np.inf)
    for each in at:
        rate, weight = demand.rates[each], _weight(instances[demand.classes[each]])
        if rate:
            ratios[each] = float(EXACT.divide(hourly * weight, rate * _weight(of)))
    kind = Kind.AZURE_RESERVATION if isinstance(of, VirtualMachine) else Kind.RESERVED_INSTANCE
    words = (reservation.instance_type, reservation.platform or None)
    plan = Plan(
        *(kind, reservation.region, of.family, *words),
        *(reservation.service, reservation.deployment),
    )
    offer = Offer(
        name_of(plan, terms), plan.kind, terms, unit=hourly, prepaid=EXACT.divide(prepaid, hourly)
    )
    return Column(plan, offer, ratios)


def _weight(instance: Reservable) -> Decimal:
    return instance.units or Decimal(1)


def _instance(
    service: str,
    usage_type: str,
    region: str | None,
    operation: str | None,
    instance_type: str,
    platform: str | None,
    tenancy: str | None,
) -> Reservable:
    if service == VIRTUAL_MACHINES:
        return VirtualMachine(region or "", instance_type)
    deployment = None
    if service_named(service) == EC2:
        platform = OPERATIONS.get(operation, operation) if operation else platform
        # A bill that names no tenancy still has it in the usage type.
        tenancy = tenancy or (None if _SHARED.search(usage_type) else "unknown")
    elif service_named(service) == "rds":
        platform = ENGINES.get(operation or "", platform)
        deployment = next((d for word, d in _DEPLOYMENTS.items() if word in usage_type), None)
    return instance_of(service, region or "", instance_type, platform, tenancy, deployment)


def instance_of(
    service: str,
    region: str,
    instance_type: str,
    platform: str | None,
    tenancy: str | None,
    deployment: str | None = None,
) -> Instance:
    """What a reservation of these words is for; OpenSearch's types end in what they are of."""
    family, _, size = re.sub(r"\.(?:elastic)?search$", "", instance_type).rpartition(".")
    return instance_named(
        *(service, region or None, None, family or None, size or None, platform or None),
        *(tenancy or None, deployment or "single_az"),
    )


def _offered(offer: ReservationOffer) -> Reservable:
    if offer.service == VIRTUAL_MACHINES:
        return VirtualMachine(offer.region, offer.instance_type)
    where = (offer.service, offer.region, offer.instance_type)
    return instance_of(*where, offer.platform, offer.tenancy, offer.deployment)
