"""Commitments as hourly records show them, and what each does on an average day."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from finops_commitments.figures.domain import EXACT, Group, Period, ratio
from finops_commitments.figures.measures import figures
from finops_commitments.figures.records import ALL, Filters, HourlyRecords, condition
from finops_commitments.inventory.domain import (
    BilledCommitment,
    Commitment,
    DailyUse,
    Scope,
    Uses,
    from_bill,
)

_FEE = "charge_category = 'Purchase'"

# Scope is read from fees alone: covered usage shows where a plan went, not how far it may go.
_FACTS = f"""
    SELECT commitment_id, min(provider), min(payer_account_id), min(owner), min(currency),
        max(commitment_type), max(commitment_category),
        CASE WHEN count(DISTINCT commitment_unit) FILTER ({_FEE}) > 1 THEN NULL
            ELSE coalesce(max(commitment_unit) FILTER ({_FEE}), max(commitment_unit)) END,
        max(service) FILTER ({_FEE}), max(region) FILTER ({_FEE}), max(zone) FILTER ({_FEE}),
        max(family) FILTER ({_FEE}), max(instance_type) FILTER ({_FEE}),
        max(platform) FILTER ({_FEE}), max(tenancy) FILTER ({_FEE})
    FROM chosen GROUP BY commitment_id"""  # noqa: S608 -- own constants

# Google bills the cores and the memory of one commitment, and Azure each account's use of one, on
# lines of their own: they are added up before one hour or day is taken for the amount. Days count
# where their cost is spread over them: the actual view of Azure shows use, and not what is left.
# Of a fee by Google's model of 2026 a credit takes back what usage pays in its stead: what falls
# due an hour is the whole fee, which is also what is committed.
_COST = "CASE WHEN charge_kind = 'commitment_fee' THEN commitment_quantity ELSE billed_cost END"
_SLOTS = f"""
    SELECT commitment_id, charge_span, hour, {_FEE} AS fee,
        sum(commitment_quantity) AS quantity, sum({_COST}) AS cost
    FROM chosen
    WHERE {_FEE} OR commitment_status IS NOT NULL AND charge_span = 'day' AND effective_cost <> 0
    GROUP BY ALL"""  # noqa: S608 -- own constants

# The middle day of several: one on which a commitment begins or usage is late shows less, one
# on which usage is told twice shows more.
_AMOUNTS = """
    SELECT commitment_id,
        sum(cost) FILTER (fee AND charge_span = 'term') AS upfront,
        arg_max(quantity, hour) FILTER (fee AND charge_span = 'hour') AS hourly_quantity,
        arg_max(cost, hour) FILTER (fee AND charge_span = 'hour') AS hourly_fee,
        arg_max(quantity, hour) FILTER (fee AND charge_span = 'month') AS monthly_quantity,
        arg_max(cost, hour) FILTER (fee AND charge_span = 'month') AS monthly_fee,
        list_sort(list(quantity) FILTER (NOT fee AND quantity IS NOT NULL))
            [count(quantity) FILTER (NOT fee) // 2 + 1] AS daily_quantity,
        max(hour) FILTER (fee AND charge_span = 'month') AS month
    FROM slots GROUP BY commitment_id"""


def commitments_in_bill(records: HourlyRecords, filters: Filters = ALL) -> list[Commitment]:
    """Every commitment the records name, by id, as far as a bill shows it."""
    where, parameters = condition(filters)
    rows = records.rows(
        f"""WITH chosen AS (SELECT * FROM records WHERE commitment_id IS NOT NULL AND {where}),
            facts AS ({_FACTS}), slots AS ({_SLOTS}), amounts AS ({_AMOUNTS})
        SELECT * FROM facts LEFT JOIN amounts USING (commitment_id) ORDER BY 1""",  # noqa: S608 -- own constants, values are bound
        parameters,
    )
    return [from_bill(_billed(row)) for row in rows]


def daily_uses(
    records: HourlyRecords, since: datetime, until: datetime, filters: Filters = ALL
) -> Uses:
    """What each commitment covered and cost on an average day that is known of [since, until)."""
    within = Filters(filters.currency, since, until, filters.groups)
    days = known_days(records, within)
    uses: dict[tuple[str, str], DailyUse] = {}
    for cell in figures(records, None, (Group.COMMITMENT, Group.PAYER), within):
        commitment, known = (
            cell.cell.group(Group.COMMITMENT),
            days.get(cell.cell.group(Group.PAYER)),
        )
        if commitment is not None and known is not None:
            cost = (cell.sums.used + cell.sums.unused).known
            covered = None if cell.covered is None else EXACT.divide(cell.covered, known)
            uses[cell.cell.currency, commitment] = DailyUse(covered, EXACT.divide(cost, known))
    return uses


def eligible_a_day(
    records: HourlyRecords, since: datetime, until: datetime
) -> dict[str, Decimal | None]:
    """Usage that commitments cover or could, on an average day that is known, by currency."""
    within = Filters(since=since, until=until)
    days = known_days(records, within)
    found: dict[str, Decimal | None] = {}
    for cell in figures(records, None, (Group.PAYER,), within):
        a_day = ratio(cell.on_demand_equivalent, days.get(cell.cell.group(Group.PAYER)))
        before = found.setdefault(cell.cell.currency, Decimal(0))
        whole = None if a_day is None or before is None else EXACT.add(before, a_day)
        found[cell.cell.currency] = whole
    return found


def known_days(records: HourlyRecords, within: Filters) -> dict[str | None, Decimal]:
    """How many days the bills tell of between the bounds, by payer, in whole days at the start.

    A customer whose first bill is younger has fewer, and so have bills that come late.
    """
    where, parameters = condition(within, Period.DAY)
    rows = records.rows(
        f"""SELECT payer_account_id, CAST(min(hour) AS DATE), CAST(max(hour) AS DATE)
        FROM records WHERE charge_category = 'Usage' AND {where} GROUP BY ALL""",  # noqa: S608 -- own constants, values are bound
        parameters,
    )
    return {payer: _days(first, last, within) for payer, first, last in rows}


def _days(first: date, last: date, within: Filters) -> Decimal:
    begins, ends = (datetime.combine(day, time(), UTC) for day in (first, last))
    since = max(begins, within.since or begins)
    until = min(ends + timedelta(days=1), within.until or datetime.max.replace(tzinfo=UTC))
    return EXACT.divide(Decimal((until - since) // timedelta(seconds=1)), Decimal(86400))


def _billed(row: tuple[Any, ...]) -> BilledCommitment:
    *facts, month = row
    since = None if month is None else month.replace(tzinfo=UTC)
    values = (*facts[:8], Scope(*facts[8:15]), *facts[15:], since)
    return BilledCommitment(*values)
