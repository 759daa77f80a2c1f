"""HTTP of the overview."""

from dataclasses import asdict

from finops_common.auth.dependencies import organization_router
from finops_common.errors.http import problems
from finops_common.schemas import MoneyView
from finops_ingestion.costs.domain import Metric
from finops_ingestion.costs.overview import schemas
from finops_ingestion.costs.overview.domain import CONFIDENCE, Forecast, Month
from finops_ingestion.costs.problems import QuestionTooLarge
from finops_ingestion.costs.router import MayRead
from finops_ingestion.dependencies import Overviews

router = organization_router("/overview", "costs")


@router.get(
    "",
    summary="Overview of accounts, bills and the month's costs",
    responses=problems(QuestionTooLarge),
)
async def read_overview(
    caller: MayRead, overviews: Overviews, metric: Metric = "amortised"
) -> schemas.OverviewView:
    """Accounts by state, days with data, cost of this month and the last, and a forecast."""
    found = await overviews.read(caller, metric)
    return schemas.OverviewView(
        today=found.today,
        metric=metric,
        accounts=[schemas.AccountsView.model_validate(asdict(each)) for each in found.accounts],
        first_day=found.first_day,
        last_day=found.last_day,
        as_of=found.as_of,
        months=[_month(each) for each in found.months],
    )


def _month(month: Month) -> schemas.MonthView:
    told = month.forecast
    return schemas.MonthView(
        currency=month.currency,
        to_date=MoneyView(amount=month.to_date, currency=month.currency),
        last_month=MoneyView(amount=month.last_month, currency=month.currency),
        forecast=_forecast(told, month.currency) if isinstance(told, Forecast) else None,
        no_forecast=None if isinstance(told, Forecast) else told,
    )


def _forecast(found: Forecast, currency: str) -> schemas.ForecastView:
    return schemas.ForecastView(
        cost=MoneyView(amount=found.cost, currency=currency),
        low=MoneyView(amount=found.low, currency=currency),
        high=MoneyView(amount=found.high, currency=currency),
        confidence=CONFIDENCE,
        method="weekday-median",
        history_start=found.history.start,
        history_end=found.history.end,
    )
