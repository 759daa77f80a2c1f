"""Recommendations on the wire."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import IntEnum
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from finops_commitments.figures.domain import FORMULA_VERSION
from finops_commitments.figures.schemas import Percent
from finops_commitments.offers.domain import PaymentOption, Terms
from finops_commitments.offers.packing import Plan
from finops_commitments.recommendations.ahead import Discount
from finops_commitments.recommendations.dates import is_refundable, is_resellable, return_until
from finops_commitments.recommendations.guards import Kind
from finops_commitments.recommendations.planned import Expected
from finops_commitments.recommendations.reasons import Reasons, reasons
from finops_commitments.recommendations.service import Advice
from finops_commitments.recommendations.variants import Variant
from finops_commitments.revisions.domain import Finality
from finops_common.contracts.commitments_queries import Recommendation, Rung
from finops_common.i18n import Language
from finops_common.schemas import DecimalText, Rounded

HOURLY = Decimal("1e-12")
"""What an hour of a prepaid reservation costs has no end: it is shown to this."""


class LookBack(IntEnum):
    """Days the advice is sized over."""

    WEEK = 7
    MONTH = 30
    TWO_MONTHS = 60
    QUARTER = 90


class TermYears(IntEnum):
    """The terms that are sold; numbers in a query are text, which a Literal would refuse."""

    ONE = 1
    THREE = 3


class GuardView(BaseModel):
    """One that held something back, and its threshold; usage is on-demand equivalents an hour."""

    model_config = ConfigDict(from_attributes=True)

    guard: Kind
    percent: DecimalText = Field(
        description="baseline: what part of the best was aimed at; spike and fall: by how much recent usage is above or below the usual, at least; minimum_saving: of what is paid on demand"
    )
    recent_hourly_usage: DecimalText | None = Field(description="spike: of 14 days; fall: of 7")
    usual_hourly_usage: DecimalText | None = Field(description="spike: of 90 days; fall: of 30")


class PlannedView(BaseModel):
    """A planned change that is expected, and what it adds; negative takes away."""

    planned_change_id: UUID
    name: str
    starts_on: date
    confidence_percent: Percent
    monthly_usage_added: DecimalText = Field(
        description="on-demand equivalents, on average; 0: none of the usage weighed is in its scope, or it adds later than looked ahead"
    )


class RungView(BaseModel):
    """A smaller plan than the recommended one, and what it would do."""

    model_config = ConfigDict(from_attributes=True)

    hourly_commitment: DecimalText
    monthly_savings: DecimalText
    coverage_after_percent: Percent | None
    utilization_percent: Percent | None


OFF_LIST = Field(description="how far all usage it covers would be below list; null: not told")
OFF_ON_DEMAND = Field(
    description="the same below what that usage costs on demand after sustained-use discount, which Google takes off what no commitment covers"
)
CommitmentType = Literal[
    "reserved_instance",
    "ec2_instance_savings_plan",
    "compute_savings_plan",
    "database_savings_plan",
    "sagemaker_savings_plan",
    "azure_reservation",
    "azure_savings_plan",
    "resource_based_cud",
    "flexible_cud",
]


class Committed(BaseModel):
    """What a recommendation is to commit to, when, and whether it can be given back."""

    commitment_type: CommitmentType
    region: str | None = Field(
        description="of a reservation, an EC2 Instance Savings Plan or a resource-based commitment"
    )
    family: str | None = Field(
        description="of a reservation, an EC2 Instance Savings Plan or a resource-based commitment"
    )
    instance_type: str | None = Field(
        description="of a reservation; it covers other sizes of the family where the provider lets it"
    )
    platform: str | None = Field(
        description="or engine of a reservation, as the provider names it; null where it names none; of a resource-based commitment vcpu or memory"
    )
    service: str | None = Field(description="of a reservation, such as AmazonRDS")
    deployment: str | None = Field(
        description="multi_az: a reservation of RDS for two instances in two zones"
    )
    count: int | None = Field(description="reservations, cores or GiB to buy; null for a plan")
    term_years: int
    payment_option: PaymentOption
    hourly_commitment: DecimalText = Field(description="0: buy nothing")
    upfront: DecimalText
    total_commitment: DecimalText
    utilization_percent: Percent | None
    buy_at: datetime
    buy_at_cause: Literal["not_covered", "owned_commitment_ends"]
    ending_commitment_id: str | None = Field(description="what ends at buy_at")
    return_until: datetime | None = Field(description="if bought at buy_at; null: never")
    resellable: bool
    refundable: bool = Field(
        description="Azure refunds reservations up to 50,000 USD of what is left of them, in any 12 months of a billing profile"
    )
    discount_off_list_percent: Percent | None = OFF_LIST
    discount_off_on_demand_percent: Percent | None = OFF_ON_DEMAND


class SizedView(Committed):
    """One commitment for one payer; a month is 730 hours.

    Variants of a payer are alternatives: their savings are never summed.
    """

    id: UUID
    provider: str = Field(description="AWS, Microsoft or Google Cloud")
    payer_account_id: str
    currency: str
    hours: int = Field(description="of the look-back that have records")
    monthly_savings: DecimalText
    monthly_on_demand_before: DecimalText
    coverage_before_percent: Percent | None
    coverage_after_percent: Percent | None
    savings_rate_percent: Percent | None
    roi_percent: Percent | None
    break_even_months: Rounded | None
    break_even_utilization_percent: Percent | None
    net_present_value: DecimalText | None = Field(description="with cost_of_capital")
    monthly_savings_if_usage_falls: dict[int, DecimalText] = Field(description="by percent")
    smaller: list[RungView] = Field(
        description="from a tenth of the amount to nine tenths: the surer the less is bought"
    )
    offers_dated: date
    stale_offers: bool = Field(description="prices over 7 days old: not to be bought on")
    left_out: list[str] = Field(description="what could not be taken into account")
    guards: list[GuardView] = Field(description="what held the amount back; empty: not robust")
    planned_changes: list[PlannedView]


class RecommendationView(SizedView):
    """The same with its reasons in words."""

    reasons: Reasons


class Recommendations(BaseModel):
    """Every commitment, term and payment option that is offered, per payer and currency.

    Plans for all compute first; narrower plans and reservations where they save.
    """

    since: datetime
    until: datetime
    as_of: datetime | None
    finality: Finality
    formula_version: str = FORMULA_VERSION
    items: list[RecommendationView]
    without_prices: list[str] = Field(description="payers whose price list is not known yet")


_SIZED = (
    "hours",
    "monthly_savings",
    "monthly_on_demand_before",
    "coverage_before_percent",
    "coverage_after_percent",
    "utilization_percent",
    "savings_rate_percent",
    "roi_percent",
    "break_even_months",
    "break_even_utilization_percent",
    "upfront",
    "total_commitment",
    "net_present_value",
    "monthly_savings_if_usage_falls",
)


def recommendations(advice: Advice, language: Language) -> Recommendations:
    """All variants on the wire."""
    return Recommendations(
        since=advice.since,
        until=advice.until,
        as_of=advice.as_of,
        finality=advice.finality,
        items=[_view(each, language, advice.now) for each in advice.variants],
        without_prices=sorted({each.payer_account_id for each in advice.unpriced}),
    )


def recommendation(variant: Variant) -> Recommendation:
    """One variant for another service."""
    sizing = variant.sizing
    names = [name for name in _SIZED if name in Recommendation.model_fields]
    return Recommendation(
        id=variant.id,
        payer_account_id=variant.family.payer_account_id,
        currency=variant.family.currency,
        term_years=sizing.terms.years,
        payment_option=sizing.terms.payment_option.value,
        smaller=tuple(Rung.model_validate(each) for each in sizing.smaller),
        lookback_since=variant.since,
        lookback_until=variant.until,
        offer_rate_date=variant.offers_dated,
        leaves_out=sizing.left_out,
        hourly_commitment=sizing.hourly_commitment,
        **{name: getattr(sizing, name) for name in names},
    )


def _view(variant: Variant, language: Language, now: datetime) -> RecommendationView:
    sized = _sized(variant, now)
    figures = sized.model_dump(mode="json")
    bought = [figures] if sized.hourly_commitment else []
    return RecommendationView(**dict(sized), reasons=reasons(figures, bought, language))


def discounts(found: Discount | None) -> dict[str, Decimal | None]:
    """The fields that tell a discount."""
    off_list, off_on_demand = found or (None, None)
    return {
        "discount_off_list_percent": off_list,
        "discount_off_on_demand_percent": off_on_demand,
    }


def planned_views(planned: Sequence[Expected]) -> list[PlannedView]:
    """Planned changes on the wire."""
    return [
        PlannedView(
            planned_change_id=each.change.id,
            name=each.change.name,
            starts_on=each.change.starts_on,
            confidence_percent=each.change.confidence_percent,
            monthly_usage_added=each.monthly_usage_added,
        )
        for each in planned
    ]


def committed(
    plan: Plan, terms: Terms, hourly: Decimal, at: datetime, ending_commitment_id: str | None
) -> dict[str, Any]:
    """The fields of `Committed` that the plan, its terms and the moment to buy tell."""
    return {
        "commitment_type": plan.kind.name.lower(),
        "region": plan.region,
        "family": plan.family,
        "instance_type": plan.instance_type,
        "platform": plan.platform,
        "service": plan.service,
        "deployment": plan.deployment,
        "term_years": terms.years,
        "payment_option": terms.payment_option,
        "hourly_commitment": hourly.quantize(HOURLY),
        "buy_at": at,
        "buy_at_cause": "not_covered" if ending_commitment_id is None else "owned_commitment_ends",
        "ending_commitment_id": ending_commitment_id,
        "return_until": return_until(plan.kind, hourly, at),
        "resellable": is_resellable(plan.kind, plan.service),
        "refundable": is_refundable(plan.kind),
    }


def _sized(variant: Variant, now: datetime) -> SizedView:
    sizing = variant.sizing
    at = max(variant.until + timedelta(hours=sizing.best_start), now)
    ends = variant.sized.ending_commitment_id
    return SizedView(
        id=variant.id,
        provider=variant.provider,
        **discounts(variant.discount),
        payer_account_id=variant.family.payer_account_id,
        currency=variant.family.currency,
        **committed(variant.plan, sizing.terms, sizing.hourly_commitment, at, ends),
        count=sizing.count,
        smaller=[RungView.model_validate(each) for each in sizing.smaller],
        offers_dated=variant.offers_dated,
        stale_offers=variant.stale,
        left_out=list(sizing.left_out),
        guards=[GuardView.model_validate(each) for each in variant.sized.guards],
        planned_changes=planned_views(variant.sized.planned),
        **{name: getattr(sizing, name) for name in _SIZED},
    )
