"""Bridges on the wire."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from finops_common.contracts.ingestion import Finality
from finops_common.schemas import MoneyView
from finops_ingestion.costs.bridge.domain import Effect


class EffectView(BaseModel):
    effect: Effect
    amount: MoneyView


class StepView(BaseModel):
    before: MoneyView
    now: MoneyView
    change: MoneyView = Field(description="now less before: exactly the sum of the effects")
    effects: list[EffectView] = Field(description="those that are not nothing, in a fixed order")


class GroupStepView(StepView):
    values: dict[str, str | None] = Field(description="null: the bill does not say")


class CurrencyBridgeView(BaseModel):
    currency: str = Field(description="ISO 4217")
    total: StepView
    groups: list[GroupStepView] = Field(description="those that changed most, most first")
    rest: StepView | None = Field(description="groups that are not shown; null: none are hidden")


class BridgeView(BaseModel):
    start: date
    end: date = Field(description="the first day that is not in it")
    compare_start: date
    compare_end: date = Field(description="the first day that is not compared with")
    by: list[str]
    finality: Finality | None = Field(description="open if any bill in it is; null: no bill")
    as_of: datetime | None = Field(description="last instant every bill in it knows of")
    bridges: list[CurrencyBridgeView]
