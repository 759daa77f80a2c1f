"""Exchange rates on the wire."""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field

from finops_common.schemas import Command, Day, DecimalText, Line

CurrencyCode = Annotated[str, Field(pattern="^[A-Z]{3}$", examples=["KRW"], description="ISO 4217")]
RateValue = Annotated[
    DecimalText, Field(gt=0, lt=Decimal(10) ** 12, decimal_places=10, examples=["1387.5"])
]


class ExchangeRateStated(Command):
    from_currency: CurrencyCode
    to_currency: CurrencyCode
    since: Day = Field(description="UTC; until the day of the next rate of these two")
    rate: RateValue = Field(description="units of to_currency that one of from_currency is")
    source: Line = Field(examples=["ECB reference rate"], description="who says so")


class ExchangeRatesStated(Command):
    rates: tuple[ExchangeRateStated, ...] = Field(min_length=1, max_length=1000)
    reason: Line | None = None


class ExchangeRateView(BaseModel):
    from_currency: str
    to_currency: str
    since: date
    rate: DecimalText
    source: str
