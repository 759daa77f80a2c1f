"""A billed month simulated again, and where the two differ (COM-12)."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal

import numpy as np

from finops_commitments.agreement.rebuilt import (
    NO_STARTS,
    BilledMonth,
    Payer,
    Starts,
    billed_month,
    payers,
)
from finops_commitments.figures.records import COVERED, HourlyRecords
from finops_commitments.recommendations.domain import Floats
from finops_commitments.simulation.aws import PayerFamily
from finops_commitments.simulation.aws_order import order_of
from finops_commitments.simulation.inference import INDISTINCT, Inferred, infer_orders

_OF_OTHERS = f"""
    SELECT payer_account_id, currency, provider, bool_and(charge_span <> 'hour')
    FROM records WHERE provider <> 'AWS' AND billing_period = ? AND {COVERED}
    GROUP BY ALL ORDER BY ALL"""  # noqa: S608 -- own constants
MOST_CAUSES = 5
MOST_SHARES = 20_000_000
"""Numbers that may be held to infer the orders AWS leaves open."""
SOME_HOURS = 48
MOST_ZONAL = 20


@dataclass(frozen=True, slots=True)
class Compared:
    """Money of the month, and the sum of all hours' differences, none set off by another."""

    billed: float
    simulated: float
    apart: float

    @property
    def percent(self) -> float:
        """How far apart the hours are, in percent of what was billed."""
        if self.billed:
            return 100 * self.apart / self.billed
        return 100.0 if self.apart else 0.0


@dataclass(frozen=True, slots=True)
class Cause:
    """A commitment, or usage of an account, whose hours differ."""

    kind: Literal["commitment", "usage"]
    name: str
    account: str
    compared: Compared


@dataclass(frozen=True, slots=True)
class Agreement:
    """How the simulated month compares with the billed one; `causes` the largest first."""

    used_commitment: Compared
    on_demand: Compared
    causes: tuple[Cause, ...]
    inferred: Inferred


class Reason(StrEnum):
    """Why a bill cannot be simulated from what it tells.

    DAILY_LINES: commitments apply by the hour, and the bill tells days: which hours had more
    usage than commitment stands nowhere. COMMITMENT_NOT_NAMED: credits and consumption models
    do not say which commitment covered a line.
    """

    DAILY_LINES = "daily_lines"
    COMMITMENT_NOT_NAMED = "commitment_not_named"


@dataclass(frozen=True, slots=True)
class NotComparable:
    """A payer whose commitments covered something in the month, and why that is not compared."""

    payer: Payer
    provider: str
    reason: Reason


def not_comparable(records: HourlyRecords, month: datetime) -> list[NotComparable]:
    """By payer and currency, those of other clouds: only AWS tells the hours and commitments."""
    found = records.rows(_OF_OTHERS, [month.date()])
    return [
        NotComparable(
            Payer(account, currency),
            provider,
            Reason.DAILY_LINES if daily else Reason.COMMITMENT_NOT_NAMED,
        )
        for account, currency, provider, daily in found
    ]


def agreements(
    records: HourlyRecords, month: datetime, starts: Starts = NO_STARTS
) -> dict[Payer, Agreement]:
    """By payer and currency, of those whose commitments covered something in the month."""
    months = {each: billed_month(records, each, month, starts) for each in payers(records)}
    return {payer: agreement(each) for payer, each in months.items() if each is not None}


def agreement(month: BilledMonth) -> Agreement:
    """Simulate the month under the orders its bill shows, and compare hour by hour."""
    family, inferred = _inferred(month)
    filled = order_of(family).apply(month.usage, month.held)
    prices = np.array([[float(each.on_demand_rate or 0)] for each in family.lines])
    used, on_demand = filled.used * month.worth, filled.left * prices
    causes = [*_commitments(month, used), *_usage(month, on_demand)]
    causes.sort(key=lambda each: each.compared.apart, reverse=True)
    return Agreement(
        _compared(month.used.sum(axis=0), used.sum(axis=0)),
        _compared(month.on_demand.sum(axis=0), on_demand.sum(axis=0)),
        tuple(each for each in causes[:MOST_CAUSES] if each.compared.apart > _CENT),
        inferred,
    )


_CENT = 0.005


def _inferred(month: BilledMonth) -> tuple[PayerFamily, Inferred]:
    """The open orders, and which reservations are zonal, as they explain the bill best.

    From the hours in which commitments covered the most: a few tell as much as a month.
    """
    of, line, at, quantity = month.covered
    cells = len(month.held) * len(month.usage)
    count = max(1, min(SOME_HOURS, MOST_SHARES // cells))
    busiest = np.sort(np.argsort(month.used.sum(axis=0))[-count:])
    billed = np.zeros((len(month.held), len(month.usage), len(busiest)))
    place = np.searchsorted(busiest, at).clip(max=len(busiest) - 1)
    among = busiest[place] == at
    np.add.at(billed, (of[among], line[among], place[among]), quantity[among])

    def fitted(family: PayerFamily) -> Inferred:
        return infer_orders(family, month.usage[:, busiest], month.held[:, busiest], billed)

    family = month.family
    best = fitted(family)
    for position, zone in [*month.zones.items()][:MOST_ZONAL]:
        zonal = _zonal(family, position, zone)
        found = fitted(zonal)
        if found.fits[0].misplaced < best.fits[0].misplaced - INDISTINCT:
            family, best = zonal, found
    return replace(family, orders=best.fits[0].orders), best


def _zonal(family: PayerFamily, position: int, zone: str) -> PayerFamily:
    reserved = [*family.reserved]
    instance = replace(reserved[position].instance, zone=zone)
    reserved[position] = replace(reserved[position], instance=instance)
    return replace(family, reserved=reserved)


def _commitments(month: BilledMonth, used: Floats) -> Iterator[Cause]:
    held = [(each.id, each.account) for each in month.family.reserved]
    held += [(each.id, each.account) for each in month.family.plans]
    for (name, account), billed, simulated in zip(held, month.used, used, strict=True):
        yield Cause("commitment", name, account, _compared(billed, simulated))


def _usage(month: BilledMonth, on_demand: Floats) -> Iterator[Cause]:
    alike: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, each in enumerate(month.family.lines):
        alike[each.label, each.account].append(at)
    for (label, account), lines in alike.items():
        compared = _compared(month.on_demand[lines].sum(axis=0), on_demand[lines].sum(axis=0))
        yield Cause("usage", label, account, compared)


def _compared(billed: Floats, simulated: Floats) -> Compared:
    apart = np.abs(billed - simulated).sum()
    return Compared(float(billed.sum()), float(simulated.sum()), float(apart))
