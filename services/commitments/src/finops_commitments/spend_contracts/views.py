"""A standing as the wire tells it."""

from decimal import Decimal

from finops_commitments.figures.opened import Answer
from finops_commitments.planned_changes.domain import Effect
from finops_commitments.spend_contracts.domain import BurnDown
from finops_commitments.spend_contracts.schemas import (
    PlannedEffectView,
    SpendBurnDownView,
    SpendMonthView,
    SpendSavingsView,
    SpendTermView,
)
from finops_commitments.spend_contracts.service import Standing


def standing_view(
    answer: Answer[Standing], currency: str, monthly_savings: Decimal | None
) -> SpendBurnDownView:
    """With what saving so much a month does to each term, where that is asked."""
    standing = answer.value
    pairs = zip(standing.terms, standing.without_changes, strict=True)
    return SpendBurnDownView(
        currency=currency,
        terms=[_term(term, without, monthly_savings) for term, without in pairs],
        planned_changes=[_effect(each) for each in standing.expected.effects],
        base_days=standing.expected.base_days,
        known_since=standing.known_since,
        known_until=standing.known_until,
        as_of=answer.as_of,
        finality=answer.finality,
    )


def _term(term: BurnDown, without: BurnDown, monthly_savings: Decimal | None) -> SpendTermView:
    saved = None if monthly_savings is None else term.with_savings(monthly_savings)
    return SpendTermView(
        starts_on=term.term.starts_on,
        ends_on=term.term.ends_on,
        committed=term.term.committed,
        spent=term.spent,
        left=term.left,
        expected=term.expected,
        total=term.total,
        shortfall=term.shortfall,
        shortfall_without_changes=without.shortfall,
        days_left=term.days_left,
        needed_a_day=term.needed_a_day,
        met_on=term.met_on,
        months=[SpendMonthView.model_validate(each, from_attributes=True) for each in term.months],
        with_savings=saved and SpendSavingsView.model_validate(saved, from_attributes=True),
    )


def _effect(effect: Effect) -> PlannedEffectView:
    return PlannedEffectView(
        planned_change_id=effect.change.id,
        name=effect.change.name,
        starts_on=effect.change.starts_on,
        confidence_percent=effect.change.confidence_percent,
        classes=effect.classes,
        added=Decimal(f"{effect.added:.6f}"),
    )
