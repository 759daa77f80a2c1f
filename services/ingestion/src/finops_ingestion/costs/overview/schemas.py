"""The overview on the wire."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from finops_common.contracts.ingestion import CollectionStatus, ConnectionStatus, Provider
from finops_common.schemas import DecimalText, MoneyView
from finops_ingestion.costs.domain import Metric
from finops_ingestion.costs.overview.domain import NoForecast


class AccountsView(BaseModel):
    """How many registered accounts are in these states."""

    provider: Provider
    connection: ConnectionStatus
    collection: CollectionStatus | None = Field(description="null: nothing was collected yet")
    accounts: int


class ForecastView(BaseModel):
    """The month's expected cost: what it has cost, and for each day that bills do not know yet the median of the same weekday in the history."""

    cost: MoneyView
    low: MoneyView = Field(description="of the band that holds the month's cost with `confidence`")
    high: MoneyView
    confidence: DecimalText = Field(
        description="if days stray from their medians as they did in the history, each for itself"
    )
    method: Literal["weekday-median"]
    history_start: date
    history_end: date = Field(description="the first day that is not in it")


class MonthView(BaseModel):
    """Costs in one currency."""

    currency: str = Field(description="ISO 4217")
    to_date: MoneyView = Field(description="of this month, as far as bills know")
    last_month: MoneyView
    forecast: ForecastView | None = Field(description="to the month's end")
    no_forecast: NoForecast | None = Field(description="why there is none")


class OverviewView(BaseModel):
    today: date = Field(description="UTC")
    metric: Metric
    accounts: list[AccountsView]
    first_day: date | None = Field(description="with data; null: there are no bills")
    last_day: date | None = Field(description="with usage")
    as_of: datetime | None = Field(description="last instant any bill knows of")
    months: list[MonthView] = Field(description="this month and the last, by currency")
