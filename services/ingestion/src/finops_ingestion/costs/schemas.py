"""Costs on the wire."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from finops_common.contracts.ingestion import Finality
from finops_common.schemas import DecimalText, MoneyView
from finops_ingestion.costs.domain import Granularity, Metric


class ChangeView(BaseModel):
    """Against the days compared with."""

    before: MoneyView
    change: MoneyView
    percent: DecimalText | None = Field(
        description="the change in percent of before; null: there was nothing before"
    )


class GroupView(BaseModel):
    values: dict[str, str | None] = Field(description="null: the bill does not say")
    cost: MoneyView
    share: DecimalText | None = Field(description="of the currency's total, 0 to 1")
    compared: ChangeView | None = None


class CellView(BaseModel):
    start: datetime | None = Field(description="beginning of the hour, day or month, UTC")
    values: dict[str, str | None] | None = Field(description="null: the rest")
    cost: MoneyView


class ComparedView(BaseModel):
    """The days compared with, and how everything changed against them."""

    start: date
    end: date = Field(description="the first day that is not in it")
    totals: list[ChangeView]
    rest: list[ChangeView]


class AppliedRateView(BaseModel):
    """One rate, and the days whose costs it converts."""

    from_currency: str
    rate: DecimalText = Field(description="units of the wanted currency that one is")
    source: str = Field(description="who says so")
    since: date = Field(description="from when it is stated to hold")
    start: date
    end: date = Field(description="the first day that is not in it")


class ConvertedView(BaseModel):
    """What was converted; other currencies among the sums have no rate on some days."""

    currency: str = Field(description="ISO 4217")
    rates: list[AppliedRateView]


class CostsView(BaseModel):
    start: date
    end: date = Field(description="the first day that is not in it")
    metric: Metric
    granularity: Granularity
    by: list[str] = Field(examples=[["service", "tag:team"]])
    finality: Finality | None = Field(description="open if any bill in it is; null: no bill")
    as_of: datetime | None = Field(description="last instant every bill in it knows of")
    totals: list[MoneyView] = Field(description="of everything asked for, by currency")
    groups: list[GroupView] = Field(description="the largest, largest first")
    rest: list[MoneyView] = Field(description="groups that are not shown, by currency")
    cells: list[CellView] = Field(description="by time, then group")
    compared: ComparedView | None = None
    converted: ConvertedView | None = Field(None, description="null: nothing, as bills say it")
