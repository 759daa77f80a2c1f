"""The books as plain JSON values: every amount a string, so that nothing is rounded."""

from decimal import Decimal
from typing import Any

from finops_sandbox.world.books import Books, CommitmentBook, Measures

_MEASURES = (
    *("on_demand_cost", "on_demand_equivalent", "covered", "reserved_covered", "plan_covered"),
    *("amortised_cost", "used_commitment", "unused_commitment", "future_commitment"),
    *("coverage_percent", "savings_plan_coverage_percent", "net_savings"),
    *("effective_savings_rate_percent", "billed_total", "effective_total"),
)
_COMMITMENT = (
    *("total", "used", "unused", "covered", "future", "net_savings", "utilization_percent"),
    *("total_units", "used_units"),
)


def books_as_json(books: Books, *, hourly: bool = False) -> dict[str, Any]:
    """A JSON-ready dictionary; `hourly` adds every hour."""
    result: dict[str, Any] = {
        "month": f"{books.month:%Y-%m}",
        "revision": books.revision,
        "ends_at": books.ends_at.isoformat(),
        "final": books.final,
        "payer": _measures(books.payer),
        "accounts": {key: _measures(value) for key, value in sorted(books.accounts.items())},
        "services": {key: _measures(value) for key, value in sorted(books.services.items())},
        "regions": {key: _measures(value) for key, value in sorted(books.regions.items())},
        "commitments": _commitments(books.commitments),
    }
    if hourly:
        result["hours"] = {
            start.isoformat(): {
                **_measures(hour.measures),
                "commitments": _commitments(hour.commitments),
            }
            for start, hour in sorted(books.hours.items())
        }
    return result


def _measures(measures: Measures) -> dict[str, str | None]:
    return {name: _text(getattr(measures, name)) for name in _MEASURES}


def _commitments(held: dict[str, CommitmentBook]) -> dict[str, dict[str, str | None]]:
    return {key: _commitment(book) for key, book in sorted(held.items())}


def _commitment(book: CommitmentBook) -> dict[str, str | None]:
    amounts = {name: _text(getattr(book, name)) for name in _COMMITMENT}
    return {"arn": book.commitment.arn, **amounts}


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"
