"""The tables that can be taken away: their columns, and what they say of themselves."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from finops_commitments.exports.columns import (
    AMOUNT,
    COUNT,
    INSTANT,
    TEXT,
    Column,
    kind_of,
    published,
)
from finops_commitments.figures.domain import FORMULA_VERSION, FORMULAS, Figures, Group
from finops_commitments.figures.schemas import (
    PLACE,
    CoverageRow,
    UtilizationRow,
    finality_of,
    measure,
)
from finops_commitments.figures.service import Wanted
from finops_commitments.inventory.listing import SORTS, Item, Narrowing, Total
from finops_commitments.recommendations.schemas import GuardView, PlannedView, RecommendationView
from finops_commitments.revisions.domain import Finality, Revision
from finops_common.exports.domain import Fact
from finops_common.money import plain

FigureNoun = Literal["utilization", "coverage"]
FIGURE_ROWS: Mapping[FigureNoun, type[CoverageRow | UtilizationRow]] = {
    "utilization": UtilizationRow,
    "coverage": CoverageRow,
}
_COMPOSED = ("smaller", "monthly_savings_if_usage_falls")


class Known(NamedTuple):
    """How fresh and how final what was read is."""

    as_of: datetime | None
    finality: Finality


def figure_columns(
    noun: FigureNoun, groups: Sequence[Group], revisions: tuple[Revision, ...]
) -> list[Column[Figures]]:
    """The fields of the API's rows, with a column for each group that was asked for."""

    def valued(name: str) -> Column[Figures]:
        kind = kind_of(FIGURE_ROWS[noun].model_fields[name].annotation)
        return Column(name, kind, lambda cell: measure(cell, name))

    return [
        Column("currency", TEXT, lambda cell: cell.cell.currency),
        Column("period_start", INSTANT, lambda cell: cell.cell.period_start),
        *(Column(each.value, TEXT, _group(each)) for each in groups),
        Column("finality", TEXT, lambda cell: finality_of(cell, revisions)),
        *(valued(name) for name in FIGURE_ROWS[noun].model_fields if name not in PLACE),
    ]


def _group(group: Group) -> Any:  # noqa: ANN401 - what the column holds
    return lambda cell: cell.cell.group(group)


INVENTORY_TYPES = {
    "hourly_amount": AMOUNT,
    "quantity": AMOUNT,
    "upfront": AMOUNT,
    "recurring_hourly": AMOUNT,
    "term_years": COUNT,
    "expires_in_days": COUNT,
    "starts_at": INSTANT,
    "ends_at": INSTANT,
}
INVENTORY: list[Column[Item]] = [
    *(Column(name, INVENTORY_TYPES.get(name, TEXT), value) for name, value in SORTS.items()),
    Column("unit", TEXT, lambda item: item.commitment.unit),
    Column("active", TEXT, lambda item: item.active),
    Column("severity", TEXT, lambda item: item.notice and item.notice.severity.value),
    Column("covered_a_day", AMOUNT, lambda item: item.use and item.use.covered),
    Column("amortised_a_day", AMOUNT, lambda item: item.use and item.use.amortised),
    Column("extra_cost_a_day", AMOUNT, lambda item: item.use and item.use.extra_cost),
    Column("sources", TEXT, lambda item: _sources(item.commitment.sources)),
]


def _sources(sources: Mapping[str, str]) -> str:
    return ", ".join(f"{name}: {source}" for name, source in sources.items())


def _falls(percent: int) -> Column[RecommendationView]:
    name = f"monthly_savings_if_usage_falls_{percent}"
    return Column(name, AMOUNT, lambda view: view.monthly_savings_if_usage_falls.get(percent))


def _named(item: object) -> str:
    match item:
        case GuardView():
            return item.guard
        case PlannedView():
            return item.name
    return str(item)


def _advised(name: str, annotation: Any) -> Column[RecommendationView]:  # noqa: ANN401 - a field's
    def value(view: RecommendationView) -> Any:  # noqa: ANN401 - what the column holds
        found = getattr(view, name)
        return "; ".join(map(_named, found)) or None if isinstance(found, list) else found

    return Column(name, kind_of(annotation), value)


RECOMMENDATIONS: list[Column[RecommendationView]] = [
    *(
        _advised(name, field.annotation)
        for name, field in RecommendationView.model_fields.items()
        if name not in _COMPOSED
    ),
    *(_falls(each) for each in (20, 40)),
]
_RECOMMENDATION_FORMULAS = {
    "monthly_savings": "(on-demand covered - commitment) a month of 730 hours, rounded down",
    "coverage_after_percent": "(covered before + covered by it) / (that + on-demand left)",
    "utilization_percent": "commitment used / commitment",
    "savings_rate_percent": "savings / on-demand before",
    "roi_percent": "savings over the term / total commitment",
    "break_even_months": "upfront / gain a month",
    "break_even_utilization_percent": "commitment used / on-demand covered",
    "total_commitment": "hourly commitment x hours of the term",
}
_INVENTORY_FORMULAS = {
    "amortised_a_day": "cost on an average day of the last 30",
    "covered_a_day": "usage it paid for at on-demand price, on an average day of the last 30",
    "extra_cost_a_day": "covered - amortised: what a day costs more once it has lapsed",
}


def known_facts(known: Known) -> Iterator[Fact]:
    """How fresh and how final it is."""
    yield "As of", known.as_of.isoformat() if known.as_of else "no bill"
    yield "Finality", known.finality


def figure_facts(wanted: Wanted, totals: Iterable[Figures], names: Sequence[str]) -> Iterator[Fact]:
    """What was asked, the totals of all that fits, and how each figure is made."""
    yield "Since", wanted.since.isoformat()
    yield "Until before", wanted.until.isoformat()
    yield (
        "A row per",
        ", ".join([*([wanted.by] if wanted.by else []), *wanted.groups]) or "currency",
    )
    yield from (("Only " + group, value or "(none)") for group, value in wanted.filters)
    if wanted.currency:
        yield "Only currency", wanted.currency
    for total in totals:
        for name in (each for each in names if each in FORMULAS):
            value = measure(total, name)
            # Units of several kinds have no sum.
            if isinstance(value, Decimal) and (total.unit or not name.endswith("_units")):
                yield f"Total {name}, {total.cell.currency}", plain(published(name, value))
    yield "Formula version", FORMULA_VERSION
    yield from ((name, FORMULAS[name].text) for name in names if name in FORMULAS)


def inventory_facts(
    at: datetime, narrowing: Narrowing, totals: Iterable[Total], names: Sequence[str]
) -> Iterator[Fact]:
    """What was asked, and the sums of all that fits."""
    yield "At", at.isoformat()
    yield from ((f"Only {name}", value) for name, value in narrowing.texts.items())
    if narrowing.active is not None:
        yield "Only activity", "active" if narrowing.active else "inactive"
    if narrowing.expires_within_days is not None:
        yield "Only expiring within days", str(narrowing.expires_within_days)
    for total in totals:
        for name in (each.name for each in fields(Total) if each.name != "currency"):
            value = Decimal(getattr(total, name))
            yield f"Total {name}, {total.currency or 'no currency'}", plain(value)
    yield from _formulas(_INVENTORY_FORMULAS, names)


def recommendation_facts(
    since: datetime, until: datetime, without_prices: Sequence[str], names: Sequence[str]
) -> Iterator[Fact]:
    """What the advice rests on."""
    yield "Since", since.isoformat()
    yield "Until before", until.isoformat()
    yield "Variants", "of one payer and currency are alternatives and are never summed"
    if without_prices:
        yield "Payers without prices", ", ".join(without_prices)
    yield "Formula version", FORMULA_VERSION
    yield from _formulas(_RECOMMENDATION_FORMULAS, names)


def _formulas(formulas: Mapping[str, str], names: Sequence[str]) -> Iterator[Fact]:
    return ((name, text) for name, text in formulas.items() if name in names)
