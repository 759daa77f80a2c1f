"""Commitments as hourly records show them, and what each does on an average day."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from finops_commitments.figures.domain import EXACT, Group
from finops_commitments.figures.measures import commitment_figures
from finops_commitments.figures.records import ALL, Filters, HourlyRecords, condition
from finops_commitments.inventory.domain import (
    BilledCommitment,
    Commitment,
    DailyUse,
    Scope,
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
_SLOTS = f"""
    SELECT commitment_id, charge_span, hour, {_FEE} AS fee,
        sum(commitment_quantity) AS quantity, sum(billed_cost) AS cost
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
) -> dict[str, DailyUse]:
    """What each commitment covered and cost on an average day of [since, until)."""
    within = Filters(filters.currency, since, until, filters.groups)
    days = EXACT.divide(Decimal((until - since) // timedelta(hours=1)), Decimal(24))
    uses = {}
    for cell in commitment_figures(records, filters=within):
        cost = (cell.sums.used + cell.sums.unused).known
        covered = None if cell.covered is None else EXACT.divide(cell.covered, days)
        uses[str(cell.cell.group(Group.COMMITMENT))] = DailyUse(covered, EXACT.divide(cost, days))
    return uses


def _billed(row: tuple[Any, ...]) -> BilledCommitment:
    *facts, month = row
    since = None if month is None else month.replace(tzinfo=UTC)
    values = (*facts[:8], Scope(*facts[8:15]), *facts[15:], since)
    return BilledCommitment(*values)
