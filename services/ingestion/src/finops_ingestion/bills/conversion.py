"""What a conversion tells its caller, and the same as JSON with exact decimals as text."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from finops_ingestion.bills.examples import Example
from finops_ingestion.bills.findings import Finding
from finops_ingestion.bills.invoices import InvoiceSum
from finops_ingestion.bills.refusals import Refusal
from finops_ingestion.bills.totals import COSTS, Costs, Total, by_currency


@dataclass(frozen=True, slots=True)
class Period:
    """One billing period ("2026-10") and the folder its products lie in."""

    name: str
    directory: Path

    @property
    def hourly_files(self) -> tuple[Path, ...]:
        """The hourly records' Parquet files."""
        return self._files("hourly")

    @property
    def line_item_files(self) -> tuple[Path, ...]:
        """The line items' Parquet files; none if they were not asked for."""
        return self._files("items")

    def _files(self, product: str) -> tuple[Path, ...]:
        folder = self.directory / product / f"billing_period={self.name}"
        return tuple(sorted(folder.glob("*.parquet")))


@dataclass(frozen=True, slots=True)
class Conversion:
    """What was read, refused and written; rows_read = rows_accepted + rows_refused."""

    directory: Path
    schema: str
    title: str
    providers: tuple[str, ...]
    files: tuple[Path, ...]
    rows_read: int
    rows_accepted: int
    refusals: tuple[Refusal, ...]
    findings: tuple[Finding, ...]
    periods: tuple[Period, ...]
    totals: tuple[Total, ...]
    reached: datetime | None
    """The end of metered usage, or the instant passed in: fees from there on are to come."""
    invoiced: bool = False
    """All metered usage names its invoice: the provider has closed the month."""
    invoices: tuple[InvoiceSum, ...] = ()

    @property
    def rows_refused(self) -> int:
        """Rows refused for any reason."""
        return sum(refusal.count for refusal in self.refusals)


def conversion_json(conversion: Conversion) -> dict[str, Any]:
    """The conversion for machines: JSON types only."""
    return {
        "schema": conversion.schema,
        "title": conversion.title,
        "provider": ", ".join(conversion.providers) or None,
        "providers": list(conversion.providers),
        "files": [str(path) for path in conversion.files],
        "rows_read": conversion.rows_read,
        "rows_accepted": conversion.rows_accepted,
        "rows_refused_count": conversion.rows_refused,
        "rows_refused": [_refusal(refusal) for refusal in conversion.refusals],
        "findings": [_finding(finding) for finding in conversion.findings],
        "reached": conversion.reached.isoformat() if conversion.reached else None,
        "periods": [period.name for period in conversion.periods],
        "currencies": {
            currency: _currency(categories)
            for currency, categories in by_currency(conversion.totals).items()
        },
    }


def plain(amount: Decimal) -> str:
    """A decimal without exponent and trailing zeros: "0", "394291.46"."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _refusal(refusal: Refusal) -> dict[str, Any]:
    return {
        "reason": refusal.reason,
        "count": refusal.count,
        "lines": list(refusal.lines),
        "file": str(refusal.file),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "name": finding.name,
        "meaning": finding.meaning,
        "groups": finding.groups,
        "difference": plain(finding.difference),
        "examples": [_example(example) for example in finding.examples],
    }


def _example(example: Example) -> dict[str, Any]:
    places = [{"file": str(place.file), "lines": list(place.lines)} for place in example.places]
    difference = plain(example.difference)
    return {"scope": dict(example.scope), "difference": difference, "places": places}


def _currency(categories: Mapping[str, Costs]) -> dict[str, Any]:
    total = sum(categories.values(), Costs())
    by_category = {category: _costs(costs) for category, costs in sorted(categories.items())}
    return {**_costs(total), "by_charge_category": by_category}


def _costs(costs: Costs) -> dict[str, str]:
    return {name: plain(getattr(costs, name)) for name in COSTS}
