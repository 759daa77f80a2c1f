"""The answer for people: its wire form as tables with rounded, aligned numbers."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from finops_commitments.report.table import Heading, table

_SHOWN = "{:,.4f}"

_HELD = {"used": "used", "unused": "unused"}
_UNITS = {"reserved_instances": "hours", "reservations": "hours", "resource_commitments": "amounts"}
_IN_SHORT = {"reserved_instances": "reserved", "reservations": "reserved"}


def answer_text(answer: Mapping[str, Any]) -> str:
    """Usage, commitments and totals; what a missing price leaves open says so."""
    kinds = [name for name in answer if name not in ("usage", "totals")]
    covered = {f"covered_by_{kind}": _IN_SHORT.get(kind, _spoken(kind)) for kind in kinds}
    columns = {**covered, "on_demand": "on demand", "on_demand_cost": "on-demand cost"}
    parts = [_table("usage", "label", answer["usage"], columns)]
    for kind in kinds:
        if answer[kind]:
            title = f"{_spoken(kind)} ({_UNITS.get(kind, 'money')})"
            parts.append(_table(title, "id", answer[kind], _HELD))
    totals = [[_spoken(name), _shown(value)] for name, value in answer["totals"].items()]
    parts.append(table([Heading("totals"), Heading("value", number=True)], totals))
    return "\n\n".join(parts)


def _spoken(name: str) -> str:
    return name.replace("_", " ")


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
