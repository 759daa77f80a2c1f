"""What a bill charges by invoice: sums of its own cost column, and of the records beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import duckdb

from finops_ingestion.bills.cells import ident, literal
from finops_ingestion.bills.keys import names_in
from finops_ingestion.bills.mapping import Mapping, Part
from finops_ingestion.bills.normalise import bracketed, select

_KIND = (
    "CASE WHEN charge_kind = 'Refund' THEN 'refund'"
    " WHEN charge_kind IN ('RoundingAdjustment', 'rounding_error') THEN 'rounding'"
    " ELSE lower(charge_category) END"
)
_SAME = ("period", "invoice_id", "issuer", "currency", "charge_category", "kind")


@dataclass(frozen=True, slots=True)
class InvoiceSum:
    """What one kind of lines adds to an invoice.

    `billed` sums the bill's own cost column, `recorded` our records; lines that cancel each
    other (covered usage and its negation) are in neither.
    """

    period: date
    invoice_id: str | None
    """None: the lines name no invoice (yet)."""
    issuer: str | None
    currency: str
    charge_category: str
    kind: str
    """usage, purchase, tax, credit, refund, adjustment or rounding"""
    billed: Decimal
    recorded: Decimal
    lines: int


def invoice_sums(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> tuple[InvoiceSum, ...]:
    """The sums of the tables `sums` and `key_sets`; lines that only offset others aside."""
    rows = connection.execute(
        select(
            [*_SAME, "sum(billed)", "sum(recorded)", "CAST(sum(lines) AS BIGINT)"],
            bracketed(_charges_sql(mapping)),
            "GROUP BY ALL ORDER BY ALL",
        )
    ).fetchall()
    return tuple(InvoiceSum(*row) for row in rows)


def _charges_sql(mapping: Mapping) -> str:
    """Billed and recorded by key set: hours are added up first, as rules are linear in sums."""
    rules = {rule.column: rule.expression for rule in mapping.rules}
    kind, category, recorded = (rules[n] for n in ("charge_kind", "charge_category", "billed_cost"))
    amounts = sorted(names_in(mapping, mapping.billed, recorded) & set(mapping.sums()))
    summed = [f"sum({ident(name)}) AS {ident(name)}" for name in (*amounts, "lines")]
    by_set = bracketed(select(["key_set", *summed], "sums", "GROUP BY key_set"))
    charges = {
        "period": "billing_period",
        "invoice_id": "invoice_id",
        "issuer": "invoice_issuer",
        "currency": "currency",
        "charge_category": category,
        "charge_kind": kind,
        "billed": _told(mapping.billed, mapping.offset_kinds),
        "recorded": recorded,
        "lines": "lines",
    }
    lines = select(["*", "'line' AS part"], f"{by_set} JOIN key_sets USING (key_set)")
    none = [name for name, parts in mapping.kinds.items() if parts == (Part.NONE,)]
    counted = f"WHERE refusal IS NULL{_without(none)}"
    return select(["*", f"{_KIND} AS kind"], bracketed(select(charges, bracketed(lines), counted)))


def _told(billed: str, offset: Sequence[str]) -> str:
    return f"CASE WHEN TRUE{_without(offset)} THEN {billed} ELSE 0 END"


def _without(kinds: Sequence[str]) -> str:
    named = ", ".join(map(literal, kinds))
    return f" AND charge_kind NOT IN ({named})" if named else ""
