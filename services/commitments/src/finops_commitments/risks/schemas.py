"""Risks on the wire; null is not known."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field

from finops_commitments.figures.domain import FORMULA_VERSION
from finops_commitments.figures.schemas import Percent
from finops_commitments.revisions.domain import Finality
from finops_commitments.risks.causes import Cause
from finops_commitments.risks.domain import Action, State
from finops_common.schemas import DecimalText


def _percent(share: object) -> object:
    return round(Decimal(share) * 100, 6) if isinstance(share, float) else share


SharePercent = Annotated[Percent, BeforeValidator(_percent)]


class RiskView(BaseModel):
    """How likely one commitment is to be underutilized in the days it has left."""

    commitment_id: str
    currency: str | None
    ends_at: datetime | None
    state: State
    utilization_percent: SharePercent | None = Field(
        validation_alias="utilization", description="of the last seven days"
    )
    days: int = Field(description="left, 90 at most: what the figures below are of")
    expected_utilization_percent: SharePercent | None = Field(
        validation_alias="expected_utilization", description="mean of those days"
    )
    probability_percent: SharePercent | None = Field(
        validation_alias="probability",
        description="that this mean is under the organization's threshold: a straight line "
        "through the daily loads of six weeks, normal around its prediction",
    )
    money_at_risk: DecimalText | None = Field(description="expected to lie idle in those days")
    cause: Cause | None = Field(description="where the records show one")
    action: Action
    allowed: list[Action] = Field(description="by the commitment's rights, best first")


class RisksView(BaseModel):
    """Every running commitment, most likely first."""

    at: datetime
    as_of: datetime | None = Field(description="last instant every bill in it knows of")
    finality: Finality
    formula_version: str = FORMULA_VERSION
    items: list[RiskView]
