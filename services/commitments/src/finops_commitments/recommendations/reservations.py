"""Reservations on offer as columns of a market: which usage each covers, at which part of its price.

Sizes and what a reservation reaches are the simulator's (`simulation/instances.py`).
"""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple, Protocol

import numpy as np

from finops_commitments.agreement.rebuilt import Line
from finops_commitments.figures.domain import EXACT
from finops_commitments.figures.records import Filters, HourlyRecords, condition
from finops_commitments.offers.packing import Plan, name_of
from finops_commitments.portfolio.market import Floats, Kind, Offer
from finops_commitments.recommendations.demand import CLASS, Demand
from finops_commitments.recommendations.offers import PaymentOption, Terms, UsageClass
from finops_commitments.simulation.azure_sizes import VIRTUAL_MACHINES, VirtualMachine
from finops_commitments.simulation.instances import EC2, Instance, service_named
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
_SHARED = re.compile(r"(?:^|-)(?:BoxUsage|UnusedBox)(?::|$)")


class Column(NamedTuple):
    """One reservation on offer, and its rate as a part of the on-demand rate, [class]."""

    plan: Plan
    offer: Offer
    ratios: Floats


class Reservable(Protocol):
    """What reservations are matched by, whichever provider's."""

    @property
    def family(self) -> str | None: ...

    @property
    def units(self) -> Decimal | None:
        """What an hour of it draws from a reservation that covers any size; None: it has none."""

    @property
    def regional_reach(self) -> Hashable:
        """Equal for all that one reservation could cover."""


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
    """
    offers: dict[Hashable, list[ReservationOffer]] = defaultdict(list)
    for each in offered:
        offers[_offered(each).regional_reach].append(each)
    usage: dict[Hashable, list[int]] = defaultdict(list)
    for at, known in enumerate(demand.classes):
        if known in instances and demand.rates[at]:
            usage[instances[known].regional_reach].append(at)
    for reach, classes in usage.items():
        for each in _of_one_size(offers[reach], _spent(demand, instances, classes)):
            yield _column(each, demand, instances, classes)


def _spent(
    demand: Demand, instances: Mapping[UsageClass, Reservable], at: Sequence[int]
) -> dict[Decimal, float]:
    """What each size costs on demand, by its normalised units."""
    spent: dict[Decimal, float] = defaultdict(float)
    for each in at:
        spent[_weight(instances[demand.classes[each]])] += float(demand.cost[each].sum())
    return spent


def _of_one_size(
    offers: Sequence[ReservationOffer], spent: Mapping[Decimal, float]
) -> list[ReservationOffer]:
    sizes = {_weight(_offered(each)) for each in offers}
    least = JUSTIFIED * sum(spent.values())
    justified = sizes & {size for size, cost in spent.items() if cost >= least} or sizes
    return [each for each in offers if _weight(_offered(each)) == min(justified)]


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
    plan = Plan(kind, reservation.region, of.family, *words)
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
    if service_named(service) == EC2:
        platform = OPERATIONS.get(operation, operation) if operation else platform
        # A bill that names no tenancy still has it in the usage type.
        tenancy = tenancy or (None if _SHARED.search(usage_type) else "unknown")
    return Line(
        *("", service, region or "", "", usage_type, operation or ""),
        *(instance_type, platform or "", tenancy or ""),
    ).instance


def instance_of(
    service: str, region: str, instance_type: str, platform: str | None, tenancy: str | None
) -> Instance:
    """What a reservation of these words is for."""
    words = (instance_type, platform or "", tenancy or "")
    return Line("", service, region, "", "", "", *words).instance


def _offered(offer: ReservationOffer) -> Reservable:
    if offer.service == VIRTUAL_MACHINES:
        return VirtualMachine(offer.region, offer.instance_type)
    where = (offer.service, offer.region, offer.instance_type)
    return instance_of(*where, offer.platform, offer.tenancy)
