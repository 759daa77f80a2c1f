"""HTTP of the bill bridge."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Query

from finops_common.auth.dependencies import organization_router
from finops_common.errors.http import problems
from finops_common.schemas import MoneyView
from finops_ingestion.costs.bridge import schemas
from finops_ingestion.costs.bridge.domain import EFFECTS, Bridge, Effect, Step
from finops_ingestion.costs.domain import Question
from finops_ingestion.costs.filters import Filters, dimensions_asked
from finops_ingestion.costs.problems import QuestionTooLarge
from finops_ingestion.costs.router import Asked, By, Compared, Currency, MayRead, Sources
from finops_ingestion.costs.service import check_days
from finops_ingestion.dependencies import Bridges

router = organization_router("/costs/bridge", "costs")


@router.get(
    "",
    summary="Why these days cost other than those before",
    responses=problems(QuestionTooLarge),
)
async def read_bridge(
    caller: MayRead,
    bridges: Bridges,
    days: Asked,
    against: Compared,
    filters: Filters,
    by: By = None,
    source: Sources = None,
    currency: Currency = None,
    top: Annotated[int, Query(ge=1, le=50, description="groups shown; others are the rest")] = 20,
) -> schemas.BridgeView:
    """The difference in amortised cost, split into effects that sum to it exactly: `volume` (other quantities at the former average rate of the service and unit), `mix` (the same quantity of dearer or cheaper items), `price` (other rates), `commitment` (other savings, unused commitment included), `expiry` (savings of commitments that are gone), and charges that are `credit`, `adjustment`, `purchase` or `tax`. Without days to compare with: as many just before, of whole months as many months."""
    check_days(days)
    compared = against or days.before()
    question = Question(
        days=days,
        by=dimensions_asked(by or ()),
        filters=filters,
        currency=currency,
        top=top,
    )
    found, known = await bridges.ask(caller, question, compared, source or ())
    return schemas.BridgeView(
        start=days.start,
        end=days.end,
        compare_start=compared.start,
        compare_end=compared.end,
        by=[str(each) for each in question.by],
        finality=known.finality,
        as_of=known.as_of,
        bridges=[_bridge(question, each) for each in found],
    )


def _bridge(question: Question, found: Bridge) -> schemas.CurrencyBridgeView:
    names = [str(each) for each in question.by]
    currency = found.currency
    return schemas.CurrencyBridgeView(
        currency=currency,
        total=schemas.StepView(**_step(currency, found.total)),
        groups=[
            schemas.GroupStepView(
                values=dict(zip(names, values, strict=True)), **_step(currency, step)
            )
            for values, step in found.groups
        ],
        rest=schemas.StepView(**_step(currency, found.rest)) if found.rest else None,
    )


def _step(currency: str, step: Step) -> dict[str, Any]:
    def money(amount: Decimal) -> MoneyView:
        return MoneyView(amount=amount, currency=currency)

    return {
        "before": money(step.before),
        "now": money(step.now),
        "change": money(step.change),
        "effects": [
            schemas.EffectView(effect=effect, amount=money(amount))
            for effect, amount in _ordered(step.effects)
        ],
    }


def _ordered(effects: Mapping[Effect, Decimal]) -> list[tuple[Effect, Decimal]]:
    return [(effect, effects[effect]) for effect in EFFECTS if effects.get(effect)]
