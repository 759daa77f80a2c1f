"""Tags on the wire."""

from typing import Literal

from pydantic import BaseModel, Field

from finops_common.schemas import DecimalText, MoneyView


class CoveredView(BaseModel):
    cost: MoneyView = Field(description="of lines with the tag")
    share: DecimalText | None = Field(description="of all costs in this currency, 0 to 1")


class TagKeyView(BaseModel):
    key: str
    kind: Literal["tag", "cost_category"]
    dimension: str = Field(description="what to group costs by", examples=["tag:team"])
    values: int = Field(description="distinct values")
    covered: list[CoveredView] = Field(description="by currency")


class TagKeysView(BaseModel):
    items: list[TagKeyView]


class TagValueView(BaseModel):
    value: str
    costs: list[MoneyView] = Field(description="by currency")
