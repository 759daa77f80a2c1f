"""Costs as the wire shows them."""

from collections.abc import Mapping
from decimal import Decimal

from finops_common.schemas import MoneyView
from finops_ingestion.costs import schemas
from finops_ingestion.costs.domain import WIDE, Cell, Costs, Group, Known, Question, percent_of


def costs_view(question: Question, found: Costs, known: Known) -> schemas.CostsView:
    """The whole answer."""
    return schemas.CostsView(
        start=question.days.start,
        end=question.days.end,
        metric=question.metric,
        granularity=question.granularity,
        by=[str(each) for each in question.by],
        finality=known.finality,
        as_of=known.as_of,
        totals=sums_view(found.totals),
        groups=[_group(question, group) for group in found.groups],
        rest=sums_view(found.rest),
        cells=[_cell(question, cell) for cell in found.cells],
        compared=_compared(question, found),
        converted=_converted(question),
    )


def _converted(question: Question) -> schemas.ConvertedView | None:
    if question.conversion is None:
        return None
    return schemas.ConvertedView(
        currency=question.conversion.currency,
        rates=[
            schemas.AppliedRateView(
                from_currency=each.rate.of.from_currency,
                rate=each.rate.rate,
                source=each.rate.source,
                since=each.rate.of.since,
                start=each.start,
                end=each.end,
            )
            for each in question.conversion.held
        ],
    )


def sums_view(amounts: Mapping[str, Decimal]) -> list[MoneyView]:
    """Amounts by currency, in its order."""
    return [MoneyView(amount=cost, currency=name) for name, cost in sorted(amounts.items())]


def _group(question: Question, group: Group) -> schemas.GroupView:
    return schemas.GroupView(
        values=_values(question, group),
        cost=MoneyView(amount=group.cost, currency=group.currency),
        share=group.share,
        compared=None
        if group.before is None
        else _change(group.currency, group.cost, group.before),
    )


def _cell(question: Question, cell: Cell) -> schemas.CellView:
    return schemas.CellView(
        start=cell.start,
        values=_values(question, cell.group) if cell.group else None,
        cost=MoneyView(amount=cell.cost, currency=cell.currency),
    )


def _compared(question: Question, found: Costs) -> schemas.ComparedView | None:
    if question.against is None:
        return None
    return schemas.ComparedView(
        start=question.against.start,
        end=question.against.end,
        totals=_changes(found.totals, found.totals_before),
        rest=_changes(found.rest, found.rest_before),
    )


def _changes(now: Mapping[str, Decimal], before: Mapping[str, Decimal]) -> list[schemas.ChangeView]:
    return [_change(name, cost, before[name]) for name, cost in sorted(now.items())]


def _change(currency: str, cost: Decimal, before: Decimal) -> schemas.ChangeView:
    change = WIDE.subtract(cost, before)
    return schemas.ChangeView(
        before=MoneyView(amount=before, currency=currency),
        change=MoneyView(amount=change, currency=currency),
        percent=percent_of(change, before),
    )


def _values(question: Question, group: Group) -> dict[str, str | None]:
    names = (str(each) for each in question.by)
    return dict(zip(names, group.values, strict=True))
