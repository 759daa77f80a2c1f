"""Recommended portfolios on the wire."""

from datetime import date, datetime
from decimal import Decimal
from math import prod
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from finops_commitments.figures.domain import FORMULA_VERSION
from finops_commitments.figures.schemas import Percent
from finops_commitments.offers.domain import LARGEST, SMALLEST, STALE_AFTER, Kind, PaymentOption
from finops_commitments.portfolio.limits import Limits
from finops_commitments.recommendations.outcome import Bought
from finops_commitments.recommendations.portfolios import Advised, Wanted
from finops_commitments.recommendations.reasons import Reasons, reasons
from finops_commitments.recommendations.schemas import (
    Committed,
    GuardView,
    LookBack,
    PlannedView,
    TermYears,
    committed,
    discounts,
    planned_views,
)
from finops_commitments.recommendations.service import PortfolioAdvice
from finops_commitments.recommendations.what_if import Changes, UsageChange
from finops_commitments.revisions.domain import Finality
from finops_common.i18n import Language
from finops_common.schemas import Command, DecimalText, Line, Rounded

MOST_USAGE = 1_000_000
"""Times what it is."""
Share = Annotated[Decimal | None, Field(ge=0, le=1)]
Money = Annotated[Decimal | None, Field(ge=0, le=10**15)]


class PortfolioQuery(BaseModel):
    """Which portfolio is asked for; limits hold for each payer, in its currency."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    look_back: LookBack = Field(LookBack.QUARTER, description="days")
    currency: str | None = Field(None, max_length=3)
    payer_account_id: str | None = Field(None, max_length=100)
    cash: Money = Field(None, description="the most that may be paid at the start")
    lock_in: Money = Field(
        None, description="the most committed money times months of its term; a month is 730 hours"
    )
    cost_of_capital: Decimal = Field(
        Decimal(0), ge=0, le=1, description="a year: 0.08 is 8 %; paying early costs it"
    )
    longest_term_years: TermYears = Field(
        TermYears.ONE,
        description="3 years are always cheaper an hour: allow them beside a limit of lock_in",
    )
    payment_option: list[PaymentOption] = Field([], description="any, where none is named")
    robust: bool = Field(
        True, description="aim lower than what was best, buy for no spike and nothing in a fall"
    )
    compute_savings_plan_share: Share = Field(None, description="at most this part of the purchase")
    ec2_instance_savings_plan_share: Share = None
    database_savings_plan_share: Share = None
    sagemaker_savings_plan_share: Share = None
    reserved_instance_share: Share = None
    azure_savings_plan_share: Share = None
    azure_reservation_share: Share = None
    resource_based_cud_share: Share = None
    flexible_cud_share: Share = None

    def wanted(self) -> Wanted:
        """As the use case takes it."""
        shares = {kind: getattr(self, f"{kind.name.lower()}_share", None) for kind in Kind}
        return Wanted(
            days=self.look_back,
            limits=Limits(
                cash=self.cash,
                lock_in=self.lock_in,
                shares={kind: share for kind, share in shares.items() if share is not None},
                cost_of_capital=self.cost_of_capital,
            ),
            currency=self.currency,
            payer_account_id=self.payer_account_id,
            longest_term_years=self.longest_term_years,
            payment_options=frozenset(self.payment_option or PaymentOption),
            robust=self.robust,
        )


class UsageFactor(Command):
    """Usage becomes this many times as much; null as service or region is any."""

    factor: Decimal = Field(ge=0, le=100)
    service: Line | None = None
    region: Line | None = None


class Amount(Command):
    """How much of one offer is bought: money of a plan, or a number of reservations."""

    offer: Line
    hourly_commitment: Decimal | None = Field(None, ge=SMALLEST, le=LARGEST, decimal_places=5)
    count: int | None = Field(None, ge=1, le=100_000)

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.hourly_commitment is None) == (self.count is None):
            raise ValueError("give hourly_commitment or count")
        return self


class WhatIf(Command):
    """Which portfolio is asked for, and what would be other; what is left out stays."""

    portfolio: PortfolioQuery = PortfolioQuery()
    usage: list[UsageFactor] = Field(
        [], max_length=100, description="factors that overlap multiply"
    )
    longest_term_years: TermYears | None = None
    payment_option: tuple[PaymentOption, ...] = ()
    bought: tuple[Amount, ...] = Field(
        (), max_length=1000, description="in place of the best amounts, for one payer"
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if prod(each.factor for each in self.usage) > MOST_USAGE:
            raise ValueError(f"usage: all factors together are above {MOST_USAGE}")
        offers = [each.offer for each in self.bought]
        if len(set(offers)) < len(offers):
            raise ValueError("bought: an offer is named twice")
        return self

    def changes(self) -> Changes:
        """As the use case takes them."""
        return Changes(
            usage=tuple(UsageChange(e.factor, e.service, e.region) for e in self.usage),
            longest_term_years=self.longest_term_years,
            payment_options=frozenset(self.payment_option) or None,
            amounts={
                each.offer: each.hourly_commitment for each in self.bought if each.hourly_commitment
            },
            counts={each.offer: each.count for each in self.bought if each.count},
        )


class BoughtView(Committed):
    """One part of a portfolio; `utilization_percent` of the hours ahead."""

    offer: str = Field(description="names an offer in this answer and in what-if")


class OutcomeView(BaseModel):
    """What a portfolio does beside what is owned; a month is 730 hours."""

    model_config = ConfigDict(from_attributes=True)

    monthly_usage: DecimalText = Field(
        description="that what is on offer could cover, at public price"
    )
    monthly_on_demand_before: DecimalText = Field(description="beside what is owned, as it ends")
    monthly_on_demand_after: DecimalText
    monthly_commitment: DecimalText
    monthly_savings: DecimalText = Field(description="after the cost of capital")
    monthly_savings_bound: DecimalText = Field(
        description="proven: no portfolio within the limits saves more"
    )
    gap_percent: Percent = Field(
        description="proven: by how much of its cost a better portfolio could be cheaper, at most; beside owned plans whose discounts are unlike those on offer it holds what the order costs in which AWS applies plans"
    )
    monthly_savings_if_usage_falls: dict[int, DecimalText] = Field(description="by percent")
    coverage_before_percent: Percent | None
    coverage_after_percent: Percent | None
    utilization_percent: Percent | None
    savings_rate_percent: Percent | None
    roi_percent: Percent | None
    break_even_months: Rounded | None
    upfront: DecimalText
    total_commitment: DecimalText
    lock_in: DecimalText = Field(description="committed money times months")
    keeps_limits: bool
    bought: list[BoughtView] = Field(description="empty: buy nothing")


class SolvedView(OutcomeView):
    """What to buy together for one payer in one currency."""

    id: UUID
    provider: str = Field(description="AWS, Microsoft or Google Cloud")
    payer_account_id: str
    currency: str
    hours: int = Field(description="of the look-back, each standing for one ahead")
    offers: list[str] = Field(description="weighed against each other")
    offers_dated: date
    stale_offers: bool = Field(description="prices over 7 days old: not to be bought on")
    left_out: list[str] = Field(description="what could not be taken into account")
    guards: list[GuardView] = Field(description="what held amounts back; empty: not robust")
    planned_changes: list[PlannedView]


class PortfolioView(SolvedView):
    """The same with its reasons in words."""

    reasons: Reasons


class Rested(BaseModel):
    """What portfolios rest on."""

    since: datetime
    until: datetime
    as_of: datetime | None
    finality: Finality
    formula_version: str = FORMULA_VERSION
    without_prices: list[str] = Field(description="payers whose price list is not known yet")


class Portfolios(Rested):
    """One portfolio per payer and currency; the parts of one are bought together."""

    items: list[PortfolioView]


class Comparison(BaseModel):
    """One payer's portfolio as it is and as it would be."""

    unchanged: PortfolioView
    changed: PortfolioView


class Comparisons(Rested):
    """One comparison per payer and currency."""

    items: list[Comparison]


def portfolios(advice: PortfolioAdvice, language: Language) -> Portfolios:
    """All of them on the wire."""
    items = [_view(each, advice.now, language) for each, _ in advice.portfolios]
    return Portfolios(items=items, **_rested(advice))


def comparisons(advice: PortfolioAdvice, language: Language) -> Comparisons:
    """The same beside what they would be."""
    items = [
        Comparison(
            unchanged=_view(each, advice.now, language), changed=_view(other, advice.now, language)
        )
        for each, other in advice.portfolios
        if other is not None
    ]
    return Comparisons(items=items, **_rested(advice))


def _rested(advice: PortfolioAdvice) -> dict[str, Any]:
    return {
        "since": advice.since,
        "until": advice.until,
        "as_of": advice.as_of,
        "finality": advice.finality,
        "without_prices": sorted({each.payer_account_id for each in advice.unpriced}),
    }


def _view(advised: Advised, now: datetime, language: Language) -> PortfolioView:
    solved = _solved(advised, now)
    figures = solved.model_dump(mode="json")
    words = reasons(figures, figures["bought"], language)
    return PortfolioView(**dict(solved), reasons=words)


def _solved(advised: Advised, now: datetime) -> SolvedView:
    figures, ahead = advised.outcome, advised.ahead
    names = OutcomeView.model_fields.keys() - {"bought"}
    return SolvedView(
        id=advised.id,
        provider=ahead.provider,
        payer_account_id=ahead.family.payer_account_id,
        currency=ahead.family.currency,
        hours=figures.hours,
        offers=[each.name for each in advised.market.offers if each.for_sale],
        offers_dated=ahead.listed_at.date(),
        stale_offers=now - ahead.listed_at > STALE_AFTER,
        left_out=list(advised.left_out),
        guards=[GuardView.model_validate(each) for each in advised.guards],
        planned_changes=planned_views(advised.planned),
        bought=[_bought(each, advised, now) for each in figures.bought],
        **{name: getattr(figures, name) for name in names},
    )


def _bought(bought: Bought, advised: Advised, now: datetime) -> BoughtView:
    offer = bought.offer
    plan = advised.ahead.plans[offer.name]
    ends = advised.moments[offer].commitment_id
    at = max(advised.buy_at(offer) or now, now)
    return BoughtView(
        offer=offer.name,
        **committed(plan, offer.terms, bought.hourly_commitment, at, ends),
        count=bought.count,
        upfront=bought.upfront,
        total_commitment=bought.total_commitment,
        utilization_percent=bought.utilization_percent,
        **discounts(advised.ahead.discounts.get(offer.name)),
    )
