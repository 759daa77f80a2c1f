"""Spend contracts on the wire.

What is kept is read by these classes again, so their fields may be added to and never go.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from finops_commitments.entered.domain import Entered, Kind
from finops_commitments.entered.schemas import EnteredView
from finops_commitments.figures.domain import FORMULA_VERSION
from finops_commitments.revisions.domain import Finality
from finops_commitments.spend_contracts.domain import Term
from finops_commitments.spend_contracts.spending import Counted
from finops_common.contracts.commitments import SpendContractChanged
from finops_common.schemas import Command, Day, DecimalText, Line, Rounded

PROVIDERS = {"edp": "AWS", "macc": "Microsoft", "gcp_commit": "Google Cloud"}
_LONGEST = timedelta(days=3660)

Amount = Annotated[DecimalText, Field(max_digits=18, decimal_places=2)]


class SpendTerm(Command):
    starts_on: Day
    ends_on: Day = Field(description="the first day that is not in it")
    committed: Annotated[Amount, Field(gt=0)]
    counted: Annotated[Amount, Field(ge=0)] = Field(
        Decimal(0), description="spent before `counted_until`, as the provider says"
    )
    counted_until: Day | None = Field(
        None, description="from this day on the bill counts; for a term older than its records"
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends_on <= self.starts_on:
            raise ValueError("ends_on must be after starts_on")
        if self.counted and self.counted_until is None:
            raise ValueError("counted needs counted_until")
        if not self.starts_on <= (self.counted_until or self.starts_on) <= self.ends_on:
            raise ValueError("counted_until must be within the term")
        return self


class SpendContractBody(Command):
    """What was promised: an AWS EDP, an Azure MACC or a Google Cloud commit."""

    name: Line
    kind: Literal["edp", "macc", "gcp_commit"]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$", description="of the bills")]
    payer_account_ids: Annotated[tuple[Line, ...], Field(max_length=50)] = Field(
        (), description="payers that are under it; none means all of the provider"
    )
    excluded_services: Annotated[tuple[Line, ...], Field(max_length=200)] = Field(
        (), description="whose costs do not count"
    )
    terms: Annotated[tuple[SpendTerm, ...], Field(min_length=1, max_length=10)] = Field(
        description="in order; each is to be kept for itself"
    )

    @model_validator(mode="after")
    def _one_after_another(self) -> Self:
        if any(after.starts_on < before.ends_on for before, after in pairwise(self.terms)):
            raise ValueError("terms must follow each other")
        if self.terms[-1].ends_on - self.terms[0].starts_on > _LONGEST:
            raise ValueError("terms must not span more than ten years")
        return self


class SpendContractView(EnteredView, SpendContractBody):
    """One spend contract."""


class SpendMonthView(BaseModel):
    month: date
    spent: DecimalText
    expected: Rounded
    total: Rounded = Field(description="from the start of the term to the end of this month")


class SpendSavingsView(BaseModel):
    """What is saved is not spent toward the contract."""

    saved: Rounded = Field(description="up to the end of the term")
    shortfall: Rounded
    shortfall_caused: Rounded = Field(description="more than without; paid without use")
    net: Rounded = Field(description="what is left of the savings within the term")


class SpendTermView(BaseModel):
    starts_on: date
    ends_on: date
    committed: DecimalText
    spent: DecimalText
    left: DecimalText
    expected: Rounded = Field(description="from the first day no bill knows to the end")
    total: Rounded = Field(description="spent and expected")
    shortfall: Rounded = Field(description="expected to be missing at the end")
    shortfall_without_changes: Rounded = Field(description="if nothing planned came")
    days_left: int
    needed_a_day: Rounded | None
    met_on: date | None = Field(description="null if it will not be kept")
    months: list[SpendMonthView]
    with_savings: SpendSavingsView | None


class PlannedEffectView(BaseModel):
    """A planned change that the forecast uses."""

    planned_change_id: UUID
    name: str
    starts_on: date
    confidence_percent: DecimalText
    classes: int = Field(description="of usage that it reaches; 0 changes nothing")
    added: Rounded = Field(description="to costs up to the end of the last term")


class SpendBurnDownView(BaseModel):
    """Each term of a contract: billed costs without tax and credits, of the organization's own accounts."""

    currency: str
    terms: list[SpendTermView]
    planned_changes: list[PlannedEffectView]
    base_days: int = Field(description="days before known_until whose average is expected ahead")
    known_since: date | None
    known_until: date = Field(description="the first day no bill knows whole")
    as_of: datetime | None
    finality: Finality
    formula_version: str = FORMULA_VERSION


KIND = Kind("spend_contract", SpendContractBody, SpendContractChanged)


def view(entered: Entered[SpendContractBody]) -> SpendContractView:
    """As the wire tells it."""
    return SpendContractView(
        id=entered.id,
        version=entered.version,
        changed_by=entered.changed_by,
        created_at=entered.created_at,
        changed_at=entered.changed_at,
        **dict(entered.body),
    )


def terms_of(contract: SpendContractBody) -> list[Term]:
    """As the burn-down takes them."""
    return [Term(**dict(each)) for each in contract.terms]


def counted_of(contract: SpendContractBody) -> Counted:
    """Whose costs count."""
    return Counted(
        PROVIDERS[contract.kind],
        contract.currency,
        contract.payer_account_ids,
        contract.excluded_services,
    )
