"""Hot spots on the wire; money is in the row's currency, null is unknown."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from finops_commitments.figures.domain import FORMULA_VERSION, Group
from finops_commitments.figures.opened import Answer
from finops_commitments.figures.schemas import Percent
from finops_commitments.figures.service import Wanted
from finops_commitments.hot_spots.weighing import HotSpot
from finops_commitments.offers.domain import PaymentOption
from finops_commitments.recommendations.domain import Sizing
from finops_commitments.revisions.domain import Finality
from finops_common.schemas import DecimalText


class HotSpotPlanView(BaseModel):
    """A Compute Savings Plan sized for this place alone; a month is 730 hours."""

    term_years: int
    payment_option: PaymentOption
    hourly_commitment: DecimalText
    monthly_savings: DecimalText
    monthly_on_demand_before: DecimalText = Field(description="of it, what has an offer")
    utilization_percent: Percent | None


class HotSpotView(BaseModel):
    """Uncovered eligible usage of one account and service."""

    payer_account_id: str | None
    account_id: str | None
    service: str | None
    currency: str
    on_demand_cost: DecimalText | None = Field(description="at public price")
    on_demand_charged: DecimalText | None
    lines_without_price: int
    coverage_percent: Percent | None
    plans: list[HotSpotPlanView] = Field(
        description="alternatives, the one that binds least first; of other places they share"
        " one plan, so nothing is summed; empty: nothing offered saves anything"
    )
    offers_dated: date | None = Field(description="null: no price list is known")
    stale_offers: bool = Field(description="prices over 7 days old: not to be bought on")


class HotSpotsView(BaseModel):
    """Where uncovered spend is, dearest first."""

    since: datetime
    until: datetime
    as_of: datetime | None
    finality: Finality
    formula_version: str = FORMULA_VERSION
    items: list[HotSpotView]


def hot_spots_view(wanted: Wanted, answer: Answer[list[HotSpot]]) -> HotSpotsView:
    """The answer on the wire."""
    return HotSpotsView(
        since=wanted.since,
        until=wanted.until,
        as_of=answer.as_of,
        finality=answer.finality,
        items=[_view(each) for each in answer.value],
    )


def _view(spot: HotSpot) -> HotSpotView:
    cell = spot.figures.cell
    return HotSpotView(
        payer_account_id=cell.group(Group.PAYER),
        account_id=cell.group(Group.ACCOUNT),
        service=cell.group(Group.SERVICE),
        currency=cell.currency,
        on_demand_cost=spot.figures.on_demand_cost,
        on_demand_charged=spot.figures.on_demand_charged,
        lines_without_price=spot.figures.lines_without_price,
        coverage_percent=spot.figures.coverage_percent,
        plans=[_plan(each) for each in spot.plans],
        offers_dated=spot.offers_dated,
        stale_offers=spot.stale,
    )


def _plan(sizing: Sizing) -> HotSpotPlanView:
    return HotSpotPlanView(
        term_years=sizing.terms.years,
        payment_option=sizing.terms.payment_option,
        hourly_commitment=sizing.hourly_commitment,
        monthly_savings=sizing.monthly_savings,
        monthly_on_demand_before=sizing.monthly_on_demand_before,
        utilization_percent=sizing.utilization_percent,
    )
