"""The answer for people: its wire form as tables with rounded, aligned numbers."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from finops_commitments.report.table import Heading, table

_SHOWN = "{:,.4f}"

_USAGE = {
    "covered_by_reserved_instances": "reserved",
    "covered_by_savings_plans": "savings plans",
    "on_demand": "on demand",
    "on_demand_cost": "on-demand cost",
}
_HELD = {"used": "used", "unused": "unused"}


def answer_text(answer: Mapping[str, Any]) -> str:
    """Usage, commitments and totals; what a missing price leaves open says so."""
    parts = [_table("usage", "label", answer["usage"], _USAGE)]
    if answer["reserved_instances"]:
        held = answer["reserved_instances"]
        parts.append(_table("reserved instances (hours)", "id", held, _HELD))
    if answer["savings_plans"]:
        parts.append(_table("savings plans (money)", "id", answer["savings_plans"], _HELD))
    totals = [[name.replace("_", " "), _shown(value)] for name, value in answer["totals"].items()]
    parts.append(table([Heading("totals"), Heading("value", number=True)], totals))
    return "\n\n".join(parts)


def _table(
    title: str, name: str, rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]
) -> str:
    headings = [Heading(title), *(Heading(text, number=True) for text in columns.values())]
    lines = [
        [row[name] or f"[{at}]", *(_shown(row[column]) for column in columns)]
        for at, row in enumerate(rows)
    ]
    return table(headings, lines)


def _shown(value: str | None) -> str:
    return "unknown" if value is None else _SHOWN.format(Decimal(value))
