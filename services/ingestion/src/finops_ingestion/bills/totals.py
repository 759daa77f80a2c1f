"""Exact sums of converted costs, and the proof that every product carries the same ones."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb

from finops_ingestion.bills.cells import literal
from finops_ingestion.bills.mapping import Mapping
from finops_ingestion.bills.normalise import select
from finops_ingestion.bills.refusals import TotalsDisagreeError

COSTS = ("billed_cost", "effective_cost", "list_cost", "contracted_cost")


@dataclass(frozen=True, slots=True)
class Costs:
    """The four costs in one currency; a cost the bill does not state counts as zero."""

    billed_cost: Decimal = Decimal(0)
    effective_cost: Decimal = Decimal(0)
    list_cost: Decimal = Decimal(0)
    contracted_cost: Decimal = Decimal(0)

    def __add__(self, other: "Costs") -> "Costs":
        return Costs(*(getattr(self, name) + getattr(other, name) for name in COSTS))


@dataclass(frozen=True, slots=True)
class Total:
    """Costs of one billing period ("2026-10"), currency and FOCUS charge category."""

    period: str
    currency: str
    charge_category: str
    costs: Costs


def by_currency(totals: Iterable[Total]) -> dict[str, dict[str, Costs]]:
    """Costs by currency and charge category."""
    found: dict[str, dict[str, Costs]] = defaultdict(dict)
    for total in totals:
        categories = found[total.currency]
        category = total.charge_category
        categories[category] = categories.get(category, Costs()) + total.costs
    return dict(found)


def parquet_totals(
    connection: duckdb.DuckDBPyConnection, folder: Path, periods: Sequence[str]
) -> list[Total]:
    """Totals read back from the files of one product."""
    return [
        Total(period, currency, category, Costs(*costs))
        for period in periods
        for currency, category, *costs in connection.execute(_query(folder, period)).fetchall()
    ]


def _query(folder: Path, period: str) -> str:
    files = literal(str(folder / f"billing_period={period}" / "*.parquet"))
    sums = [f"coalesce(sum({cost}), 0)" for cost in COSTS]
    return select(
        ["currency", "charge_category", *sums],
        f"read_parquet({files}, hive_partitioning = false)",
        "GROUP BY ALL ORDER BY ALL",
    )


def bill_totals(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping
) -> dict[tuple[str, str], Decimal]:
    """What the source itself bills by period and currency, offsetting lines aside.

    Sums the source's cost column over accepted lines, before any rule; what covered usage
    and its negation leave over (zero on a whole bill) is taken out, as neither is billed.
    """
    offset = ", ".join(literal(kind) for kind in mapping.offset_kinds)
    counted = f"charge_kind NOT IN ({offset})" if offset else "TRUE"
    query = select(
        [
            "strftime(billing_period, '%Y-%m')",
            "currency",
            f"coalesce(sum({mapping.billed}) FILTER ({counted}), 0)",
        ],
        "cube",
        "WHERE refusal IS NULL GROUP BY ALL",
    )
    return {(p, c): total for p, c, total in connection.execute(query).fetchall()}


def check_totals(
    bill: dict[tuple[str, str], Decimal], hourly: list[Total], items: list[Total] | None
) -> None:
    """Refuse to go on unless bill, hourly records and line items agree to the last digit.

    Raises:
        TotalsDisagreeError: names what differs.
    """
    billed: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for total in hourly:
        billed[total.period, total.currency] += total.costs.billed_cost
    wrong = {key for key in bill.keys() | billed.keys() if bill.get(key, 0) != billed.get(key, 0)}
    if wrong:
        shown = ", ".join(f"{key}: {bill.get(key)} and {billed.get(key)}" for key in sorted(wrong))
        raise TotalsDisagreeError(f"bill and hourly records bill different sums: {shown}")
    if items is not None and _filled(items) != _filled(hourly):
        raise TotalsDisagreeError("line items and hourly records have different totals")


def _filled(totals: list[Total]) -> list[Total]:
    return [total for total in totals if total.costs != Costs()]
