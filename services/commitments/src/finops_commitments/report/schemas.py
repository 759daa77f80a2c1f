"""The report's wire form: plain dictionaries with exact decimals as text."""

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from finops_commitments.figures.domain import FORMULA_VERSION, Figures, Group
from finops_common.money import plain

PERCENT_STEP = Decimal("1e-8")
"""Percentages are rounded half to even to eight places, here and nowhere before."""

TOTALS = (
    "on_demand_cost",
    "on_demand_equivalent",
    "amortised_cost",
    "coverage_percent",
    "savings_plan_coverage_percent",
    "net_savings",
    "effective_savings_rate_percent",
    "reserved_instance_coverage_percent",
    "utilization_percent",
    "used",
    "unused",
    "on_demand_charged",
    "covered_own",
    "covered_shared",
    "covered_owner_unknown",
    "coverage_opsnow_percent",
    "commitment_to_eligible_percent",
    "over_committed",
    "negotiated_savings",
    "commitment_savings",
)
COUNTS = ("lines", "lines_without_price")

COMMITMENT = {
    "total": "total",
    "used": "used",
    "unused": "unused",
    "utilization_percent": "utilization_percent",
    # Of a commitment it is what it covers; usage that none covered belongs to no commitment.
    "on_demand_equivalent": "covered",
    "net_savings": "net_savings",
}


def report_body(
    currency: str,
    commitments: Sequence[Figures],
    totals: Figures,
    rows: Sequence[Figures] | None,
    notes: Sequence[str],
) -> dict[str, Any]:
    """The whole report; `rows` is left out when no breakdown was asked for."""
    body: dict[str, Any] = {
        "formula_version": FORMULA_VERSION,
        "currency": currency,
        "commitments": [_commitment(each) for each in commitments],
        "totals": _totals(totals),
    }
    if rows is not None:
        body["rows"] = [_row(each) for each in rows]
    return body | {"notes": list(notes)}


def instant(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with a Z."""
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def _commitment(figures: Figures) -> dict[str, Any]:
    values = {name: _value(figures, source) for name, source in COMMITMENT.items()}
    return {
        "id": figures.cell.group(Group.COMMITMENT),
        **values,
        "lines_without_price": figures.lines_without_price,
    }


def _totals(figures: Figures) -> dict[str, Any]:
    values = {name: _value(figures, name) for name in TOTALS}
    return values | {name: getattr(figures, name) for name in COUNTS}


def _row(figures: Figures) -> dict[str, Any]:
    group = figures.cell.groups[0][1] if figures.cell.groups else None
    place = {"period_start": instant(figures.cell.period_start), "group": group}
    return place | _totals(figures)


def _value(figures: Figures, name: str) -> str | bool | None:
    value: Decimal | bool | None = getattr(figures, name)
    if value is None or isinstance(value, bool):
        return value
    if name.endswith("_percent"):
        # Adding zero turns a rounded "-0" into "0".
        value = value.quantize(PERCENT_STEP, ROUND_HALF_EVEN) + 0
    return plain(value)
