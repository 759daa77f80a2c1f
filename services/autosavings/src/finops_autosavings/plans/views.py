"""Plans as their wire models, with words in a language."""

from uuid import UUID

from finops_autosavings.plans import schemas
from finops_autosavings.plans.comparison import Comparison
from finops_autosavings.plans.domain import Hold, Item, Plan, Withheld, document, totals
from finops_autosavings.plans.reasons import HELD, WITHHELD, downside, reason
from finops_common.i18n import Language


def summary(plan: Plan) -> schemas.PlanSummary:
    """A line of the list."""
    content = plan.content
    return schemas.PlanSummary(
        id=plan.id,
        origin=plan.origin,
        state=content.state,
        slot=plan.slot,
        made_at=plan.made_at,
        requested_by=plan.requested_by,
        policy_version=content.policy_version,
        mode=content.mode,
        currency=content.currency,
        content_hash=plan.content_hash,
        item_count=len(content.items),
        totals=schemas.PlanTotals.model_validate(totals(content.items), from_attributes=True),
    )


def whole(plan: Plan, language: Language) -> schemas.PlanView:
    """Everything about a plan."""
    content = plan.content
    return schemas.PlanView(
        **dict(summary(plan)),
        items=[_item(each, content.currency, language) for each in content.items],
        withheld=[_withheld(each, language) for each in content.withheld],
        holds=[_hold(each, language) for each in content.holds],
    )


def comparison(plan_id: UUID, before: Plan | None, found: Comparison) -> schemas.PlanComparison:
    """What has changed since last week."""
    return schemas.PlanComparison(
        plan_id=plan_id,
        previous_plan_id=before.id if before else None,
        items=[schemas.PlanItemChange.model_validate(document(each)) for each in found.items],
        totals_before=schemas.PlanTotals.model_validate(found.totals_before, from_attributes=True),
        totals_after=schemas.PlanTotals.model_validate(found.totals_after, from_attributes=True),
        policy_changed=found.policy_changed,
    )


def _item(item: Item, currency: str, language: Language) -> schemas.PlanItem:
    words = {
        "reason": reason(item, currency, language),
        "downside": downside(item, currency, language),
    }
    return schemas.PlanItem.model_validate(document(item) | words)


def _withheld(found: Withheld, language: Language) -> schemas.WithheldAdvice:
    reasons = [WITHHELD[why].render(language) for why in found.why]
    return schemas.WithheldAdvice.model_validate(document(found) | {"reasons": reasons})


def _hold(found: Hold, language: Language) -> schemas.PlanHold:
    return schemas.PlanHold.model_validate(
        document(found) | {"reason": HELD[found.why].render(language)}
    )
