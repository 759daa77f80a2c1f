"""What is owned already: plans and reservations as capacity of the hours ahead, all else by its end.

Terms and ends come from the inventory; what an hour of a plan holds, and at which part of
the on-demand price it covers a usage, from the records.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from finops_commitments.agreement.rebuilt import NORMALIZED
from finops_commitments.figures.domain import EXACT
from finops_commitments.figures.owners import payer_name
from finops_commitments.figures.records import (
    COVERED_OPEN_TO_PLANS,
    Filters,
    HourlyRecords,
    condition,
)
from finops_commitments.inventory.domain import OVER, Commitment
from finops_commitments.inventory.domain import Kind as Capacity
from finops_commitments.offers.domain import Kind, PaymentOption, Terms, UsageClass
from finops_commitments.offers.packing import PLAN_KINDS, Plan
from finops_commitments.portfolio.market import Floats
from finops_commitments.recommendations.azure_owned import is_savings_plan, reserved_machine
from finops_commitments.recommendations.demand import CLASS
from finops_commitments.recommendations.reservations import Reservable, instance_of
from finops_commitments.simulation.instances import DEPLOYMENTS, Instance

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_A_MONTH = timedelta(days=32)
RECENT = timedelta(days=1)
"""What the last day known shows nothing of is over; what began in it may not be in the bill yet."""


class Pool(NamedTuple):
    """Owned plans of one reach and one set of terms, which cover usage as one."""

    plan: Plan
    terms: Terms


@dataclass(frozen=True, slots=True)
class Owned:
    """The commitments of one payer in one currency.

    `pools` are its Savings Plans and reservations, `ratios` the part of the on-demand price at
    which a pool of plans was seen to cover a class, `reaches` what a pool of reservations
    covers. `held` is what an hour of a commitment holds here: money of a plan, normalised units
    (or instances, where they do not flex) of a reservation. `ends` says from when on usage that
    a commitment covers is to be covered anew: at once for those of `pools`, whose capacity
    takes its place.
    """

    pools: Mapping[Pool, tuple[Commitment, ...]]
    ratios: Mapping[tuple[Pool, UsageClass], float]
    held: Mapping[str, Decimal]
    ends: Mapping[str, datetime]
    reaches: Mapping[Pool, Hashable] = field(default_factory=dict)

    def capacity(self, pool: Pool, until: datetime, hours: int) -> Floats:
        """What is committed in each of the hours after `until`, [hour]: as `held`.

        What other organizations used of a plan is not free here, so an hour holds what it
        held in the look-back, and the plan's whole amount only where it has not begun then.
        """
        found: Floats = np.zeros(hours)
        for each in self.pools[pool]:
            begins = _hour(each.starts_at, until, ROUND_CEILING, 0)
            ends = _hour(each.ends_at, until, ROUND_FLOOR, hours)
            begun = each.starts_at is not None and each.starts_at < until - RECENT
            whole = Decimal(0) if begun else each.hourly_amount or Decimal(0)
            found[begins:ends] += float(self.held.get(each.id, whole))
        return found

    def ending(self, until: datetime) -> list[tuple[int, str]]:
        """In which hour after `until` each commitment ends, and its id; soonest first."""
        plans = {e.id: e.ends_at for members in self.pools.values() for e in members}
        known = {**self.ends, **plans}
        later = {name: end for name, end in known.items() if end is not None and end > until}
        hours = {name: _hour(end, until, ROUND_FLOOR, 0) for name, end in later.items()}
        return sorted((hour, name) for name, hour in hours.items())


def owned_of(
    records: HourlyRecords,
    commitments: Sequence[Commitment],
    payer: str,
    filters: Filters,
    instances: Mapping[UsageClass, Reservable],
) -> Owned:
    """The payer's commitments in the currency and look-back of `filters`.

    A commitment whose end nobody told is over once a day of the bill has nothing of it.
    """
    seen = _seen(records, filters)
    pools: dict[Pool, list[Commitment]] = defaultdict(list)
    reserved: dict[Pool, Reservable] = {}
    held: dict[str, Decimal] = {}
    ends = {each: _LONG_AGO for each, facts in seen.items() if facts.is_over}
    for each in commitments:
        # Of Azure the list and the bill may spell a payer differently.
        is_theirs = payer_name(each.payer_account_id or "") == payer_name(payer)
        known = seen.get(each.id)
        # A plan of Azure may be committed in another currency than it is billed in.
        is_foreign = each.currency not in {filters.currency, None}
        if not is_theirs or (is_foreign and not (known and is_savings_plan(each))):
            continue
        pool, instance = _pool(each), _reserved(each, known, instances)
        # A state that is not known, as Redshift's while it exchanges nodes, may still cover.
        if each.state in OVER or (each.ends_at is None and known and known.is_over):
            ends[each.id] = _LONG_AGO
        elif pool is not None:
            pools[pool].append(each)
            ends[each.id] = _LONG_AGO
            if each.hourly_amount is not None and is_savings_plan(each) and not is_foreign:
                held[each.id] = each.hourly_amount
        elif instance is not None and each.quantity is not None:
            pool = _reservation_pool(each, instance)
            pools[pool].append(each)
            reserved[pool] = instance
            held[each.id] = _capacity(each.quantity, each.unit, instance)
            ends[each.id] = _LONG_AGO
        elif each.ends_at is not None:
            ends[each.id] = each.ends_at
    plans = {e.id: pool for pool, all_of in pools.items() for e in all_of if pool not in reserved}
    return Owned(
        pools={pool: tuple(members) for pool, members in pools.items()},
        ratios=_ratios(records, filters, plans),
        held=_held(records, filters, plans) | held,
        ends=ends,
        reaches={pool: reach_of(pool.plan, instance) for pool, instance in reserved.items()},
    )


def reach_of(plan: Plan, instance: Reservable) -> Hashable:
    """Equal for the instances that a reservation for this plan covers; one size where it names one."""
    if plan.instance_type is None or not isinstance(instance, Instance):
        return instance.regional_reach
    return (
        *(instance.service, instance.region, instance.family, instance.size),
        *(instance.platform, instance.tenancy, instance.deployment),
    )


class _Seen(NamedTuple):
    """What the bill shows of a commitment: the usage it covered, the latest first, and whether it is gone."""

    usages: tuple[UsageClass, ...]
    is_over: bool


def _seen(records: HourlyRecords, filters: Filters) -> dict[str, _Seen]:
    """Of every commitment that a line names; the fee of a month stands at its start."""
    since = None if filters.since is None else filters.since - _A_MONTH
    where, values = condition(replace(filters, since=since))
    covered = "charge_category = 'Usage' AND pricing_category = 'Committed'"
    rows = records.rows(
        f"""SELECT commitment_id, {covered} AS covered, {CLASS}, max(hour) AS latest,
            max(hour + CASE charge_span WHEN 'month' THEN INTERVAL 1 MONTH
                WHEN 'day' THEN INTERVAL 1 DAY ELSE INTERVAL 1 HOUR END)
        FROM records WHERE {where} AND commitment_id IS NOT NULL
        GROUP BY commitment_id, covered, {CLASS} ORDER BY commitment_id, latest DESC, {CLASS}""",  # noqa: S608 -- own constants, values are bound
        values,
    )
    recent = None if filters.until is None else filters.until - RECENT
    found = {}
    for each, lines in groupby(rows, key=itemgetter(0)):
        told = list(lines)
        usages = (UsageClass(*usage) for _, is_usage, *usage, _, _ in told if is_usage)
        end = max(line[-1] for line in told).replace(tzinfo=UTC)
        found[each] = _Seen(tuple(usages), recent is not None and end < recent)
    return found


def _reserved(
    commitment: Commitment, seen: _Seen | None, instances: Mapping[UsageClass, Reservable]
) -> Reservable | None:
    """What a reservation is for, as the inventory tells it, else as the bill shows it.

    None where that is not known, or is not all that it was seen to cover.
    """
    if commitment.kind is not Capacity.CAPACITY:
        return None
    usages = [instances.get(each) for each in seen.usages] if seen else []
    if commitment.provider == "AWS":
        told = _told(commitment, usages[0] if usages else None)
    else:
        told = _run(reserved_machine(commitment), instances)
    reach = told and told.regional_reach
    return told if all(each and each.regional_reach == reach for each in usages) else None


def _run(
    machine: Reservable | None, instances: Mapping[UsageClass, Reservable]
) -> Reservable | None:
    """The machine if the payer runs any of its reach."""
    runs = {each.regional_reach for each in instances.values()}
    return machine if machine is not None and machine.regional_reach in runs else None


def _told(commitment: Commitment, first: Reservable | None) -> Reservable | None:
    covered = first if isinstance(first, Instance) else None
    scope = commitment.scope
    service = (scope and scope.service) or _service_of(commitment.id)
    if scope is None or not (service and scope.region and scope.instance_type):
        told = covered
    else:
        told = instance_of(
            *(service, scope.region, scope.instance_type, scope.platform, scope.tenancy),
            scope.deployment,
        )
    if told is None or covered is None or covered.service != told.service:
        return told
    # A fee names neither the licence of a system or database nor its deployment, and lists and
    # bills have words of their own for them: what it covered tells.
    # Nothing is sold for storage without a charge for reads: usage there takes more of the others.
    single = covered.deployment == "io_optimized"
    covered_in = "single_az" if single else covered.deployment
    deployment = (scope and scope.deployment) or covered_in
    return replace(told, platform=covered.platform, deployment=deployment)


def _service_of(arn: str) -> str | None:
    """AWS's word for the service in a reservation's ARN, which lists tell without naming it."""
    return arn.split(":")[2] if arn.startswith("arn:") and arn.count(":") > 2 else None  # noqa: PLR2004 -- the third field


def _capacity(quantity: Decimal, unit: str | None, instance: Reservable) -> Decimal:
    """What an hour of a reservation holds; bills may count instances in units of their size."""
    instances = quantity
    if unit == NORMALIZED and isinstance(instance, Instance):
        of_size = (instance.factor or Decimal(1)) * DEPLOYMENTS[instance.deployment]
        instances = EXACT.divide(quantity, of_size)
    return EXACT.multiply(instances, instance.units or Decimal(1))


def _reservation_pool(commitment: Commitment, instance: Reservable) -> Pool:
    if not isinstance(instance, Instance):
        size = None if instance.units is not None else instance.family
        plan = Plan(Kind.AZURE_RESERVATION, instance.region, instance.family, size)
        return Pool(plan, _terms(commitment))
    zonal = commitment.scope is not None and commitment.scope.zone is not None
    fixed = zonal or instance.units is None
    plan = Plan(
        Kind.RESERVED_INSTANCE,
        instance.region,
        instance.family,
        f"{instance.family}.{instance.size}" if fixed else None,
        f"{instance.service} {instance.platform} {instance.tenancy}",
        deployment=None if instance.deployment == "single_az" else instance.deployment,
    )
    return Pool(plan, _terms(commitment))


def _terms(commitment: Commitment) -> Terms:
    # Terms that only the provider's list knows set no price here: what is owned is paid for.
    option = commitment.payment_option
    return Terms(
        commitment.term_years or 1,
        PaymentOption(option) if option in list(PaymentOption) else PaymentOption.NO_UPFRONT,
    )


def _pool(commitment: Commitment) -> Pool | None:
    if is_savings_plan(commitment):
        return Pool(Plan(Kind.AZURE_SAVINGS_PLAN), _terms(commitment))
    kind = PLAN_KINDS.get(commitment.type or "")
    if kind is None:
        return None
    terms = _terms(commitment)
    if kind is not Kind.EC2_INSTANCE_SAVINGS_PLAN:
        return Pool(Plan(kind), terms)
    scope = commitment.scope
    if scope is None or scope.region is None or scope.family is None:
        return None
    return Pool(Plan(kind, scope.region, scope.family), terms)


def _ratios(
    records: HourlyRecords, filters: Filters, of: Mapping[str, Pool]
) -> dict[tuple[Pool, UsageClass], float]:
    where, values = condition(filters)
    rows = records.rows(
        f"""SELECT commitment_id, sum(effective_cost), sum(list_cost), {CLASS}
        FROM records WHERE {where} AND {COVERED_OPEN_TO_PLANS} AND charge_span = 'hour'
            AND list_contains(CAST(? AS VARCHAR[]), commitment_id)
        GROUP BY commitment_id, {CLASS} HAVING sum(list_cost) > 0 ORDER BY ALL""",  # noqa: S608 -- own constants, values are bound
        [*values, list(of)],
    )
    paid: dict[tuple[Pool, UsageClass], Decimal] = defaultdict(Decimal)
    listed: dict[tuple[Pool, UsageClass], Decimal] = defaultdict(Decimal)
    for commitment_id, effective, list_cost, *usage in rows:
        key = of[commitment_id], UsageClass(*usage)
        paid[key] += effective
        listed[key] += list_cost
    return {key: float(EXACT.divide(paid[key], listed[key])) for key in paid if paid[key] > 0}


def _held(records: HourlyRecords, filters: Filters, of: Mapping[str, Pool]) -> dict[str, Decimal]:
    where, values = condition(filters)
    rows = records.rows(
        f"""SELECT commitment_id, sum(effective_cost), count(DISTINCT hour)
        FROM records WHERE {where} AND charge_category = 'Usage' AND charge_span = 'hour'
            AND commitment_status IS NOT NULL
            AND list_contains(CAST(? AS VARCHAR[]), commitment_id)
        GROUP BY commitment_id""",  # noqa: S608 -- own constants, values are bound
        [*values, list(of)],
    )
    return {each: EXACT.divide(held, Decimal(hours)) for each, held, hours in rows}


def _hour(instant: datetime | None, since: datetime, rounding: str, unknown: int) -> int:
    """Whole hours after `since`, at least none."""
    if instant is None:
        return unknown
    return max(int(Decimal((instant - since) / _HOUR).quantize(Decimal(1), rounding)), 0)
