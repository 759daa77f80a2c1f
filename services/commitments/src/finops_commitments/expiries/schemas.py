"""Expiries on the wire; null is not known."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from finops_commitments.figures.domain import FORMULA_VERSION
from finops_commitments.revisions.domain import Finality
from finops_common.schemas import DecimalText, Rounded


class EndingView(BaseModel):
    """A commitment that ends, with what it does on an average day of the last 30."""

    commitment_id: str
    ends_at: datetime
    covered_a_day: Rounded | None = Field(description="usage at on-demand price")
    saved_a_day: Rounded | None = Field(description="what a day costs more without it")


class WindowView(BaseModel):
    """Thirty days ahead, and what ends in them."""

    since: datetime
    until: datetime = Field(description="what ends at this instant still counts")
    covered_a_day: Rounded
    coverage_points: Rounded | None = Field(description="percent of all eligible usage")
    saved_a_day: Rounded
    unknown: int = Field(description="of those that end, how many are in no sum")
    ending: list[EndingView]


class LiabilityView(BaseModel):
    """Committed cash of a calendar month; upfronts that were paid are not ahead."""

    month: date
    amount: DecimalText


class CurrencyExpiries(BaseModel):
    """All commitments of one currency."""

    currency: str | None
    windows: list[WindowView]
    liabilities: list[LiabilityView]
    months_left: Rounded | None = Field(
        description="of 730 hours, weighted by amortised cost an hour"
    )
    without_end: list[str] = Field(description="whose end nobody has told: in no figure")
    without_cost: list[str] = Field(description="whose fee nobody has told: in no liability")


class ExpiriesView(BaseModel):
    """What ends when; nothing is added up across currencies."""

    at: datetime
    as_of: datetime | None = Field(description="last instant every bill in it knows of")
    finality: Finality
    formula_version: str = FORMULA_VERSION
    currencies: list[CurrencyExpiries]
