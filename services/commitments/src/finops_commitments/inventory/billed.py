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
_BILLED = f"""
    SELECT commitment_id, min(provider), min(payer_account_id), min(owner), min(currency),
        max(commitment_type), max(commitment_category), max(commitment_unit),
        max(service) FILTER ({_FEE}), max(region) FILTER ({_FEE}), max(zone) FILTER ({_FEE}),
        max(family) FILTER ({_FEE}), max(instance_type) FILTER ({_FEE}),
        max(platform) FILTER ({_FEE}), max(tenancy) FILTER ({_FEE}),
        sum(billed_cost) FILTER ({_FEE} AND charge_span = 'term'),
        arg_max(commitment_quantity, hour) FILTER ({_FEE} AND charge_span = 'hour'),
        arg_max(billed_cost, hour) FILTER ({_FEE} AND charge_span = 'hour'),
        arg_max(commitment_quantity, hour) FILTER ({_FEE} AND charge_span = 'month'),
        arg_max(billed_cost, hour) FILTER ({_FEE} AND charge_span = 'month'),
        max(hour) FILTER ({_FEE} AND charge_span = 'month')
    FROM records WHERE commitment_id IS NOT NULL AND """  # noqa: S608 -- own constants


def commitments_in_bill(records: HourlyRecords, filters: Filters = ALL) -> list[Commitment]:
    """Every commitment the records name, by id, as far as a bill shows it."""
    where, parameters = condition(filters)
    rows = records.rows(f"{_BILLED} {where} GROUP BY commitment_id ORDER BY 1", parameters)
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
