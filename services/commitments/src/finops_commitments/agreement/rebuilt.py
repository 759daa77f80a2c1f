"""From a payer's billed month back to usage, commitments and prices, as the simulator takes them.

All of it is what the bill says: rates are those it charged, so usage that no plan covered in
the month has none. A bill does not tell zonal reservations from regional ones: they stand as
regional, with the zone that they could be for. Nor does it tell when what was held before the
month began, unless the provider's lists do. Lines longer than an hour are left out.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

from finops_commitments.figures.owners import owner_of
from finops_commitments.figures.records import COVERED, ON_DEMAND, HourlyRecords, in_utc
from finops_commitments.figures.sharing import ELSEWHERE
from finops_commitments.portfolio.market import Indexes
from finops_commitments.recommendations.domain import Floats
from finops_commitments.simulation.aws import (
    LONG_AGO,
    PayerFamily,
    PlanType,
    ReservedInstance,
    SavingsPlan,
    UsageLine,
)
from finops_commitments.simulation.instances import Instance, instance_named

_BILLED = """provider = 'AWS' AND payer_account_id = ? AND currency = ?
    AND billing_period = CAST(? AS DATE) AND hour >= billing_period AND hour < ?"""
_AT = "date_diff('hour', CAST(? AS TIMESTAMP), hour) AS at"
_TEXTS = ", ".join(
    f"coalesce({name}, '') AS {name}"
    for name in (
        *("account_id", "service", "region", "zone", "usage_type", "operation"),
        *("instance_type", "platform", "tenancy"),
    )
)
_USED = f"""
    SELECT {_TEXTS}, coalesce(commitment_id, '') AS commitment, {_AT},
        CAST(sum(usage_quantity) AS DOUBLE) AS quantity,
        CAST(sum(effective_cost) AS DOUBLE) AS cost,
        CAST(coalesce(sum(list_cost), 0) AS DOUBLE) AS list_cost
    FROM records WHERE {_BILLED} AND ({COVERED} OR {ON_DEMAND}) AND charge_span = 'hour'
    GROUP BY ALL HAVING sum(usage_quantity) > 0 ORDER BY ALL"""  # noqa: S608 -- own constants
_PLAN_HOURS = f"""
    SELECT commitment_id AS commitment, {_AT}, CAST(sum(effective_cost) AS DOUBLE) AS cost
    FROM records WHERE {_BILLED} AND charge_category = 'Usage' AND charge_span = 'hour'
        AND commitment_category = 'Spend'
    GROUP BY ALL"""  # noqa: S608 -- own constants
_BOUGHT = "charge_category = 'Purchase' AND charge_span <> 'term'"
# Reservations first. Without a fee line, what was used and what was not is what was bought.
_HELD = f"""
    SELECT commitment_id, commitment_category,
        CASE commitment_category WHEN 'Spend' THEN any_value(commitment_type)
            ELSE any_value(commitment_unit) END,
        coalesce(any_value(usage_type) FILTER ({_BOUGHT}), ''), min(hour) FILTER ({_BOUGHT}),
        min(hour) FILTER (charge_span = 'hour'),
        coalesce(sum(commitment_quantity) FILTER ({_BOUGHT}),
            sum(commitment_quantity) FILTER (charge_category = 'Usage'), 0) AS quantity,
        coalesce(sum(effective_cost) FILTER (charge_category = 'Usage'), 0)
    FROM records WHERE {_BILLED} AND commitment_category IN ('Usage', 'Spend')
    GROUP BY commitment_id, commitment_category HAVING commitment_category = 'Spend' OR quantity > 0
    ORDER BY commitment_category DESC, commitment_id"""  # noqa: S608 -- own constants
_FIRST = f"SELECT min(hour) FROM records WHERE {_BILLED} AND charge_category = 'Usage'"  # noqa: S608 -- own constants
NORMALIZED = "Normalized Hours"
Sku = tuple[str, str, str, str]
_RATE_STEP = Decimal("1e-9")
_PLAN_TYPES = {
    "ComputeSavingsPlans": PlanType.COMPUTE,
    "EC2InstanceSavingsPlans": PlanType.EC2_INSTANCE,
    "SageMakerSavingsPlans": PlanType.SAGEMAKER,
    "DatabaseSavingsPlans": PlanType.DATABASE,
}


Starts = Mapping[str, datetime]
"""When commitments began, by id, as the provider lists them."""
NO_STARTS: Starts = {}


class Payer(NamedTuple):
    """What one order of commitments is about: a payer family, in one currency."""

    account_id: str
    currency: str


class Line(NamedTuple):
    """What a usage line of the bill is told by; empty where the bill says nothing."""

    account_id: str
    service: str
    region: str
    zone: str
    usage_type: str
    operation: str
    instance_type: str
    platform: str
    tenancy: str

    @property
    def instance(self) -> Instance:
        family, _, size = self.instance_type.rpartition(".")
        return instance_named(
            *(self.service, self.region or None, self.zone or None),
            *(family or None, size or None, self.platform or None, self.tenancy or None),
            deployment="multi_az" if "Multi-AZ" in self.usage_type else "single_az",
        )

    @property
    def label(self) -> str:
        return " ".join(filter(None, (self.service, self.usage_type, self.operation)))

    @property
    def sku(self) -> Sku:
        return self.service, self.region, self.usage_type, self.operation


@dataclass(frozen=True, eq=False)
class BilledMonth:
    """A month as it was billed, beside what the simulator needs to bill it again.

    Args:
        family: its lines and commitments, in the order of the arrays.
        usage: [line, hour], in the lines' units.
        held: [commitment, hour]: reserved instances, then money of plans.
        covered: commitment, line and hour as indexes, and the quantity under it.
        worth: [commitment, 1], money that one unit of `held` costs.
        used: [commitment, hour], money of the commitment that usage took.
        on_demand: [line, hour], at public price.
        zones: by the position of a reservation, the only zone and size in which it covered.
    """

    family: PayerFamily
    usage: Floats
    held: Floats
    covered: tuple[Indexes, Indexes, Indexes, Floats]
    worth: Floats
    used: Floats
    on_demand: Floats
    zones: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class _Held:
    """A commitment of the bill; `quantity` as bought, and what the month of it cost."""

    id: str
    category: str
    type: str
    meter: str
    fee_from: datetime | None
    told_from: datetime | None
    quantity: Decimal
    cost: Decimal

    @property
    def account(self) -> str:
        return owner_of(self.id) or ""

    @property
    def card(self) -> str:
        """Plans of one type and meter have one rate for each usage."""
        _, colon, term = self.meter.partition(":")
        return f"{self.type}:{term}" if colon else self.id


def payers(records: HourlyRecords) -> list[Payer]:
    """The payers and currencies of the records, in order."""
    found = records.rows("SELECT DISTINCT payer_account_id, currency FROM records ORDER BY ALL")
    return [Payer(*row) for row in found]


def billed_month(
    records: HourlyRecords, payer: Payer, month: datetime, starts: Starts = NO_STARTS
) -> BilledMonth | None:
    """The month that begins at `month` (UTC); None where no commitment covered anything."""
    until = (month + timedelta(days=32)).replace(day=1)
    hours = int((until - month) / timedelta(hours=1))
    parameters = [month.replace(tzinfo=None), *payer, month.date(), until.replace(tzinfo=None)]
    held = _commitments(records, parameters[1:])
    rows, of = _rows(records, parameters, held)
    under = of >= 0
    if not under.any():
        return None
    lines, line = _indexed(rows)
    by_line, by_commitment = (len(lines), hours), (len(held), hours)
    usage = _summed(by_line, (line, rows["at"]), rows["quantity"])
    listed = _summed(by_line, (line, rows["at"]), rows["list_cost"])
    on_demand = _summed(by_line, (line[~under], rows["at"][~under]), rows["list_cost"][~under])
    used = _summed(by_commitment, (of[under], rows["at"][under]), rows["cost"][under])
    covered = (of[under], line[under], rows["at"][under], rows["quantity"][under])
    first = dict(zip(of[::-1].tolist(), (lines[at] for at in line[::-1]), strict=True))
    ages = _ages(held, starts, _first_hour(records, parameters[1:]))
    told = [_reserved_like(each, first.get(at)) for at, each in enumerate(held)]
    rates = _rates(held, lines, covered, rows["cost"][under])
    prices = listed.sum(axis=1) / usage.sum(axis=1)
    family = PayerFamily(
        [_usage_line(each, price, rates) for each, price in zip(lines, prices, strict=True)],
        [
            ReservedInstance(each.id, each.account, instance, ages.get(each.id, LONG_AGO))
            for each, instance in zip(held, told, strict=True)
            if each.category == "Usage"
        ],
        [
            replace(_plan(each, first.get(at)), starts_at=ages.get(each.id, LONG_AGO))
            for at, each in enumerate(held)
            if each.category == "Spend"
        ],
    )
    offered = _plan_hours(records, parameters, held, hours)
    worth = np.ones((len(held), 1))
    for at, instance in enumerate(told[: len(family.reserved)]):
        since, count = _reserved_count(held[at], instance, month, hours)
        offered[at, since:] = count
        worth[at] = float(held[at].cost) / (count * (hours - since))
    zones = _zones(family, of[under], line[under])
    return BilledMonth(family, usage, offered, covered, worth, used, on_demand, zones)


def _rows(
    records: HourlyRecords, parameters: Sequence[Any], held: Sequence[_Held]
) -> tuple[dict[str, Any], Indexes]:
    """Usage, and the position of what covered it, -1 on demand.

    What is under a reservation whose capacity the bill does not tell is left out.
    """
    rows = records.columns(_USED, parameters)
    names = {"": -1} | {each.id: at for at, each in enumerate(held)}
    known = np.array([each in names for each in rows["commitment"]], bool)
    told = {name: column[known] for name, column in rows.items()}
    return told, np.array([names[each] for each in told["commitment"]], np.intp)


def _first_hour(records: HourlyRecords, parameters: Sequence[Any]) -> datetime | None:
    ((first,),) = records.rows(_FIRST, parameters)
    return in_utc(first)


def _ages(held: Sequence[_Held], starts: Starts, first: datetime | None) -> dict[str, datetime]:
    """When each began: listed of all, or else of those that the bill shows to begin in the month.

    Lists that lack some are no help: nobody knows where among the others these belong.
    """
    if all(each.id in starts for each in held):
        return {each.id: starts[each.id] for each in held}
    shown = {
        each.id: each.fee_from if each.category == "Usage" else each.told_from for each in held
    }
    return {name: began for name, began in shown.items() if began and first and began > first}


def _summed(shape: tuple[int, int], at: tuple[Indexes, Indexes], values: Floats) -> Floats:
    sums = np.zeros(shape)
    np.add.at(sums, at, values)
    return sums


def _plan_hours(
    records: HourlyRecords, parameters: Sequence[Any], held: Sequence[_Held], hours: int
) -> Floats:
    """Money that each plan offers in each hour: what was used of it, and what was not."""
    plans = records.columns(_PLAN_HOURS, parameters)
    names = {each.id: at for at, each in enumerate(held)}
    known = np.array([each in names for each in plans["commitment"]], bool)
    of = np.array([names[each] for each in plans["commitment"][known]], np.intp)
    return _summed((len(held), hours), (of, plans["at"][known]), plans["cost"][known])


def _reserved_count(
    held: _Held, instance: Instance, month: datetime, hours: int
) -> tuple[int, float]:
    """From which hour of the month on how many instances are reserved."""
    since = int(((held.fee_from or month) - month) / timedelta(hours=1))
    units = (instance.factor or 1) if held.type == NORMALIZED else 1
    return since, float(held.quantity / units) / (hours - since)


def _usage_line(line: Line, price: float, rates: Mapping[Sku, Mapping[str, Decimal]]) -> UsageLine:
    on_demand = _money(price)
    # Without a public price nobody can say what a plan saves on it.
    offered = rates.get(line.sku, {}) if on_demand else {}
    return UsageLine(line.account_id, line.label, line.instance, on_demand, offered)


def _commitments(records: HourlyRecords, parameters: Sequence[Any]) -> list[_Held]:
    return [
        _Held(
            *(identity, category, kind or "", meter, in_utc(fee_from), in_utc(told_from)),
            *(quantity, cost),
        )
        for identity, category, kind, meter, fee_from, told_from, quantity, cost in records.rows(
            _HELD, parameters
        )
        # Others' commitments share one name here: what they covered is left out, as it is billed.
        if identity != ELSEWHERE
    ]


def _rates(
    held: Sequence[_Held],
    lines: Sequence[Line],
    covered: tuple[Indexes, Indexes, Indexes, Floats],
    cost: Floats,
) -> dict[Sku, dict[str, Decimal]]:
    """What each card charged for each SKU, money per unit."""
    of, line, _, quantity = covered
    sums: dict[tuple[Sku, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for at, where, units, money in zip(of, line, quantity, cost, strict=True):
        if held[at].category == "Spend":
            added = sums[lines[where].sku, held[at].card]
            added[0] += money
            added[1] += units
    rates: dict[Sku, dict[str, Decimal]] = defaultdict(dict)
    for (sku, card), (money, units) in sums.items():
        if rate := _money(money / units):
            rates[sku][card] = rate
    return rates


def _zones(family: PayerFamily, of: Indexes, line: Indexes) -> dict[int, str]:
    places: dict[int, set[tuple[str | None, str | None]]] = defaultdict(set)
    for at, where in zip(of.tolist(), line.tolist(), strict=True):
        instance = family.lines[where].instance
        places[at].add((instance.zone, instance.size))
    zones = {}
    for at, reserved in enumerate(family.reserved):
        if len(places[at]) == 1:
            ((zone, size),) = places[at]
            if zone and size == reserved.instance.size:
                zones[at] = zone
    return zones


def _plan(held: _Held, covered: Line | None) -> SavingsPlan:
    kind = _PLAN_TYPES.get(held.type, PlanType.COMPUTE)
    alone = covered is not None and kind is PlanType.EC2_INSTANCE
    instance = covered.instance if alone and covered else Instance()
    return SavingsPlan(held.id, held.account, kind, held.card, instance.region, instance.family)


def _reserved_like(held: _Held, covered: Line | None) -> Instance:
    """What a reservation is for: usage it covered, in the size its meter names."""
    if covered is None:
        return Instance(service="", family=held.id)
    family, _, size = held.meter.rpartition(":")[2].rpartition(".")
    like = replace(covered.instance, zone=None)
    return replace(like, size=size) if family.endswith(like.family or "") and size else like


def _money(value: float) -> Decimal | None:
    """Rounded to what bills are exact to, so that the same rate is the same number."""
    rounded = Decimal(value).quantize(_RATE_STEP)
    return rounded if rounded > 0 else None


def _indexed(rows: Mapping[str, Sequence[Any]]) -> tuple[list[Line], Indexes]:
    """The distinct lines of the rows, and each row's place among them."""
    lines: dict[Line, int] = {}
    columns = (rows[name] for name in Line._fields)
    at = [lines.setdefault(Line(*row), len(lines)) for row in zip(*columns, strict=True)]
    return list(lines), np.array(at, np.intp)
