"""The report for people: its wire form as tables with rounded, aligned numbers."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from finops_commitments.report.table import Heading, table

_MONEY = "{:,.4f}"
_PERCENT = "{:,.2f}"

_COMMITMENT_COLUMNS = {
    "total": "total",
    "used": "used",
    "unused": "unused",
    "utilization_percent": "used %",
    "on_demand_equivalent": "on-demand equivalent",
    "net_savings": "net savings",
}
_ROW_COLUMNS = {
    "on_demand_cost": "on-demand",
    "on_demand_equivalent": "on-demand equivalent",
    "amortised_cost": "commitments",
    "coverage_percent": "coverage %",
    "savings_plan_coverage_percent": "SP coverage %",
    "net_savings": "net savings",
    "effective_savings_rate_percent": "ESR %",
}


_NOT_COMPARED = {
    "daily_lines": "since commitments apply by the hour and the bill tells days",
    "commitment_not_named": "since the bill does not say which commitment covered a line",
}


def report_text(body: Mapping[str, Any]) -> str:
    """Commitments, totals, breakdown and notes; what is unknown says so."""
    parts = [_commitments(body), _totals(body)]
    if "rows" in body:
        parts.append(_rows(body))
    if "simulated" in body:
        parts.append(_simulated(body["simulated"]))
        parts.extend(
            f"Not compared: {each['provider']} {each['payer_account_id']} in {each['month']}, "
            f"{_NOT_COMPARED[each['reason']]}."
            for each in body["not_comparable"]
        )
    parts.extend(f"Note: {note}" for note in body["notes"])
    return "\n\n".join(parts)


def _commitments(body: Mapping[str, Any]) -> str:
    if not body["commitments"]:
        return "No commitments in this bill."
    headings = [Heading("commitment"), *_numbers(_COMMITMENT_COLUMNS)]
    lines = [[each["id"], *_cells(each, _COMMITMENT_COLUMNS)] for each in body["commitments"]]
    return f"Commitments ({body['currency']})\n\n{table(headings, lines)}"


def _totals(body: Mapping[str, Any]) -> str:
    headings = [Heading("measure"), Heading("value", number=True)]
    totals = body["totals"]
    lines = [
        [name.replace("_", " "), _shown(name, value, totals)] for name, value in totals.items()
    ]
    return f"Totals ({body['currency']})\n\n{table(headings, lines)}"


def _rows(body: Mapping[str, Any]) -> str:
    headings = [Heading("period"), Heading("group"), *_numbers(_ROW_COLUMNS)]
    lines = [
        [row["period_start"] or "all", row["group"] or "-", *_cells(row, _ROW_COLUMNS)]
        for row in body["rows"]
    ]
    return f"Breakdown ({body['currency']})\n\n{table(headings, lines)}"


def _simulated(months: Sequence[Mapping[str, Any]]) -> str:
    names = ("used_commitment", "on_demand")
    headings = [Heading("month"), Heading("payer"), Heading("of")]
    headings += [Heading(text, number=True) for text in ("billed", "simulated", "apart %")]
    rows = [
        [each["month"], each["payer_account_id"], name.replace("_", " "), *_apart(each[name])]
        for each in months
        for name in names
    ]
    causes = [
        f"  {each['month']} {cause['name']} {cause['account_id']}: {' / '.join(_apart(cause))}"
        for each in months
        for cause in each["causes"]
    ]
    told = "\n".join(["", "Largest causes (billed / simulated / apart %):", *causes])
    return f"Simulated against billed\n\n{table(headings, rows)}{told if causes else ''}"


def _apart(compared: Mapping[str, str]) -> list[str]:
    money = (_MONEY.format(Decimal(compared[name])) for name in ("billed", "simulated"))
    return [*money, f"{Decimal(compared['difference_percent']):,.4f}"]


def _numbers(columns: Mapping[str, str]) -> list[Heading]:
    return [Heading(text, number=True) for text in columns.values()]


def _cells(values: Mapping[str, Any], columns: Mapping[str, str]) -> list[str]:
    return [_shown(name, values[name], values) for name in columns]


def _shown(name: str, value: str | int | None, values: Mapping[str, Any]) -> str:
    if value is None:
        return "unknown" if values["lines_without_price"] else "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return (_PERCENT if name.endswith("_percent") else _MONEY).format(Decimal(value))
