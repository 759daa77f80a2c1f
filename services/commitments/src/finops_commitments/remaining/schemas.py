"""What is left on the wire; null is not known."""

from datetime import datetime

from pydantic import BaseModel, Field

from finops_commitments.figures.domain import FORMULA_VERSION, Group
from finops_commitments.figures.opened import Answer
from finops_commitments.figures.schemas import Percent
from finops_commitments.remaining.domain import FORMULAS, Remaining
from finops_commitments.remaining.service import Left
from finops_commitments.revisions.domain import Finality
from finops_common.schemas import DecimalText


class ConsumptionView(BaseModel):
    """What usage took of a commitment in one period; fees of a whole month only in months."""

    period_start: datetime | None
    used: DecimalText | None
    unused: DecimalText | None
    used_units: DecimalText | None
    utilization_percent: Percent | None


class RemainingView(BaseModel):
    """One commitment that runs."""

    id: str
    type: str | None
    owner_account_id: str | None
    currency: str | None
    ends_at: datetime | None
    days_left: int = Field(description="whole days")
    term_elapsed_percent: Percent | None
    hourly_amortised: DecimalText | None
    remaining: DecimalText | None = Field(description="amortised money to be used until the end")
    remaining_to_pay: DecimalText | None = Field(description="of it, what falls due every hour")
    days_seen: int = Field(description="whole days of records behind the forecast")
    seen_since: datetime | None = Field(
        description="these days: `GET …/explain?figure=used&commitment=…&since=…&until=…` tells"
        " what was used on them, down to hours"
    )
    seen_until: datetime | None
    utilization_percent: Percent | None
    trend_percent_a_day: Percent | None = Field(description="null: too few days")
    forecast_utilization_percent: Percent | None
    forecast_used: DecimalText | None
    forecast_unused: DecimalText | None
    consumption: list[ConsumptionView] = Field(description="with `by`, of the last 30 days")


class RemainingsView(BaseModel):
    """All that runs and whose end is known, the soonest end first."""

    at: datetime
    as_of: datetime | None = Field(description="last instant every bill in it knows of")
    finality: Finality
    formula_version: str = FORMULA_VERSION
    formulas: dict[str, str] = Field(description="how each figure is made")
    items: list[RemainingView]
    without_end: list[str] = Field(description="what runs and whose end no source tells")


_FORECAST = (
    "days_seen",
    "utilization_percent",
    "trend_percent_a_day",
    "forecast_utilization_percent",
)


def remainings_view(at: datetime, answer: Answer[Left]) -> RemainingsView:
    """The answer on the wire."""
    consumed: dict[str | None, list[ConsumptionView]] = {}
    for cell in answer.value.consumption:
        shown = ConsumptionView(
            period_start=cell.cell.period_start,
            used=cell.used,
            unused=cell.unused,
            used_units=cell.sums.used_units.value,
            utilization_percent=cell.utilization_percent,
        )
        consumed.setdefault(cell.cell.group(Group.COMMITMENT), []).append(shown)
    return RemainingsView(
        at=at,
        as_of=answer.as_of,
        finality=answer.finality,
        formulas=dict(FORMULAS),
        items=[_view(each, consumed.get(each.commitment.id, [])) for each in answer.value.items],
        without_end=[each.id for each in answer.value.without_end],
    )


def _view(left: Remaining, consumption: list[ConsumptionView]) -> RemainingView:
    each = left.commitment
    return RemainingView(
        id=each.id,
        type=each.type,
        owner_account_id=each.owner_account_id,
        currency=each.currency,
        ends_at=each.ends_at,
        days_left=left.days_left,
        term_elapsed_percent=left.term_elapsed_percent,
        hourly_amortised=left.hourly_amortised,
        remaining=left.remaining,
        remaining_to_pay=left.remaining_to_pay,
        forecast_used=left.forecast_used,
        forecast_unused=left.forecast_unused,
        consumption=consumption,
        seen_since=left.seen and left.seen[0],
        seen_until=left.seen and left.seen[1],
        **{name: getattr(left.forecast, name) for name in _FORECAST},
    )
